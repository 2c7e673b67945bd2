"""Coloured copies: another sound, the same tempo; and the takes of a file that training hears."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.errors import AnalysisError
from recommender.features import colour, mel, tempo
from recommender.features.takes import takes
from tests import sounds


@pytest.mark.parametrize("seed", range(8))
def test_a_copy_sounds_different_and_keeps_the_tempo(seed: int) -> None:
    power = mel.power(sounds.song(20, bpm=112, rate=mel.RATE))
    copy = colour.coloured(power, mel.FRAME_RATE, np.random.default_rng(seed))
    assert copy.shape == power.shape
    assert np.isfinite(copy).all()
    assert (copy >= 0).all()
    balance, other = (sound.mean(axis=0) / sound.mean() for sound in (power, copy))
    assert np.abs(10 * np.log10((other + 1e-9) / (balance + 1e-9))).max() > 1.0
    assert tempo.pulse(copy, mel.FRAME_RATE).bpm == pytest.approx(tempo.pulse(power, mel.FRAME_RATE).bpm, rel=0.01)


def test_silence_stays_silent() -> None:
    still = np.zeros((100, mel.BANDS), np.float32)
    for seed in range(20):
        assert not colour.coloured(still, mel.FRAME_RATE, np.random.default_rng(seed)).any()
    assert colour.coloured(still[:0], mel.FRAME_RATE, np.random.default_rng(0)).shape == (0, mel.BANDS)


def test_a_room_rings_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colour, "ROOM_CHANCE", 1.0)
    for chance in ("PRESSED_CHANCE", "NOISE_CHANCE", "CUT_CHANCE"):
        monkeypatch.setattr(colour, chance, 0.0)
    stroke = np.zeros((200, mel.BANDS), np.float32)
    stroke[50] = 1.0
    level = colour.coloured(stroke, mel.FRAME_RATE, np.random.default_rng(3)).sum(axis=1)
    assert not level[:50].any()
    assert (np.diff(level[50:]) < 0).all()


def test_a_compressor_turns_loud_parts_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colour, "PRESSED_CHANCE", 1.0)
    for chance in ("ROOM_CHANCE", "NOISE_CHANCE", "CUT_CHANCE"):
        monkeypatch.setattr(colour, chance, 0.0)
    power = np.full((400, mel.BANDS), 1e-4, np.float32)
    power[200:] = 1.0
    level = colour.coloured(power, mel.FRAME_RATE, np.random.default_rng(0)).sum(axis=1)
    assert level[300] / level[100] < 0.7 * 1e4


def test_the_same_file_gives_the_same_takes(tmp_path: Path) -> None:
    path = sounds.wav(tmp_path / "clip.wav", sounds.song(12, bpm=96))
    one, two = takes(path, copies=2).pulses, takes(path, copies=2).pulses
    assert len(one) == 3
    assert all(np.array_equal(first.cues, second.cues) for first, second in zip(one, two, strict=True))
    assert not np.array_equal(one[0].cues, one[1].cues)
    assert np.array_equal(takes(path).pulses[0].cues, one[0].cues)


def test_what_is_no_audio_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    path.write_text("words", encoding="utf-8")
    with pytest.raises(AnalysisError):
        takes(path)
