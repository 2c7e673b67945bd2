"""Coloured copies of a mel spectrogram: the same music through other loudspeakers, rooms and masterings.

Rendered clips sound cleaner and more alike than music does. Equalisers, low- and high-passes, compressors, rooms and
noise change the balance of the bands and the edges of the strokes, but not the tempo; what is learned from several
copies leans less on either. Everything is done on the power of the bands, which costs milliseconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from recommender.measurement import FloatArray

TILT_DB, BOW_DB, WAVE_DB = 6.0, 4.0, 3.0  # deviations of the equaliser: slope, middle against edges, three waves
CUT_DB = 40.0
CUT_CHANCE = 0.2  # of a low-pass, and of a high-pass
LOW_PASS, HIGH_PASS = (0.60, 0.95), (0.02, 0.12)  # shares of the mel bands: where they may cut
PRESSED_CHANCE = 0.5
THRESHOLD_DB = (6.0, 20.0)  # below the loud parts
REDUCTION = (0.3, 0.8)  # of what is above the threshold: ratios from 1.4 to 5
RELEASE_SECONDS = (0.05, 0.3)
ROOM_CHANCE = 0.35
DECAY_SECONDS = (0.3, 1.8)  # to -60 dB
WET_DB = (-18.0, -6.0)  # steady level of the tail against the direct sound
NOISE_CHANCE = 0.3
NOISE_DB = (15.0, 45.0)  # below the loud parts
SIXTY_DB = 6 * np.log(10)


def coloured(mel_power: FloatArray, frame_rate: float, rng: np.random.Generator) -> FloatArray:
    """Colour a spectrogram at random.

    Parameters
    ----------
    mel_power : array [shape=(frames, bands)]
        Power in mel bands, non-negative.
    frame_rate : float
        Frames per second.
    rng : Generator
        The same state gives the same copy.

    Returns
    -------
    array [shape=(frames, bands)]
        Non-negative; zero where nothing was, unless noise was added. Silence is returned as it is.
    """
    if not mel_power.any():
        return mel_power
    power = mel_power * 10 ** (_equaliser(mel_power.shape[1], rng) / 10)
    if rng.random() < ROOM_CHANCE:
        power = power + _tail(power, frame_rate, rng)
    if rng.random() < PRESSED_CHANCE:
        power = power * 10 ** (-_reduction(power, frame_rate, rng)[:, None] / 10)
    if rng.random() < NOISE_CHANCE:
        level = np.quantile(power.sum(axis=1), 0.9) / power.shape[1] * 10 ** (-rng.uniform(*NOISE_DB) / 10)
        power = power + rng.exponential(level, power.shape)
    return power.astype(np.float32)


def _equaliser(bands: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Gain of every band in dB [shape=(bands,)]."""
    place = np.linspace(0, 1, bands)
    gain = rng.normal(0, TILT_DB) * (2 * place - 1) + rng.normal(0, BOW_DB) * np.cos(2 * np.pi * place)
    gain += rng.normal(0, WAVE_DB) * np.cos(3 * np.pi * place + rng.uniform(0, 2 * np.pi))
    if rng.random() < CUT_CHANCE:
        gain -= CUT_DB * (place > rng.uniform(*LOW_PASS))
    if rng.random() < CUT_CHANCE:
        gain -= CUT_DB * (place < rng.uniform(*HIGH_PASS))
    return gain


def _tail(power: NDArray[np.float64], frame_rate: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Power of an exponentially decaying room, a frame late."""
    stays = np.exp(-SIXTY_DB / (rng.uniform(*DECAY_SECONDS) * frame_rate))
    wet = 10 ** (rng.uniform(*WET_DB) / 10)
    tail: NDArray[np.float64] = lfilter([0, wet * (1 - stays)], [1, -stays], power, axis=0)
    return np.maximum(tail, 0)


def _reduction(power: NDArray[np.float64], frame_rate: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Decibels by which a compressor of instant attack turns down [shape=(frames,)]."""
    level = 10 * np.log10(power.sum(axis=1) + 1e-12)
    threshold = np.quantile(level, 0.95) - rng.uniform(*THRESHOLD_DB)
    wanted = np.maximum(level - threshold, 0) * rng.uniform(*REDUCTION)
    release = np.exp(-1 / (frame_rate * rng.uniform(*RELEASE_SECONDS)))
    held, reduction = 0.0, np.empty_like(wanted)
    for frame, target in enumerate(wanted):
        held = max(target, held * release + target * (1 - release))
        reduction[frame] = held
    return reduction
