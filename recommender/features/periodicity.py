"""Onsets and their periods: from a mel spectrogram to how strongly every tempo of a grid is present.

Two views that err differently are combined: the autocorrelation answers at the period and its multiples (it likes slow
tempi), the Fourier transform at the frequency and its multiples (it likes fast ones); only the beat pleases both
(Peeters, "Template-based estimation of time-varying tempo", 2007). Bands are judged apart before they are added, so
that a hi-hat under a loud pad still counts (Scheirer, "Tempo and beat analysis of acoustic musical signals", 1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import fft
from scipy.ndimage import uniform_filter1d

from recommender.measurement import GRID, OCTAVES, SLOWEST, STEPS_PER_OCTAVE, FloatArray

WINDOW_SECONDS = 12.0
HOP_SECONDS = 4.0
LOCAL_MEAN_SECONDS = 1.0
EDGES = (0.0, 0.08, 0.25, 0.46, 0.71)  # of groups of mel bands: up to 250, 800, 1900, 4000 Hz at 16 kHz
GROUPS = len(EDGES)
COMPRESSION = 1000.0
FLUX_LAG = 2  # frames: 32 ms, the rise time of a soft onset
PERIOD_MULTIPLES = 4
FREQUENCY_WEIGHTS = (1.0, 0.5, 0.25)  # of f, 2f, 4f
BLOCK = 64  # windows at a time: 10 MB whatever the length of the track


@dataclass(frozen=True, slots=True)
class Periodicity:
    """What the windows of a track say about every tempo of the grid; band weights sum to one."""

    by_period: FloatArray  # [shape=(windows, GROUPS, len(GRID))] autocorrelation, mean over multiples of the period
    by_frequency: FloatArray  # [shape=(windows, GROUPS, len(GRID))] Fourier magnitude, relative to the window's energy
    weights: FloatArray  # [shape=(windows, GROUPS)] share of each band group
    autocorrelations: FloatArray  # [shape=(windows, lags)] of all groups together, 1 at lag 0


def onset_envelopes(mel_power: FloatArray, frame_rate: float) -> FloatArray:
    """Onset strength over time in groups of bands.

    Parameters
    ----------
    mel_power : array [shape=(frames, bands)]
        Power in mel bands, non-negative.
    frame_rate : float
        Frames per second.

    Returns
    -------
    array [shape=(GROUPS, frames)]
        Half-wave rectified flux of the compressed spectrum, less its local mean. Zero for silence.
    """
    frames, bands = mel_power.shape
    peak = float(mel_power.max(initial=0.0))
    if frames <= FLUX_LAG or peak <= 0 or not np.isfinite(peak):
        return np.zeros((GROUPS, frames), np.float32)
    pairs = mel_power[:, : bands // 2 * 2 : 2] + mel_power[:, 1::2]
    level = np.log1p(pairs * np.float32(COMPRESSION / pairs.max()))
    rise = np.maximum(level[FLUX_LAG:] - level[:-FLUX_LAG], 0)
    edges = (np.array(EDGES) * level.shape[1] + 0.5).astype(int)
    envelope = np.zeros((GROUPS, frames), np.float32)
    envelope[:, FLUX_LAG:] = np.add.reduceat(rise, edges, axis=1).T
    size = max(1, round(LOCAL_MEAN_SECONDS * frame_rate))
    return np.maximum(envelope - uniform_filter1d(envelope, size, axis=1, mode="nearest"), 0)


def windows_of(envelopes: FloatArray, frame_rate: float) -> FloatArray:
    """Cut envelopes into overlapping windows [shape=(windows, GROUPS, length)]; a short track is one padded window."""
    length, hop = round(WINDOW_SECONDS * frame_rate), round(HOP_SECONDS * frame_rate)
    missing = length - envelopes.shape[1]
    if missing > 0:
        envelopes = np.pad(envelopes, ((0, 0), (0, missing)))
    views = np.lib.stride_tricks.sliding_window_view(envelopes, length, axis=1)[:, ::hop]
    return np.ascontiguousarray(views.transpose(1, 0, 2))


@cache
def _fourier_kernel(length: int, frame_rate: float) -> tuple[FloatArray, FloatArray]:
    """Hann-windowed cosines and sines [shape=(length, tempi)] at the grid and two octaves above it."""
    top = OCTAVES + np.log2(2 ** (len(FREQUENCY_WEIGHTS) - 1))
    tempi = SLOWEST * 2 ** (np.arange(int(top * STEPS_PER_OCTAVE) + 1) / STEPS_PER_OCTAVE)
    angle = 2 * np.pi * np.outer(np.arange(length) / frame_rate, tempi / 60)
    hann = np.hanning(length)[:, None]
    return (hann * np.cos(angle)).astype(np.float32), (hann * np.sin(angle)).astype(np.float32)


@cache
def _period_kernel(lags: int, frame_rate: float) -> FloatArray:
    """Matrix [shape=(lags, len(GRID))] that reads an autocorrelation at multiples of every period, interpolated."""
    kernel = np.zeros((lags, len(GRID)))
    for column, tempo in enumerate(GRID):
        at = np.arange(1, PERIOD_MULTIPLES + 1) * 60 * frame_rate / tempo
        at = at[at < lags - 1]
        low = at.astype(int)
        np.add.at(kernel[:, column], low, (1 - (at - low)) / len(at))
        np.add.at(kernel[:, column], low + 1, (at - low) / len(at))
    return kernel.astype(np.float32)


def prepare(frame_rate: float) -> None:
    """Compute what hangs on the frame rate alone: processes that are forked from this one have it then."""
    length = round(WINDOW_SECONDS * frame_rate)
    _fourier_kernel(length, frame_rate)
    _period_kernel(_lags(length), frame_rate)


def _lags(length: int) -> int:
    """How many lags of a window are read: up to 5/6 of it, where some pairs are left to compare."""
    return length * 5 // 6


def _autocorrelations(windows: FloatArray) -> FloatArray:
    """Unbiased autocorrelation [shape=(..., lags)]."""
    length = windows.shape[-1]
    lags = _lags(length)
    size = fft.next_fast_len(length + lags)  # may be odd, which the inverse has to be told
    spectrum = fft.rfft(windows - windows.mean(axis=-1, keepdims=True), size, axis=-1)
    raw = fft.irfft(spectrum.real**2 + spectrum.imag**2, size, axis=-1)[..., :lags]
    pairs = (length - np.arange(lags)) / length
    energy = np.maximum(raw[..., :1], 1e-12)
    return (raw / energy / pairs.astype(np.float32)).astype(np.float32)


def _frequencies(windows: FloatArray, frame_rate: float) -> FloatArray:
    length = windows.shape[-1]
    cosine, sine = _fourier_kernel(length, frame_rate)
    flat = windows.reshape(-1, length)
    flat = flat - flat.mean(axis=1, keepdims=True)
    norm = np.sqrt((flat**2).sum(axis=1, keepdims=True) * (length * 3 / 8)) + 1e-9
    magnitude = np.hypot(flat @ cosine, flat @ sine) / norm
    total = np.zeros((len(flat), len(GRID)), np.float32)
    for octave, weight in enumerate(FREQUENCY_WEIGHTS):
        start = octave * STEPS_PER_OCTAVE
        total += np.float32(weight) * magnitude[:, start : start + len(GRID)]
    return total.reshape(*windows.shape[:-1], len(GRID))


def periodicity(envelopes: FloatArray, frame_rate: float) -> Periodicity:
    """Measure every tempo of `GRID` in every window.

    Parameters
    ----------
    envelopes : array [shape=(GROUPS, frames)]
        As `onset_envelopes` gives them.
    frame_rate : float
        Frames per second.

    Returns
    -------
    Periodicity
        Finite for any input; all zero for silence.
    """
    windows = windows_of(envelopes, frame_rate)
    energy = np.sqrt((windows**2).sum(axis=2))
    weights = energy / np.maximum(energy.sum(axis=1, keepdims=True), 1e-9)
    periods, frequencies, together = [], [], []
    kernel = _period_kernel(_lags(windows.shape[2]), frame_rate)
    for start in range(0, len(windows), BLOCK):
        block = windows[start : start + BLOCK]
        lagged = _autocorrelations(block)
        together.append(np.einsum("wgl,wg->wl", lagged, weights[start : start + BLOCK]))
        periods.append(np.maximum(lagged @ kernel, 0))
        frequencies.append(_frequencies(block, frame_rate))
    return Periodicity(
        by_period=np.concatenate(periods),
        by_frequency=np.concatenate(frequencies),
        weights=weights.astype(np.float32),
        autocorrelations=np.concatenate(together).astype(np.float32),
    )
