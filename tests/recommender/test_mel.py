"""The shared mel spectrum is librosa's, whatever the blocks."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from recommender.features import mel
from tests import sounds


@pytest.fixture(scope="module")
def song() -> np.ndarray:
    """Ten seconds and a bit at 16 kHz."""
    return sounds.song(10.0071, rate=mel.RATE) + sounds.noise(10.0071, rate=mel.RATE, level=0.001)


@pytest.fixture(scope="module")
def yardstick(song: np.ndarray) -> np.ndarray:
    """What librosa makes of it."""
    return librosa.feature.melspectrogram(y=song, sr=mel.RATE, n_fft=mel.N_FFT, hop_length=mel.HOP, n_mels=mel.BANDS).T


def test_filters_are_librosas() -> None:
    expected = librosa.filters.mel(sr=mel.RATE, n_fft=mel.N_FFT, n_mels=mel.BANDS).T

    assert np.abs(mel.FILTERS - expected).max() < 1e-6 * expected.max()


def test_power_is_librosas(song: np.ndarray, yardstick: np.ndarray) -> None:
    found = mel.power(song)

    assert found.shape == yardstick.shape
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, yardstick, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("block", [1, 100, 255, 512, 23_777])
def test_blocks_of_any_size_give_the_same_spectrum(block: int, song: np.ndarray) -> None:
    part = song[: 2000 if block == 1 else None]
    stream = mel.MelStream()
    for start in range(0, len(part), block):
        stream.feed(part[start : start + block])

    # Not bit for bit: a matrix product of few rows adds up in another order. Real blocks have one size.
    np.testing.assert_allclose(stream.finish(), mel.power(part), rtol=1e-5, atol=1e-9)


def test_nothing_gives_no_frames_worth_mentioning() -> None:
    assert mel.power(np.zeros(0, np.float32)).shape == (1, mel.BANDS)


def test_compression_can_be_undone() -> None:
    power = np.geomspace(1e-4, 1e3, 50, dtype=np.float32)[None]
    assert np.allclose(mel.expanded(mel.compressed(power).astype(np.float16)), power, rtol=0.02)


def test_compression_is_finite_and_fits_half_floats() -> None:
    loud = mel.power(sounds.sine(440, 1, rate=mel.RATE, level=8.0))
    found = mel.compressed(np.concatenate([np.zeros((1, mel.BANDS), np.float32), loud])).astype(np.float16)

    assert np.isfinite(found).all()
    assert found[0].max() == 0
    assert mel.compressed(np.float32([[1.0]])) == pytest.approx(np.log10(10_001), rel=1e-6)
