"""Performances of real drummers, who played to a click, as sound and a manifest (path, bpm, style, group = drummer).

    apt-get install fluidsynth fluid-soundfont-gm
    pip install -r requirements-dev.txt
    python scripts/render_drummers.py FOLDER --dataset groove --split train

`--dataset` is the unpacked MIDI of the Groove MIDI Dataset (Gillick et al., "Learning to groove with inverse sequence
transformations", ICML 2019; CC BY 4.0). Its fills are left out, and what is shorter than 15 seconds; of long
performances the middle is taken.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import mido
from render_scores import DRUM_CHANNEL, keep_part, render

# Pads of a Roland TD-11 that no drum kit of General MIDI has: edges of cymbals and hi-hat, rims of toms.
PADS = {22: 42, 26: 46, 55: 49, 52: 49, 57: 49, 59: 51, 58: 43, 40: 38}
SHORTEST = 15.0  # seconds

Performance = dict[str, str]


def performances(dataset: Path, splits: list[str]) -> Iterator[Performance]:
    """Read the rows of `info.csv` that are long enough, of these splits ("train", "validation", "test")."""
    with (dataset / "info.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["split"] in splits and row["beat_type"] == "beat" and float(row["duration"]) >= SHORTEST:
                yield row


def for_general_midi(path: Path) -> bytes:
    """Read a MIDI file of the drum set and let every stroke fall on a drum that sound fonts have."""
    score = mido.MidiFile(path)
    for track in score.tracks:
        for place, event in enumerate(track):
            if event.type in ("note_on", "note_off"):
                track[place] = event.copy(channel=DRUM_CHANNEL, note=PADS.get(event.note, event.note))
    written = io.BytesIO()
    score.save(file=written)
    return written.getvalue()


def main() -> None:
    """Render the performances and write the manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--split", action="append", required=True, choices=("train", "validation", "test"))
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--rate", type=int, default=16_000)
    parser.add_argument("--soundfont", type=Path, default=Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with (options.folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "bpm", "style", "group"])
        for number, row in enumerate(performances(options.dataset, options.split)):
            sound = options.folder / f"{number:04}.wav"
            render(for_general_midi(options.dataset / row["midi_filename"]), sound, options.soundfont, options.rate)
            start = max(0.0, (float(row["duration"]) - options.seconds) / 2)
            keep_part(sound, start, options.seconds)
            writer.writerow([sound.name, row["bpm"], row["style"].partition("/")[0], row["drummer"]])
    sys.stdout.write(f"{number + 1} performances in {options.folder}\n")


if __name__ == "__main__":
    main()
