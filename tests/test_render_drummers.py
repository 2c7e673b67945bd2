"""Performances of real drummers: which are taken, and that every stroke falls on a drum that sound fonts have."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import mido
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import render_drummers


@pytest.mark.parametrize(("pad", "drum"), [(22, 42), (26, 46), (36, 36), (38, 38)])
def test_pads_of_the_drum_set_become_drums_of_general_midi(tmp_path: Path, pad: int, drum: int) -> None:
    score = mido.MidiFile(ticks_per_beat=480)
    stroke = {"note": pad, "channel": 3, "velocity": 77}
    score.tracks.append(
        mido.MidiTrack([mido.Message("note_on", time=240, **stroke), mido.Message("note_off", **stroke)])
    )
    score.save(tmp_path / "played.mid")

    read = mido.MidiFile(file=io.BytesIO(render_drummers.for_general_midi(tmp_path / "played.mid")))

    events = [event for event in read.tracks[0] if not event.is_meta]
    assert [(event.type, event.note, event.channel) for event in events] == [
        ("note_on", drum, 9),
        ("note_off", drum, 9),
    ]
    assert (events[0].time, events[0].velocity, read.ticks_per_beat) == (240, 77, 480)


def test_fills_short_ones_and_other_splits_are_left_out(tmp_path: Path) -> None:
    rows = [
        ("beat", 40, "train"),
        ("fill", 40, "train"),
        ("beat", 14.9, "train"),
        ("beat", 40, "test"),
        ("beat", 15, "train"),
    ]
    with (tmp_path / "info.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["beat_type", "duration", "split", "bpm"])
        writer.writerows((*row, number) for number, row in enumerate(rows))

    taken = [row["bpm"] for row in render_drummers.performances(tmp_path, ["train"])]

    assert taken == ["0", "4"]
