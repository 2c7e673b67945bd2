"""Score the tempo estimator on clips of known tempo: a manifest with the columns path and bpm.

    python scripts/score_tempo.py path/to/tempo.csv [--wrong] [--by kind]

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

from recommender.features import tempo
from recommender.features.takes import takes

Score = tuple[bool, bool, bool]

OCTAVES = (1, 2, 3, 1 / 2, 1 / 3)


def accuracy1(estimate: float, truth: float, tolerance: float = 0.04) -> bool:
    """Whether the estimate is the truth."""
    return abs(estimate / truth - 1) <= tolerance


def accuracy2(estimate: float, truth: float, tolerance: float = 0.04) -> bool:
    """Whether the estimate is the truth or a half, double, third or triple of it."""
    return any(accuracy1(estimate, truth * octave, tolerance) for octave in OCTAVES)


def estimate(path: Path) -> float:
    """BPM of a file, 0 where no pulse was heard."""
    return tempo.decide(takes(path).pulses[0], None).bpm or 0.0


def row(name: str, scores: list[Score]) -> str:
    """One line of figures."""
    first, second, close = np.mean(scores, axis=0)
    clips = f"{len(scores)} clip{'s' if len(scores) > 1 else ''}"
    return f"{name}{clips}: Accuracy1 {first:.3f}, Accuracy2 {second:.3f}, within 1 % {close:.3f}\n"


def main() -> None:
    """Print the three figures of every group and of all, and every clip that is wrong if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--wrong", action="store_true", help="list the clips whose tempo is wrong")
    parser.add_argument(
        "--by", metavar="COLUMN", help="also score the groups of a column apart, for example kind or style"
    )
    options = parser.parse_args()
    groups: dict[str, list[Score]] = {}
    with options.manifest.open(newline="") as handle:
        reader = csv.DictReader(handle)
        if options.by and options.by not in (reader.fieldnames or ()):
            parser.error(f"{options.manifest} has no column {options.by}: {', '.join(reader.fieldnames or ())}")
        for clip in reader:
            truth, found = float(clip["bpm"]), estimate(options.manifest.parent / clip["path"])
            score = (accuracy1(found, truth), accuracy2(found, truth), accuracy2(found, truth, 0.01))
            groups.setdefault(clip[options.by] if options.by else "", []).append(score)
            if options.wrong and not score[0]:
                sys.stdout.write(f"{clip['path']}: {found:.1f} instead of {truth:.1f}\n")
    for name, scores in sorted(groups.items()) if options.by else ():
        sys.stdout.write(row(f"{name or 'unnamed'}: ", scores))
    sys.stdout.write(row("", [score for scores in groups.values() for score in scores]))


if __name__ == "__main__":
    main()
