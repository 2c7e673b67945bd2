"""Learn the key profiles of `features.key` from clips of known key, or score those that it has (MIREX weights).

    python scripts/fit_key_profiles.py FOLDER/manifest.csv [--fit]

The manifest has the columns path and key ("A minor"). Clips without pitch (drums alone) are left out.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).parents[1]))

from recommender.audio.decode import Decoder
from recommender.features import key as keys

NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
LEAST_CONTRAST = 0.3  # standard deviation of the pitch classes over their mean
RIDGE = 0.01
Doubles = NDArray[np.float64]


def mirex(found: int, truth: int) -> float:
    """1 for the key, 0.5 a fifth away, 0.3 the relative, 0.2 the parallel key; keys are 0..11 major, 12..23 minor."""
    apart, same_mode = (found - truth) % 12, found // 12 == truth // 12
    if found == truth:
        return 1.0
    if same_mode:
        return 0.5 if apart in {5, 7} else 0.0
    relative = 9 if truth < 12 else 3
    return {relative: 0.3, 0: 0.2}.get(apart, 0.0)


def pitch_classes(path: Path) -> Doubles:
    """Tuned chroma of a file [shape=(12,)]."""
    stream = keys.ChromaStream()
    for block in Decoder(path).blocks():
        stream.feed(block.mono)
    return stream.chroma()


def read(manifest: Path) -> tuple[Doubles, NDArray[np.int64]]:
    """Logarithmic chroma [shape=(clips, 12)] and true keys [shape=(clips,)]."""
    levels, truths = [], []
    with manifest.open(newline="") as handle:
        for row in csv.DictReader(handle):
            chroma = pitch_classes(manifest.parent / row["path"])
            if chroma.std() > LEAST_CONTRAST * chroma.mean():
                tonic, mode = row["key"].split()
                levels.append(np.log(12 * chroma + keys.FAINT))
                truths.append(NAMES.index(tonic) + 12 * (mode == "minor"))
    return np.array(levels), np.array(truths)


def fit(levels: Doubles, truths: NDArray[np.int64]) -> Doubles:
    """Weights [shape=(24,)] of the major and the minor scale degrees: a conditional logit over all 24 keys.

    A bias for one mode is learned beside them and dropped: the share of minor pieces is the corpus's, not music's.
    """
    turned = levels[:, (np.arange(12)[None, :] + np.arange(12)[:, None]) % 12]
    rows = np.arange(len(truths))

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        score = np.hstack([turned @ weights[:12], turned @ weights[12:24] + weights[24]])
        chance = np.exp(score - score.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        value = -np.log(chance[rows, truths] + 1e-12).mean() + RIDGE * (weights**2).sum()
        chance[rows, truths] -= 1
        slope = chance / len(rows)
        major = np.einsum("nk,nkd->d", slope[:, :12], turned)
        minor = np.einsum("nk,nkd->d", slope[:, 12:], turned)
        return value, np.concatenate([major, minor, [slope[:, 12:].sum()]]) + 2 * RIDGE * weights

    weights: Doubles = minimize(loss, np.zeros(25), jac=True, method="L-BFGS-B").x[:24]
    return weights


def main() -> None:
    """Print the score, and new profiles if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--fit", action="store_true", help="learn profiles from these clips and print them")
    options = parser.parse_args()
    levels, truths = read(options.manifest)
    found = np.argmax(levels @ keys.PROFILES.T, axis=1)
    points = [mirex(int(one), int(truth)) for one, truth in zip(found, truths, strict=True)]
    sys.stdout.write(f"{len(points)} clips: MIREX {np.mean(points):.3f}, exact {np.mean(found == truths):.3f}\n")
    if options.fit:
        sys.stdout.write(f"{np.round(fit(levels, truths).reshape(2, 12), 2).tolist()}\n")


if __name__ == "__main__":
    main()
