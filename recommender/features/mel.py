"""The one spectrum that encoder and tempo share: 96 mel bands at 16 kHz, frame by frame as the sound streams by.

Equal to `librosa.feature.melspectrogram(y, sr=16000, n_fft=512, hop_length=256, n_mels=96)` of the whole signal, at a
tenth of the memory and half of the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from recommender.measurement import FloatArray, HalfArray

VERSION = "1"

RATE = 16_000  # Hz
N_FFT = 512
HOP = 256
BANDS = 96
FRAME_RATE = RATE / HOP  # 62.5 frames a second
BATCH = 1024  # frames at a time: 2 MB of spectrum, which stays in the cache

LINEAR_HERTZ, LINEAR_MELS, LOG_STEP = 1000.0, 15.0, np.log(6.4) / 27  # Slaney's scale: linear, then logarithmic


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    above = LINEAR_HERTZ * np.exp(LOG_STEP * (mels - LINEAR_MELS))
    return np.where(mels < LINEAR_MELS, mels * LINEAR_HERTZ / LINEAR_MELS, above)


def filters() -> FloatArray:
    """Triangles of equal area [shape=(N_FFT // 2 + 1, BANDS)] (Slaney, "Auditory Toolbox", 1998).

    The same numbers as `librosa.filters.mel`, without its 65 MB of just-in-time compiler in every cell.
    """
    top = LINEAR_MELS + np.log(RATE / 2 / LINEAR_HERTZ) / LOG_STEP
    edges = _hertz(np.linspace(0, top, BANDS + 2))
    bins = np.linspace(0, RATE / 2, N_FFT // 2 + 1)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * (2 / (edges[2:] - edges[:-2]))).astype(np.float32)


FILTERS: FloatArray = filters()
WINDOW: FloatArray = np.hanning(N_FFT + 1)[:-1].astype(np.float32)


class MelStream:
    """Power in mel bands of a signal that arrives in blocks of any size."""

    def __init__(self) -> None:
        self._rest = np.zeros(N_FFT // 2, np.float32)  # frames are centred: the first one sees half a frame of nothing
        self._parts: list[FloatArray] = []

    def feed(self, mono: FloatArray) -> None:
        """Take the next samples [shape=(n,)], 16 kHz, full scale 1."""
        signal = np.concatenate([self._rest, mono])
        frames = max(0, (len(signal) - N_FFT) // HOP + 1)
        if frames:
            views = np.lib.stride_tricks.sliding_window_view(signal, N_FFT)[::HOP][:frames]
            self._parts.extend(_power(views[start : start + BATCH]) for start in range(0, frames, BATCH))
        self._rest = signal[frames * HOP :]

    def finish(self) -> FloatArray:
        """Power [shape=(1 + samples // HOP, BANDS)] of everything that was fed."""
        self.feed(np.zeros(N_FFT // 2, np.float32))
        return np.concatenate(self._parts) if self._parts else np.zeros((0, BANDS), np.float32)


def _power(frames: FloatArray) -> FloatArray:
    spectrum = fft.rfft(frames * WINDOW, axis=1)
    return (spectrum.real**2 + spectrum.imag**2) @ FILTERS


def power(samples: FloatArray) -> FloatArray:
    """Mel power [shape=(frames, BANDS)] of a whole signal [shape=(n,)], 16 kHz."""
    stream = MelStream()
    stream.feed(np.asarray(samples, np.float32))
    return stream.finish()


def compressed(mel_power: FloatArray) -> FloatArray:
    """What MusiCNN reads: log10(1 + 10,000 x), finite for any power (Pons and Serra, "musicnn", 2019)."""
    return np.log10(1 + 10_000 * mel_power, dtype=np.float32)


def expanded(compressed_power: HalfArray) -> FloatArray:
    """The mel power that was `compressed`, as far as half precision kept it."""
    return (np.float32(10) ** compressed_power.astype(np.float32) - 1) / np.float32(10_000)
