"""Loudness against the test signals of EBU Tech 3341 and 3342; the outline against plain numpy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import signal

from recommender.audio import decode
from recommender.features import loudness, outline
from recommender.features.loudness import LoudnessMeter
from recommender.features.weighting import KWeighting, k_weighting
from recommender.measurement import Loudness
from tests import sounds

RATE = 48_000


def measure(samples: np.ndarray, rate: int = RATE, block: int = 65_536) -> Loudness:
    """Loudness of samples [shape=(channels, n)]."""
    meter = LoudnessMeter(rate)
    for start in range(0, samples.shape[1], block):
        meter.feed(samples[:, start : start + block])
    return meter.finish()


def stereo(*parts: tuple[float, float], rate: int = RATE) -> np.ndarray:
    """A tone of 1 kHz in both channels: (dB below full scale, seconds) after one another."""
    line = np.concatenate([sounds.sine(1000, seconds, rate=rate, level=10 ** (db / 20)) for db, seconds in parts])
    return np.stack([line, line])


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_a_tone_of_full_scale_in_one_channel_reads_minus_3_whatever_the_rate(rate: int) -> None:
    tone = sounds.sine(997, 5, rate=rate, level=1.0)[None]

    assert measure(tone, rate).integrated == pytest.approx(-3.01, abs=0.1 if rate < 22_050 else 0.03)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(-23, 20)], -23.0),  # EBU Tech 3341, case 1
        ([(-33, 20)], -33.0),  # case 2
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),  # case 3: the relative gate
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),  # case 4: both gates
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),  # case 5
    ],
)
def test_integrated_loudness_as_the_ebu_wants_it(parts: list[tuple[float, float]], expected: float) -> None:
    assert measure(stereo(*parts)).integrated == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [([(-20, 20), (-30, 20)], 10.0), ([(-20, 20), (-15, 20)], 5.0), ([(-40, 20), (-20, 20)], 20.0)],  # EBU Tech 3342
)
def test_range_as_the_ebu_wants_it(parts: list[tuple[float, float]], expected: float) -> None:
    assert measure(stereo(*parts)).range == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize(
    ("phase", "level", "divisor", "expected"),
    [(0, 0.50, 4, -6.0), (45, 0.50, 4, -6.0), (60, 0.50, 6, -6.0), (67.5, 0.50, 8, -6.0), (45, 1.41, 4, 3.0)],
)
def test_true_peak_as_the_ebu_wants_it(phase: float, level: float, divisor: int, expected: float) -> None:
    turn = 2 * np.pi * np.arange(RATE) / divisor + np.radians(phase)  # EBU Tech 3341, cases 15 to 19
    tone = (level * np.sin(turn) * np.hanning(RATE) ** 0.05).astype(np.float32)[None]

    assert -0.4 <= measure(tone).true_peak - expected <= 0.2


def rising(seconds: float) -> np.ndarray:
    """A tone that grows all the time, so that no earlier peak spares the search of a later piece."""
    count = int(seconds * sounds.RATE)
    return (np.sin(2.7 * np.arange(count)) * np.linspace(0, 1, count)).astype(np.float32)


@pytest.mark.parametrize("rate", [44_100, 96_000, 192_000])
@pytest.mark.parametrize(
    "samples",
    [sounds.song(3) + sounds.noise(3), np.clip(9 * sounds.noise(3), -1, 1), rising(3), sounds.noise(3)[:300]],
    ids=["song", "clipped noise", "rising", "short"],
)
def test_pruning_the_search_for_peaks_changes_nothing(samples: np.ndarray, rate: int) -> None:
    channels = np.stack([samples, samples[::-1] / 2])
    meter = loudness.PeakMeter(rate, 2)
    for start in range(0, len(samples), 4096):
        meter.feed(channels[:, start : start + 4096])

    lines = np.pad(channels, [(0, 0), (len(meter._phases[0]) - 1, 0)])
    between = max(
        float(np.abs(np.convolve(line, phase[::-1], "valid")).max()) for line in lines for phase in meter._phases
    )

    assert meter.highest == pytest.approx(max(between, float(np.abs(samples).max())), rel=1e-6)


@pytest.mark.parametrize("rate", [4_000, 8_000, 11_025, 44_100, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 8])
def test_the_k_filter_by_rows_is_the_one_by_samples(rate: int, channels: int) -> None:
    draw = np.random.default_rng(3)
    samples = draw.standard_normal((channels, 5_000)) / 10 + 0.3  # with a constant part, that the filter takes out
    samples[:, 3_000:4_000] = 0
    weighting = KWeighting(rate, channels)
    edges = [0, 1, 1, 32, 95, 1_000, 4_999, 5_000]

    pieces = [weighting.feed(samples[:, start:end].astype(np.float32)) for start, end in pairwise(edges)]
    found = np.concatenate([*pieces, weighting.finish()], axis=1)

    assert found.dtype == np.float32
    np.testing.assert_allclose(found, signal.sosfilt(k_weighting(rate), samples, axis=1), atol=2e-6)


def test_blocks_do_not_matter() -> None:
    samples = np.stack([sounds.song(4), sounds.noise(4)])

    whole, pieces = measure(samples, block=10**9), measure(samples, block=1777)

    assert pieces.integrated == pytest.approx(whole.integrated, abs=1e-3)
    assert pieces.range == pytest.approx(whole.range, abs=1e-3)
    assert pieces.true_peak == pytest.approx(whole.true_peak, abs=1e-3)


@pytest.mark.parametrize("piece", [1_000, 65_536])
def test_channels_that_come_and_go_are_each_heard_for_as_long_as_they_sound(piece: int) -> None:
    tone = sounds.sine(997, 10, rate=RATE)
    shapes = [np.stack([tone]), np.stack([tone] * 2), np.stack([tone] * 6)]

    found = []
    for order in (shapes, shapes[::-1]):
        meter = LoudnessMeter(RATE)
        for start in range(0, len(tone), piece):
            for samples in order:
                meter.feed(samples[:, start : start + piece])
        found.append(meter.finish())

    expected = -3.01 - 6.02 + 10 * np.log10((1 + 2 + 3 + 2 * loudness.SURROUND) / 3)
    for one in found:  # switched on and off 50 times a second, a filter rings
        assert one.integrated == pytest.approx(expected, abs=0.05 if piece > 1_000 else 0.3)
        assert -6.03 < one.true_peak < -4.5  # a wave that is cut off overshoots


@pytest.mark.parametrize("seconds", [0.0, 0.01, 10.0])
def test_silence_has_the_floor_for_its_loudness(seconds: float) -> None:
    assert measure(np.zeros((2, int(seconds * RATE)), np.float32)) == Loudness(-70.0, 0.0, loudness.QUIETEST)


def test_the_bass_effects_channel_does_not_count() -> None:
    tone = sounds.sine(1000, 5, level=0.1)
    surround = np.zeros((6, len(tone)), np.float32)
    surround[0] = tone
    with_bass = surround.copy()
    with_bass[3] = 10 * tone

    assert measure(with_bass).integrated == measure(surround).integrated


# -- outline -----------------------------------------------------------------------------------------------------------


def outlined(samples: np.ndarray) -> np.ndarray:
    """Outline of samples at 16 kHz, fed in odd blocks."""
    gatherer = decode.Outline()
    for start in range(0, len(samples), 1237):
        gatherer.feed(samples[start : start + 1237])
    return gatherer.finish()


def test_peaks_follow_the_wave() -> None:
    half = sounds.sine(100, 10, rate=decode.RATE, level=1.0)
    found = outline.peaks(outlined(np.concatenate([half, half / 2 + 0.25])))

    assert found.shape == (outline.PEAKS, 2)
    assert found.dtype == np.int8
    assert found[10:390].tolist() == [[-127, 127]] * 380
    assert np.abs(found[410:790] - [-32, 95]).max() <= 1


@pytest.mark.parametrize("samples", [1, 160, 1000, 48_000])
def test_the_shortest_sounds_have_full_outlines(samples: int) -> None:
    shape = outlined(np.full(samples, 0.5, np.float32))

    assert (outline.peaks(shape)[:, 1] == 64).all()
    assert np.isfinite(outline.energy(shape)).all()


def test_energy_is_the_level_over_time() -> None:
    loud, quiet = (sounds.sine(100, 8, rate=decode.RATE, level=level) for level in (1.0, 0.1))
    found = outline.energy(outlined(np.concatenate([loud, quiet, np.zeros_like(loud), loud])))

    assert found.shape == (outline.CURVE,)
    assert found[[5, 20, 40, 60]] == pytest.approx([-3.01, -23.01, outline.QUIETEST, -3.01], abs=0.05)
