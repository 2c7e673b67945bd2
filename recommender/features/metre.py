"""Cues of the metre: what happens a half, a third, a double of a supposed beat later, bass and treble apart.

A person hears the octave of a tempo in how strokes are dealt out: kick and snare take turns at the beat, hats divide
it, bars repeat. Every candidate tempo is described by the same numbers, taken at multiples of its own period, so that
what is learned at 80 BPM holds at 160.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import gaussian_filter1d

from recommender.features.periodicity import windows_of
from recommender.measurement import FloatArray

RATIOS: NDArray[np.float64] = np.array([1.0, 2.0, 0.5, 3.0, 1 / 3, 1.5, 2 / 3, 4 / 3, 0.75])  # candidates / measured
# Lags of autocorrelations. Those in thirds: where a candidate repeats that is right at 3/4 or 3/2 of it.
BEATS = np.array([1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 5 / 3, 2, 8 / 3, 3, 4, 16 / 3, 6, 8])
TURNS = np.array([0, 1 / 2, 1, 3 / 2, 2])  # lags at which two bands are compared
RATES = np.array([1 / 4, 1 / 3, 1 / 2, 1, 3 / 2, 2, 3, 4])  # frequencies relative to the beat's
LONGEST_SECONDS = 16.0  # eight beats at 30 BPM
BLUR = 1.0  # frames: strokes of people are not on the grid
STROKE = 0.25  # of the loudest strokes: what counts as one
SHARES = 3  # bands: bass, middle, treble
CUES = 4 * len(BEATS) + 3 * len(TURNS) + 3 * len(RATES) + 4 * SHARES + 2  # per candidate


def _bands(envelopes: FloatArray) -> FloatArray:
    """Bass, middle and treble [shape=(3, frames)], each of unit energy."""
    bands = np.stack([envelopes[0], envelopes[1] + envelopes[2], envelopes[3] + envelopes[4]])
    return (bands / np.maximum(np.sqrt((bands**2).sum(axis=1, keepdims=True)), 1e-9)).astype(np.float32)


def _correlations(bands: FloatArray, frame_rate: float) -> tuple[FloatArray, FloatArray]:
    """Auto- and cross-correlations by lag: [shape=(4, lags)] of the bands and their sum, [shape=(3, lags)] of pairs."""
    frames = bands.shape[1]
    lags = min(round(LONGEST_SECONDS * frame_rate) + 2, frames)
    centred = bands - bands.mean(axis=1, keepdims=True)
    size = fft.next_fast_len(frames + lags)  # may be odd, which the inverse has to be told
    spectrum = fft.rfft(np.vstack([centred, centred.sum(axis=0)]), size, axis=1)
    unbias = frames / (frames - np.arange(lags) * 0.999)
    auto = fft.irfft(spectrum.real**2 + spectrum.imag**2, size, axis=1)[:, :lags] * unbias
    auto /= np.maximum(auto[:, :1], 1e-9)
    cross = [
        fft.irfft((spectrum[one] * spectrum[two].conj()).real, size)[:lags] * unbias  # mean of both directions
        for one, two in combinations(range(SHARES), 2)
    ]
    return gaussian_filter1d(auto, BLUR, axis=1), gaussian_filter1d(np.array(cross), BLUR, axis=1)


def _spectrum(bands: FloatArray, tempi: NDArray[np.float64], frame_rate: float) -> FloatArray:
    """Fourier magnitude [shape=(3, len(tempi))] at the given tempi, mean over windows."""
    windows = windows_of(bands, frame_rate)
    windows = windows - windows.mean(axis=2, keepdims=True)
    length = windows.shape[2]
    angle = 2j * np.pi * np.outer(np.arange(length) / frame_rate, tempi / 60)
    kernel = (np.hanning(length)[:, None] * np.exp(angle)).astype(np.complex64)
    magnitude = np.abs(windows.astype(np.complex64) @ kernel).mean(axis=0)
    return (magnitude / np.maximum(np.sqrt((windows**2).sum(axis=2).mean(axis=0) * length), 1e-9)[:, None]).astype(
        np.float32
    )


def _strokes(bands: FloatArray, frame_rate: float) -> NDArray[np.float64]:
    """Strokes per second in each band [shape=(3,)]."""
    loud = np.quantile(bands, 0.98, axis=1, keepdims=True) * STROKE
    centre = bands[:, 1:-1]
    peaks = (centre > bands[:, :-2]) & (centre >= bands[:, 2:]) & (centre > loud) & (centre > 0)
    return peaks.sum(axis=1) / max(bands.shape[1] / frame_rate, 1e-9)


def cues(envelopes: FloatArray, bpm: float, frame_rate: float) -> FloatArray:
    """Describe every candidate `bpm * RATIOS`.

    Parameters
    ----------
    envelopes : array [shape=(GROUPS, frames)]
        As `periodicity.onset_envelopes` gives them.
    bpm : float
        The measured tempo, positive.
    frame_rate : float
        Frames per second.

    Returns
    -------
    array [shape=(len(RATIOS) * CUES,)]
        One row of numbers a candidate, flattened; finite for any input. Exact to half precision, in which they are
        stored: a decision made from the database is the same.
    """
    bands = _bands(envelopes)
    auto, cross = _correlations(bands, frame_rate)
    strokes = _strokes(bands, frame_rate)
    energy = np.sqrt((envelopes**2).sum(axis=1))
    shares = np.array([energy[0], energy[1:3].sum(), energy[3:5].sum()]) / max(float(energy.sum()), 1e-9)
    peaky = np.sqrt(bands.shape[1]) * bands.mean(axis=1)  # 1 for a steady noise, small for few sharp strokes
    tempi = bpm * RATIOS
    magnitudes = _spectrum(bands, np.outer(tempi, RATES).ravel(), frame_rate).reshape(SHARES, len(RATIOS), len(RATES))
    rows = []
    for candidate, tempo in enumerate(tempi):
        beat = 60 * frame_rate / tempo
        lag = np.arange(auto.shape[1])
        at_beats = np.array([np.interp(BEATS * beat, lag, curve, right=0) for curve in auto])
        at_turns = np.array([np.interp(TURNS * beat, lag, curve, right=0) for curve in cross])
        per_beat = strokes * 60 / tempo
        row = [at_beats.ravel(), at_turns.ravel(), magnitudes[:, candidate].ravel(), strokes, per_beat, shares, peaky]
        rows.append(np.concatenate([*row, [np.log2(tempo), np.log2(RATIOS[candidate])]]))
    return np.nan_to_num(np.array(rows)).astype(np.float16).astype(np.float32).ravel()
