"""Key of a track: spectral peaks to pitch classes, tuning taken out, compared with key profiles.

Only peaks of a long spectrum count: a drum has none that last, a note has (Gomez, "Tonal description of polyphonic
audio", 2006). Peaks are gathered at ten cents, so that the tuning is known before they are folded onto twelve pitch
classes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import uniform_filter1d

from recommender.measurement import FloatArray, Key

VERSION = "2"

SAMPLE_RATE = 16_000  # Hz
FRAME = 8192  # samples: 0.5 s, resolves a semitone from about 100 Hz up
HOP = 4096
BATCH = 32  # frames at a time
LOWEST, HIGHEST = 55.0, 2000.0  # Hz: below, semitones blur; above, harmonics rule
FIRST_BIN, LAST_BIN = int(LOWEST * FRAME / SAMPLE_RATE), int(HIGHEST * FRAME / SAMPLE_RATE)
PROMINENCE = 2.0  # a peak stands so far above its surroundings
SURROUNDINGS = 41  # bins: 80 Hz
AUDIBLE = 1e-4  # of full scale: peaks below are dither and codec noise
FINE = 120  # bins of ten cents in an octave
PER_SEMITONE = FINE // 12
TONAL_CONTRAST = 0.6  # coefficient of variation of the chroma of a clear tonal piece
KNOWN = 0.12  # strength below which no key is named

# Weights of the logarithm of each scale degree, learned on renderings of pieces in known keys by
# scripts/fit_key_profiles.py; docs/tempo-and-key.md compares them with published profiles.
MAJOR = np.array([0.75, -0.67, -0.30, -0.72, 0.28, 0.28, -0.48, 0.72, -0.66, -0.18, -0.97, 0.50])
MINOR = np.array([1.13, -1.37, 0.54, 0.87, -0.48, -0.08, -0.35, 0.85, 0.41, -0.69, -0.09, 0.71])
PROFILES: NDArray[np.float64] = np.array([np.roll(mode, tonic) for mode in (MAJOR, MINOR) for tonic in range(12)])
FAINT = 0.05  # of an even share: a pitch class below it counts as absent

_WINDOW = np.hanning(FRAME + 1)[:-1].astype(np.float32)


class ChromaStream:
    """Hears a track block by block and names its key at the end; memory does not grow with the track."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._fine = np.zeros(FINE)
        self._heard = False

    def feed(self, block: FloatArray) -> None:
        """Take the next samples [shape=(n,)], mono, 16 kHz, full scale 1; any n, also 0."""
        self._rest = np.concatenate([self._rest, np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)])
        frames = max(0, (len(self._rest) - FRAME) // HOP + 1)
        if frames:
            views = np.lib.stride_tricks.sliding_window_view(self._rest, FRAME)[::HOP][:frames]
            for start in range(0, frames, BATCH):
                self._gather(views[start : start + BATCH])
            self._heard = True
            self._rest = self._rest[frames * HOP :].copy()

    def finish(self) -> Key:
        """Name the key of everything that was fed; `tonic` is None for silence, noise and drums."""
        if not self._heard and len(self._rest):
            self._gather(np.pad(self._rest, (0, FRAME - len(self._rest)))[None, :])
        return _named(self._fine)

    def chroma(self) -> NDArray[np.float64]:
        """Share of each pitch class so far [shape=(12,)], C first, tuning taken out; sums to 1, or is all zero."""
        return _chroma(self._fine, _tuning(self._fine))

    def _gather(self, frames: FloatArray) -> None:
        spectrum = fft.rfft(frames * _WINDOW, axis=1)[:, FIRST_BIN - 1 : LAST_BIN + 1]
        level = np.abs(spectrum) * np.float32(4 / FRAME)  # a sine of full scale reads 1
        centre, left, right = level[:, 1:-1], level[:, :-2], level[:, 2:]
        floor = uniform_filter1d(level, SURROUNDINGS, axis=1, mode="nearest")[:, 1:-1] * PROMINENCE
        row, column = np.nonzero((centre > left) & (centre >= right) & (centre > floor) & (centre > AUDIBLE))
        if not len(row):
            return
        below, at, above = (np.log(side[row, column] + 1e-9) for side in (left, centre, right))
        offset = 0.5 * (below - above) / (below - 2 * at + above - 1e-9)
        hertz = (column + FIRST_BIN + np.clip(offset, -0.5, 0.5)) * SAMPLE_RATE / FRAME
        bins = np.round(FINE * np.log2(hertz / 440) + 9 * PER_SEMITONE).astype(int) % FINE  # A is nine above C
        self._fine += np.bincount(bins, np.sqrt(centre[row, column]), FINE)


def _tuning(fine: NDArray[np.float64]) -> float:
    """Cents by which the notes lie above A4 = 440 Hz, -50 to 50: the circular mean of all peaks within a semitone."""
    turn = np.exp(2j * np.pi * np.arange(FINE) / PER_SEMITONE)
    mean = (fine * turn).sum()
    return float(np.angle(mean) / (2 * np.pi) * 100) if abs(mean) > 0 else 0.0


def _chroma(fine: NDArray[np.float64], cents: float) -> NDArray[np.float64]:
    """Twelve pitch classes, C first, summing to 1: each takes what lies within half a semitone of its tuned place."""
    distance = (np.arange(FINE)[None, :] / PER_SEMITONE - np.arange(12)[:, None] - cents / 100 + 6) % 12 - 6
    folded = (np.maximum(0, 1 - np.abs(distance) * 2) * fine).sum(axis=1)
    return folded / max(folded.sum(), 1e-12)


def _named(fine: NDArray[np.float64]) -> Key:
    if fine.sum() <= 0:
        return Key(None, "major", 0.0, np.full(24, 1 / 24, np.float32))
    cents = _tuning(fine)
    chroma = _chroma(fine, cents)
    contrast = float(np.clip(chroma.std() / max(chroma.mean(), 1e-12) / TONAL_CONTRAST, 0, 1))
    score = PROFILES @ np.log(12 * chroma + FAINT)
    likelihood = np.exp(score - score.max())
    likelihood /= likelihood.sum()
    best = int(np.argmax(likelihood))
    strength = contrast * float(likelihood[best])
    return Key(
        tonic=best % 12 if strength >= KNOWN else None,
        mode="major" if best < 12 else "minor",
        strength=strength,
        profile=likelihood.astype(np.float32),
        tuning=cents,
    )


def key(samples: FloatArray) -> Key:
    """Name the key of a whole recording.

    Parameters
    ----------
    samples : array [shape=(n,)]
        Mono, 16 kHz, full scale 1.

    Returns
    -------
    Key
        Finite for any input, also an empty one.
    """
    stream = ChromaStream()
    stream.feed(samples)
    return stream.finish()
