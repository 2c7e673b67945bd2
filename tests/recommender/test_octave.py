"""The octave decision: its network, its training, and what it does with bad input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.features import octave, octave_fit
from recommender.features.metre import CUES, RATIOS
from recommender.measurement import GRID

NO_CUES = np.zeros(0, np.float32)
TAGS, SCALE = np.zeros(100), np.array([0.0, 1.0, 0.0])


def clips(count: int) -> list[octave_fit.Clip]:
    """Clips of which one cue alone tells the right candidate."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        right = int(rng.integers(3))  # the measured tempo, its double or its half
        cues = np.zeros((len(RATIOS), CUES), np.float32)
        cues[:, 5] = np.where(np.arange(len(RATIOS)) == right, 3.0, -1.0)
        measured = float(rng.uniform(90, 110))
        made.append(octave_fit.Clip(measured * float(RATIOS[right]), measured, cues))
    return made


def test_training_finds_what_tells_the_octave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(octave_fit, "EPOCHS", 30)
    monkeypatch.setattr(octave_fit, "NETWORKS", 1)
    taught = clips(300)
    network = octave_fit.fit(taught[:200], TAGS, SCALE)
    hits = [
        clip.right[np.argmax(octave.choose(clip.measured, clip.cues, None, network=network))] for clip in taught[200:]
    ]
    assert np.mean(hits) > 0.9


def test_the_same_seed_gives_the_same_network_and_files_keep_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(octave_fit, "EPOCHS", 1)
    one, two = octave_fit.fit(clips(30), TAGS, SCALE), octave_fit.fit(clips(30), TAGS, SCALE)
    assert np.array_equal(one.hidden, two.hidden)
    one.save(tmp_path / "octave.npz")
    assert octave.read(tmp_path / "octave.npz").hidden == pytest.approx(one.hidden, abs=1e-6)


def test_clips_without_a_right_candidate_are_refused() -> None:
    wrong = octave_fit.Clip(100.0, 117.0, np.zeros((len(RATIOS), CUES), np.float32))
    with pytest.raises(ValueError, match="no clip"):
        octave_fit.fit([wrong], TAGS, SCALE)


def test_without_cues_the_measured_tempo_stays() -> None:
    chances = octave.choose(110.0, NO_CUES, None)
    assert chances.sum() == pytest.approx(1)
    assert RATIOS[np.argmax(chances)] == 1


@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_chances_are_finite_for_any_cues(wild: float) -> None:
    chances = octave.choose(110.0, np.full(len(RATIOS) * CUES, wild, np.float32), np.full(100, wild, np.float32))
    assert np.isfinite(chances).all()
    assert chances.sum() == pytest.approx(1)


def test_what_sounds_fast_is_fast_rather() -> None:
    tags = octave.shipped().tags
    cues = np.zeros(len(RATIOS) * CUES, np.float32)
    fast = octave.choose(90.0, cues, (tags * 10).astype(np.float32))
    slow = octave.choose(90.0, cues, (tags * -10).astype(np.float32))
    double = int(np.flatnonzero(RATIOS == 2)[0])
    assert fast[double] > slow[double]


def test_the_shipped_network_fits_the_cues() -> None:
    network = octave.shipped()
    assert network.mean.shape == (CUES,)
    assert network.hidden.shape[1] == CUES
    assert octave.SHIPPED.stat().st_size < 300_000


def test_the_posterior_moves_with_the_decision() -> None:
    flat = np.full(len(GRID), 1 / len(GRID), np.float32)
    moved = octave.moved(flat, GRID, np.array([70.0, 140.0]), np.array([0.2, 0.8]))
    assert moved.sum() == pytest.approx(1, abs=1e-4)
    assert GRID[np.argmax(moved)] == pytest.approx(140, rel=0.01)
