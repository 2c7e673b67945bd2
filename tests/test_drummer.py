"""Renderings that people play: late and early, but at the tempo that the manifest says."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from drummer import Drummer


@pytest.mark.parametrize("seed", range(5))
def test_a_person_strays_by_milliseconds_and_keeps_the_tempo(seed: int) -> None:
    drummer = Drummer.person(np.random.default_rng(seed), bpm=120.0)
    beats = np.arange(60.0)  # one whole wave of the drift
    played = beats + np.array([drummer.late("snare", beat) for beat in beats])
    assert np.abs(played - beats).max() > 0.002
    assert 120 / np.polyfit(beats, played, 1)[0] == pytest.approx(120, rel=0.02)
    assert played.mean() == pytest.approx(beats.mean(), abs=0.06)


def test_the_same_seed_plays_the_same() -> None:
    one, two = (Drummer.person(np.random.default_rng(7), 90.0) for _ in range(2))
    assert one.fill(4) == two.fill(4)
    assert one.late("hat", 3.0) == two.late("hat", 3.0)


def test_fills_end_the_bar_and_ghosts_fill_gaps_only() -> None:
    drummer = Drummer(np.random.default_rng(1), 100.0, ghosts=1.0, fill_beats=2)
    assert all(2 <= place < 4 for place, _, _ in drummer.fill(4))
    taken = {0.25, 1.5}
    places = set(drummer.ghost_places(4, 4, taken))
    assert len(places) == 10  # twelve sixteenths off the beat, two of them played already
    assert not places & taken
