"""Key of sounds whose truth is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from recommender.features import key
from recommender.measurement import FloatArray
from tests import sounds

RATE = key.SAMPLE_RATE


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", range(12))
def test_cadences_in_all_24_keys(tonic: int, mode: str) -> None:
    found = key.key(sounds.chords(tonic, mode, 8, rate=RATE))
    assert (found.tonic, found.mode) == (tonic, mode)
    assert found.strength > 0.5
    assert found.profile.sum() == pytest.approx(1, abs=1e-4)
    assert int(np.argmax(found.profile)) == tonic + 12 * (mode == "minor")


@pytest.mark.parametrize("cents", [-35, -15, 20, 40])
def test_an_orchestra_that_is_tuned_otherwise(cents: int) -> None:
    chords = sounds.chords(2, "major", 8, rate=RATE)
    stretched = np.interp(np.arange(0, len(chords) - 1, 2 ** (cents / 1200)), np.arange(len(chords)), chords)
    found = key.key(stretched.astype(np.float32))
    assert (found.tonic, found.mode) == (2, "major")
    assert found.tuning == pytest.approx(cents, abs=8)


def test_drums_over_the_chords_do_not_matter() -> None:
    found = key.key(sounds.song(10, tonic=9, mode="minor", rate=RATE))
    assert (found.tonic, found.mode) == (9, "minor")


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.ones(1, np.float32),
        np.zeros(RATE * 5, np.float32),
        np.full(RATE, np.nan, np.float32),
        sounds.noise(20, rate=RATE),
        sounds.clicks(120, 20, rate=RATE),
    ],
    ids=["nothing", "one sample", "silence", "not a number", "noise", "clicks"],
)
def test_nothing_tonal_has_no_key(samples: FloatArray) -> None:
    found = key.key(samples)
    assert found.tonic is None
    assert 0 <= found.strength < 0.12
    assert np.isfinite(found.profile).all()
    assert found.profile.sum() == pytest.approx(1, abs=1e-4)


def test_blocks_of_any_size_give_the_same_key() -> None:
    chords = sounds.chords(4, "minor", 6, rate=RATE)
    whole, stream = key.key(chords), key.ChromaStream()
    cuts = [0, 1, 1, 700, 9000, 9001, 40_000, len(chords)]
    for start, end in pairwise(cuts):
        stream.feed(chords[start:end])
    pieces = stream.finish()
    assert pieces.tonic == whole.tonic
    assert pieces.profile == pytest.approx(whole.profile, abs=1e-5)


def test_a_short_sound_has_a_key_too() -> None:
    assert key.key(sounds.chords(7, "major", 0.4, rate=RATE)).tonic is not None


def test_loudness_does_not_matter() -> None:
    chords = sounds.chords(5, "major", 6, rate=RATE)
    assert key.key(chords * 0.1).profile == pytest.approx(key.key(chords).profile, abs=0.05)
