"""How good words and paths are on recordings whose style and mood are known: the figures of docs/questions.md.

    python scripts/judge_questions.py FILE.csv [FILE.csv ...] [--models FOLDER]

A manifest as `manage.py evaluate` reads it. Each style, each mood word, and each pair of both that occurs is asked for
in these very words; printed are the average precision and the share of right answers, which is what chance gives. Then
60 random pairs over all files are joined by paths of 6, 10 and 20 tracks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recommender import encoders, paths, pipeline, query, words
from recommender.encoders.base import Encoder
from recommender.errors import ModelMissing
from recommender.evaluation import manifest, methods
from recommender.evaluation.manifest import Recording
from recommender.facets import default_weights, reference
from recommender.measurement import FloatArray, Heard

MODELS = Path(__file__).resolve().parents[1] / "var" / "models"
USUAL = reference.shipped()
LAYOUT = query.present_layout(USUAL)
PAIRS, POINTS, CANDIDATES = 60, 8, 80
FEWEST = 20  # recordings: the longest path has as many tracks


def vectors_of(recordings: Sequence[Recording], encoder: Encoder) -> tuple[list[Recording], FloatArray]:
    """What could be analysed, and its stored vectors [shape=(n, dim)]."""
    known = {one.path: one for one in recordings}
    kept, stored = [], []
    for path, heard in pipeline.hear_many(known, encoder.windows):
        if isinstance(heard, Heard):
            kept.append(known[path])
            stored.append(query.vector(pipeline.measure([heard], encoder)[0], USUAL))
    return kept, np.array(stored, np.float32).reshape(len(stored), LAYOUT.dim)


def precision(text: str, right: np.ndarray, vectors: FloatArray) -> float:
    """Average precision of asking for these words, as the site asks."""
    order = np.argsort(-methods.spoken(words.lexicon().read(text, USUAL), vectors, LAYOUT), kind="stable")
    hits = right[order]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())


def judge_words(recordings: Sequence[Recording], vectors: FloatArray) -> None:
    """Print a line for each style, mood and pair of them."""
    labels = [(one.labels.get("style", ""), one.labels.get("mood", "")) for one in recordings]
    asked = {(style, "") for style, _ in labels} | {("", mood) for _, mood in labels} | set(labels)
    for style, mood in sorted(asked - {("", "")}):
        right = np.array([style in ("", has[0]) and mood in ("", has[1]) for has in labels])
        text = f"{mood} {style}".replace("/", " ").strip()
        print(f"{text:36} {precision(text, right, vectors):.2f}  chance {right.mean():.2f}")  # noqa: T201


def judge_paths(vectors: FloatArray) -> None:
    """Print how even paths are, and how even the nearest tracks to each point would be."""
    usual = default_weights()
    space = paths.listening_space(vectors, usual, LAYOUT)
    for steps in (6, 10, 20):
        generator = np.random.default_rng(0)
        ends = [generator.choice(len(vectors), 2, replace=False) for _ in range(PAIRS)]
        ours = [evenness(space[_path(a, b, steps, vectors, space, usual)]) for a, b in ends]
        nearest = [evenness(space[_nearest(a, b, steps, vectors, usual)]) for a, b in ends]
        for name, found in (("path", ours), ("nearest", nearest)):
            longest, spread, forward = np.mean(found, axis=0)
            print(f"{steps} {name:8} longest/mean {longest:.2f} spread {spread:.2f} forward {forward:.0%}")  # noqa: T201


def evenness(points: FloatArray) -> tuple[float, float, float]:
    """Longest by mean step, spread of the steps, share of steps in the right direction."""
    steps = paths.step_lengths(points)
    forward = np.diff(paths.progress(points, points[0], points[-1])) > 0
    return float(steps.max() / steps.mean()), float(steps.std() / steps.mean()), float(forward.mean())


def _closest(a: int, b: int, share: float, vectors: FloatArray, usual: dict[str, float]) -> list[int]:
    point = paths.between(vectors[a], vectors[b], share, LAYOUT)
    question = query.weighted(query.sloped(point, LAYOUT), usual, LAYOUT)
    order = np.argsort(-(vectors @ question), kind="stable")
    return [int(each) for each in order if each not in (a, b)]


def _path(a: int, b: int, steps: int, vectors: FloatArray, space: FloatArray, usual: dict[str, float]) -> list[int]:
    shares = np.linspace(0, 1, POINTS + 2)[1:-1]
    found = sorted({one for share in shares for one in _closest(a, b, share, vectors, usual)[:CANDIDATES]})
    return [a, *(found[one] for one in paths.walk(space[found], space[a], space[b], steps)), b]


def _nearest(a: int, b: int, steps: int, vectors: FloatArray, usual: dict[str, float]) -> list[int]:
    way = [a]
    for share in np.linspace(0, 1, steps)[1:-1]:
        way.append(next(one for one in _closest(a, b, share, vectors, usual) if one not in way))
    return [*way, b]


def main() -> None:
    """Judge words on each file, paths on all together."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifests", nargs="+", type=Path, metavar="FILE.csv", help="as `manage.py evaluate` reads it")
    parser.add_argument("--models", type=Path, default=MODELS, help="where `manage.py fetch_models` put the weights")
    options = parser.parse_args()
    try:
        named = [manifest.read(path) for path in options.manifests]
        encoder = encoders.load(encoders.DEFAULT, options.models)
    except (manifest.ManifestError, ModelMissing) as error:
        sys.exit(str(error))
    every = []
    for path, recordings in zip(options.manifests, named, strict=True):
        kept, vectors = vectors_of(recordings, encoder)
        if len(kept) < FEWEST:
            sys.exit(f"{path}: {len(kept)} of {len(recordings)} recordings could be analysed, {FEWEST} are needed")
        every.append(vectors)
        judge_words(kept, query.crowded(vectors, vectors, LAYOUT))
    judge_paths(np.vstack(every))


if __name__ == "__main__":
    main()
