"""Loudness as broadcasters measure it: EBU R 128, that is ITU-R BS.1770-4 with the range of EBU Tech 3342.

Streamed: of ten hours, only one number per 100 ms is kept.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from recommender.features.weighting import KWeighting
from recommender.measurement import FloatArray, Loudness

VERSION = "1"

OFFSET = -0.691  # dB, makes a full-scale sine of 997 Hz in one channel read -3.01 LUFS
ABSOLUTE_GATE = -70.0  # LUFS
RELATIVE_GATE = -10.0  # LU below the mean of what passed the absolute gate
RANGE_GATE = -20.0
STEPS_PER_SECOND = 10
MOMENTARY = 4  # steps: 400 ms
SHORT_TERM = 30  # steps: 3 s
SURROUND = 1.41  # weight of channels behind the listener
QUIETEST = -120.0  # dBTP, where the logarithm would end
TAPS = 48  # of the interpolating filter, as in BS.1770 annex 2
PIECE = 128  # samples whose peak is bounded together


class LoudnessMeter:
    """Loudness of a recording that arrives in blocks [shape=(channels, n)] at its own rate.

    Their number may change: each channel counts for as long as there is one.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._step = round(sample_rate / STEPS_PER_SECOND)
        self._powers: list[NDArray[np.float64]] = []
        self._begin(np.zeros((1, 0), np.float32), 0.0)

    def feed(self, block: FloatArray) -> None:
        """Take the next samples, full scale 1, finite."""
        if not block.shape[1]:
            return
        if len(block) != len(self._weights):
            self._turn(len(block))
        self._peak.feed(block)
        self._take(self._weighting.feed(block))

    def finish(self) -> Loudness:
        """Loudness of everything that was fed; -70 LUFS where nothing passes the gate."""
        self._take(self._weighting.finish())
        powers = np.concatenate(self._powers)
        return Loudness(integrated=integrated(powers), range=loudness_range(powers), true_peak=self._peak.finish())

    def _begin(self, rest: FloatArray, highest: float) -> None:
        channels = len(rest)
        self._weighting = KWeighting(self._rate, channels)
        self._weights = channel_weights(channels)
        self._rest = rest
        self._peak = PeakMeter(self._rate, channels, highest)

    def _turn(self, channels: int) -> None:
        """Go on with so many; what does not fill a step keeps its power, in the first of them, which weighs 1."""
        self._take(self._weighting.finish())
        rest = np.zeros((channels, self._rest.shape[1]), np.float32)
        rest[0] = np.sqrt(self._weights @ self._rest**2)
        self._begin(rest, self._peak.highest)

    def _take(self, weighted: FloatArray) -> None:
        joined = np.concatenate([self._rest, weighted], axis=1)
        steps = joined.shape[1] // self._step
        whole = joined[:, : steps * self._step].reshape(len(joined), steps, self._step)
        power = np.einsum("cst,cst->cs", whole, whole) / self._step
        self._powers.append(self._weights @ power.astype(np.float64))
        self._rest = joined[:, steps * self._step :]


