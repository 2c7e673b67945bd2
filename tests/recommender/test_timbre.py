"""The colour of a sound in plain numbers: finite for anything, the same at any level, different where sounds are."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.features import mel, timbre
from tests import sounds


def described(samples: np.ndarray, decibels: float = 0.0) -> np.ndarray:
    """Timbre of a sound at -20 LUFS, made louder by so many decibels."""
    return timbre.timbre(mel.power(samples * 10 ** (decibels / 20)), -20.0 + decibels)


@pytest.mark.parametrize("decibels", [-20.0, 10.0])
def test_level_changes_nothing(decibels: float) -> None:
    music = sounds.song(8, rate=mel.RATE)
    np.testing.assert_allclose(described(music, decibels), described(music), atol=0.01)


def test_bright_and_dark_sounds_differ_in_their_pattern() -> None:
    dark, bright = (described(sounds.sine(hertz, 5, rate=mel.RATE)) for hertz in (110, 4000))
    levels = slice(-timbre.BROAD * 3, -timbre.BROAD * 2)  # what is not exceeded in 70 percent of the time
    assert dark[levels].argmax() < bright[levels].argmax()


def test_clicks_have_more_onsets_than_a_tone() -> None:
    onsets = slice(3 * timbre.CEPSTRA + 2 * timbre.GROUPS, 3 * timbre.CEPSTRA + 3 * timbre.GROUPS)
    clicks, tone = described(sounds.clicks(120, 5, rate=mel.RATE)), described(sounds.sine(440, 5, rate=mel.RATE))
    assert clicks[onsets].mean() > 10 * tone[onsets].mean()


@pytest.mark.parametrize("frames", [0, 1, 2, 500])
@pytest.mark.parametrize("level", [0.0, 1e-20, 1e6])
def test_finite_for_anything(frames: int, level: float) -> None:
    found = timbre.timbre(np.full((frames, mel.BANDS), level, np.float32), -70.0)
    assert found.shape == (timbre.DIM,)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
