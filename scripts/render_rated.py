"""Pieces for the piano that people have rated, as sound and a manifest (path, group, valence, arousal).

    apt-get install fluidsynth fluid-soundfont-gm
    python scripts/render_rated.py FOLDER --dataset vgmidi

`--dataset` is a checkout of VGMIDI: arrangements of game music, followed by about thirty listeners each with two
sliders while they heard them (Ferreira and Whitehead, "Learning to generate music with sentiment", ISMIR 2019). The
truth of a piece is the mean over its listeners of the mean over time. What follows is
`manage.py evaluate --manifest FOLDER/manifest.csv`.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from render_scores import keep_part, render

RATE = 22_050
SCALES = ("valence", "arousal")
UNSETTLED = 1  # measures at the start in which listeners still look for the slider
TAIL = 2.0  # seconds that the last note may ring


@dataclass(frozen=True, slots=True)
class Rated:
    """A piece: its score, how many seconds of it were heard, and how it was rated, each -1..1."""

    midi: str
    seconds: float
    ratings: dict[str, float]

    @property
    def series(self) -> str:
        """The games that it comes from."""
        return self.midi.split("_")[0]


def read_ratings(path: Path) -> list[Rated]:
    """Read one of VGMIDI's `labelled/annotations/*.json`; pieces that nobody rated are left out."""
    content = json.loads(path.read_text())
    heard: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, listener in content["annotations"].items():
        for scale in SCALES:
            if curve := listener[scale][UNSETTLED:]:
                heard[name.split("_")[0]][scale].append(float(np.mean(curve)))
    return [
        Rated(
            midi=Path(piece["midi"]).name,
            seconds=float(piece["duration"]),
            ratings={scale: float(np.mean(heard[name][scale])) for scale in SCALES},
        )
        for name, piece in content["pieces"].items()
        if all(heard[name][scale] for scale in SCALES)
    ]


def main() -> None:
    """Render every rated piece and write the manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--soundfont", type=Path, default=Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    pieces = [
        piece
        for path in sorted((options.dataset / "labelled" / "annotations").glob("*.json"))
        for piece in read_ratings(path)
    ]
    with (options.folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "group", *SCALES])
        for number, piece in enumerate(pieces):
            sound = options.folder / f"{number:03}.wav"
            score = (options.dataset / "labelled" / "midi" / piece.midi).read_bytes()
            render(score, sound, options.soundfont, RATE)
            keep_part(sound, 0.0, piece.seconds + TAIL)
            writer.writerow([sound.name, piece.series, *(piece.ratings[scale] for scale in SCALES)])
    sys.stdout.write(f"{len(pieces)} rated pieces in {options.folder}\n")


if __name__ == "__main__":
    main()