class PeakMeter:
    """True peak: the highest level between the samples as well, found by oversampling where it can matter at all."""

    def __init__(self, sample_rate: int, channels: int, highest: float = 0.0) -> None:
        factor = 4 if sample_rate < 96_000 else 2 if sample_rate < 192_000 else 1
        taps = (
            signal.firwin(TAPS * factor // 4, 1 / factor, window=("kaiser", 5.0)) * factor if factor > 1 else np.ones(1)
        )
        self._phases: FloatArray = taps.reshape(-1, factor).T.astype(np.float32)[:, ::-1]
        self._gain = float(np.abs(self._phases).sum(axis=1).max())  # no interpolated value exceeds so many sample peaks
        self._smooth = _smooth_gains(self._phases)
        self._memory = self._phases.shape[1] - 1
        self._tail = np.zeros((channels, self._memory), np.float32)
        self.highest = highest  # so far

    def feed(self, block: FloatArray) -> None:
        """Take the next samples [shape=(channels, n)]."""
        line = np.concatenate([self._tail, block], axis=1)
        self._tail = line[:, line.shape[1] - self._memory :]
        peaks = np.maximum.reduceat(np.abs(line), np.arange(0, line.shape[1], PIECE), axis=1)
        self.highest = max(self.highest, float(peaks.max()))
        peaks[:, :-1] = np.maximum(peaks[:, :-1], peaks[:, 1:])  # what begins in a piece may end in the next
        channel, piece = np.nonzero(peaks * self._gain > self.highest)
        if len(piece):
            width = min(PIECE + self._memory, line.shape[1])
            starts = np.minimum(piece * PIECE, line.shape[1] - width)  # the last piece ends with the block
            views = np.lib.stride_tricks.sliding_window_view(line, width, axis=1)
            self._search(views[channel, starts], peaks[channel, piece])

    def finish(self) -> float:
        """The highest level between the samples as well, dBTP, at least QUIETEST."""
        return max(QUIETEST, 20 * math.log10(max(self.highest, 1e-12)))

    def _search(self, pieces: FloatArray, peaks: FloatArray) -> None:
        level, bend = self._smooth
        bends = np.abs(np.diff(pieces, 2, axis=1)).max(axis=1)
        pieces = pieces[level * peaks + bend * bends > self.highest]
        if len(pieces):
            views = np.lib.stride_tricks.sliding_window_view(pieces, self._memory + 1, axis=1)
            between = views.reshape(-1, self._memory + 1) @ self._phases.T
            self.highest = max(self.highest, float(np.abs(between).max()))


def _smooth_gains(phases: FloatArray) -> tuple[float, float]:
    """What an interpolated value never exceeds: so many sample peaks and so many of the greatest second differences.

    Any filter is a weighting of its two middle samples plus one of second differences. Where the wave bends little, as
    it does nearly everywhere, the bound is hardly above the samples.
    """
    taps = phases.shape[1]
    unit = np.eye(taps)
    basis = np.vstack([unit[taps // 2 - 1 : taps // 2 + 1], np.diff(unit, 2, axis=0)])
    parts = np.abs(phases @ np.linalg.inv(basis))
    return float(parts[:, :2].sum(axis=1).max()), float(parts[:, 2:].sum(axis=1).max())


def channel_weights(channels: int) -> NDArray[np.float64]:
    """Weights of left, right, centre, bass effects and the rest, in ffmpeg's order."""
    weights = np.ones(channels)
    if channels >= 4:
        weights[3:] = SURROUND
    if channels >= 6:
        weights[3] = 0.0  # the bass effects channel is not counted
    return weights


def _level(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return OFFSET + 10 * np.log10(np.maximum(power, 1e-20))


def _sliding(powers: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    if len(powers) < steps:
        return powers.mean(keepdims=True) if len(powers) else powers
    return np.lib.stride_tricks.sliding_window_view(powers, steps).mean(axis=1)


def integrated(powers: NDArray[np.float64]) -> float:
    """Gated loudness in LUFS of mean squares [shape=(steps,)] per 100 ms."""
    blocks = _sliding(powers, MOMENTARY)
    blocks = blocks[_level(blocks) > ABSOLUTE_GATE]
    if not len(blocks):
        return ABSOLUTE_GATE
    gate = float(_level(blocks.mean(keepdims=True))[0]) + RELATIVE_GATE
    return float(_level(blocks[_level(blocks) > gate].mean(keepdims=True))[0])


def loudness_range(powers: NDArray[np.float64]) -> float:
    """Spread in LU between quiet (10 %) and loud (95 %) stretches of 3 s."""
    blocks = _sliding(powers, SHORT_TERM)
    blocks = blocks[_level(blocks) > ABSOLUTE_GATE]
    if not len(blocks):
        return 0.0
    gate = float(_level(blocks.mean(keepdims=True))[0]) + RANGE_GATE
    low, high = np.percentile(_level(blocks[_level(blocks) > gate]), [10, 95])
    return float(high - low)
