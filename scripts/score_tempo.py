"""Score the tempo estimator on clips of known tempo: a manifest with the columns path and bpm.

    python scripts/score_tempo.py path/to/tempo.csv [--wrong]

Accuracy1: within 4 % of the truth. Accuracy2: also when half, double, third or triple of it. Within 1 %: the same.
The encoder's tags are not asked, so that no weights are needed; `manage.py evaluate` scores the whole pipeline.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from recommender.audio.decode import Decoder
from recommender.features import mel, tempo

OCTAVES = (1, 2, 3, 1 / 2, 1 / 3)


def accuracy1(estimate: float, truth: float, tolerance: float = 0.04) -> bool:
    """Whether the estimate is the truth."""
    return abs(estimate / truth - 1) <= tolerance


def accuracy2(estimate: float, truth: float, tolerance: float = 0.04) -> bool:
    """Whether the estimate is the truth or a half, double, third or triple of it."""
    return any(accuracy1(estimate, truth * octave, tolerance) for octave in OCTAVES)


def estimate(path: Path) -> float:
    """BPM of a file, 0 where no pulse was heard."""
    stream = mel.MelStream()
    for block in Decoder(path).blocks():
        stream.feed(block.mono)
    return tempo.decide(tempo.pulse(stream.finish(), mel.FRAME_RATE), None).bpm or 0.0


def main() -> None:
    """Print the three figures, and every clip that is wrong if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--wrong", action="store_true", help="list the clips whose tempo is wrong")
    options = parser.parse_args()
    scores = []
    with options.manifest.open(newline="") as handle:
        for row in csv.DictReader(handle):
            truth, found = float(row["bpm"]), estimate(options.manifest.parent / row["path"])
            scores.append((accuracy1(found, truth), accuracy2(found, truth), accuracy2(found, truth, 0.01)))
            if options.wrong and not scores[-1][0]:
                sys.stdout.write(f"{row['path']}: {found:.1f} instead of {truth:.1f}\n")
    first, second, close = np.mean(scores, axis=0)
    sys.stdout.write(f"{len(scores)} clips: Accuracy1 {first:.3f}, Accuracy2 {second:.3f}, within 1 % {close:.3f}\n")


if __name__ == "__main__":
    main()
