"""`manage.py evaluate` as a door: what it refuses, and what it writes."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.core.management import CommandError, call_command
from pytest_django import Settings

RATE = 16_000


def test_a_manifest_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.csv"):
        call_command("evaluate", manifest=tmp_path / "nowhere.csv")


def test_a_reader_of_text_that_cannot_be_loaded_is_named_before_anything_is_heard(
    tmp_path: Path, settings: Settings
) -> None:
    (tmp_path / "one.wav").touch()
    (tmp_path / "truth.csv").write_text("path,style\none.wav,jazz\n", encoding="utf-8")
    settings.TEXT_ENCODER = "lexikon"
    with pytest.raises(CommandError, match="neither 'lexicon' nor"):
        call_command("evaluate", manifest=tmp_path / "truth.csv")


def test_a_report_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    for out in (tmp_path / "nowhere" / "out.json", tmp_path):
        with pytest.raises(CommandError, match=r"no folder|is a folder"):
            call_command("evaluate", "--manifest", tmp_path / "any.csv", "--json", out)


@pytest.mark.services
@pytest.mark.slow
def test_too_few_recordings_say_why(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "short.wav", np.zeros(RATE, np.float32), RATE)
    (tmp_path / "truth.csv").write_text("path\nshort.wav\n", encoding="utf-8")
    with pytest.raises(CommandError, match=r"0 of 1 recordings .* at least 3 are needed; .*short\.wav: "):
        call_command("evaluate", manifest=tmp_path / "truth.csv", stderr=StringIO())


@pytest.mark.services
@pytest.mark.slow
def test_figures_are_printed_and_written_without_a_database(tmp_path: Path) -> None:
    time = np.arange(12 * RATE) / RATE
    rows = ["path,bpm,artist"]
    for number, bpm in enumerate((100, 100, 140, 140)):
        beat = np.exp(-40 * (time % (60 / bpm))) * np.sin(2 * np.pi * 220 * (number // 2 + 1) * time)
        soundfile.write(tmp_path / f"{number}.wav", (0.5 * beat).astype(np.float32), RATE)
        rows.append(f"{number}.wav,{bpm},artist {number // 2}")
    (tmp_path / "truth.csv").write_text("\n".join(rows), encoding="utf-8")
    out = StringIO()
    call_command("evaluate", manifest=tmp_path / "truth.csv", json=tmp_path / "out.json", stdout=out, stderr=StringIO())
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert report["recordings"]["analysed"] == 4
    assert report["measured"]["tempo"]["accuracy2"]["mean"] == 1.0
    assert "artist P@1" in out.getvalue()
