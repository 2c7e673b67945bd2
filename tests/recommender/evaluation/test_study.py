"""Real files through the real pipeline: measured once, kept, and what cannot be heard left out by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.conf import settings

from recommender import encoders
from recommender.evaluation import manifest, rival, study
from recommender.evaluation.cache import Cache
from recommender.evaluation.study import Networks

RATE = 16_000
pytestmark = [pytest.mark.services, pytest.mark.slow]


def clicks(bpm: float, pitch: float, seconds: float = 20.0) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    beat = np.exp(-40 * (time % (60 / bpm)))
    return (0.5 * beat * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


@pytest.fixture(scope="module")
def networks() -> Networks:
    encoder = encoders.load("musicnn", settings.MODELS_DIR)
    return Networks(encoder, encoder)  # type: ignore[arg-type]


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    rows = ["path,bpm"]
    for number, bpm in enumerate((100, 120, 140)):
        soundfile.write(tmp_path / f"{number}.wav", clicks(bpm, 220 * (number + 1)), RATE)
        rows.append(f"{number}.wav,{bpm}")
    (tmp_path / "words.wav").write_text("no sound at all", encoding="utf-8")
    rows += ["words.wav,100", "nowhere.wav,100"]
    path = tmp_path / "truth.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_files_are_measured_once_and_failures_named(truth: Path, networks: Networks, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", networks.versions)
    recordings = manifest.read(truth)
    first = study.study(recordings, networks, cache)
    assert [one.path.name for one in first.recordings] == ["0.wav", "1.wav", "2.wav"]
    assert {one.path.name: one.error[:9] for one in first.failed} == {
        "words.wav": "not_audio",
        "nowhere.wav": "there is ",
    }
    assert first.rival.shape == (3, 200)
    assert [one.tempo.bpm for one in first.measurements] == pytest.approx([100, 120, 140], rel=0.01)

    steps: list[tuple[int, int]] = []
    again = study.study(recordings[:3], networks, cache, lambda done, total: steps.append((done, total)))
    assert steps == [(3, 3)]  # nothing was heard
    assert np.array_equal(again.rival, first.rival)


def test_the_rival_hears_every_patch(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", clicks(120, 220, seconds=20), RATE)
    soundfile.write(tmp_path / "short.wav", clicks(120, 220, seconds=1), RATE)
    assert rival.every_patch(tmp_path / "long.wav").shape == (6, 187, 96)  # 1251 frames
    assert rival.every_patch(tmp_path / "short.wav").shape == (1, 187, 96)
