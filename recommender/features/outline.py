"""The shape of a track at a glance: peaks for the seek bar, an energy curve.

An outline is minimum, maximum and mean square of every 10 ms, as `audio.decode.Outline` gathers it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.measurement import ByteArray, FloatArray

VERSION = "1"

PEAKS = 800
CURVE = 64
QUIETEST = -96.0  # dB below full scale: 16 bits


def _edges(grains: int, slices: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last + 1 grain of every slice, at least one grain each: short tracks repeat them."""
    edges = np.linspace(0, grains, slices + 1)
    first = np.minimum(edges[:-1].astype(np.int64), grains - 1)
    return first, np.maximum(np.ceil(edges[1:]).astype(np.int64), first + 1)


def peaks(outline: FloatArray) -> ByteArray:
    """Minimum and maximum [shape=(PEAKS, 2)] per slice of the track, 127 = full scale.

    Parameters
    ----------
    outline : array [shape=(n, 3)], n >= 1
        Minimum, maximum, mean square per 10 ms.
    """
    first, end = _edges(len(outline), PEAKS)
    low = [outline[a:b, 0].min() for a, b in zip(first, end, strict=True)]
    high = [outline[a:b, 1].max() for a, b in zip(first, end, strict=True)]
    return np.round(np.clip(np.stack([low, high], axis=1), -1, 1) * 127).astype(np.int8)


def energy(outline: FloatArray) -> FloatArray:
    """Mean level [shape=(CURVE,)] per slice of the track, dB below full scale, -96..0 and a little above.

    Parameters
    ----------
    outline : array [shape=(n, 3)], n >= 1
        Minimum, maximum, mean square per 10 ms.
    """
    first, end = _edges(len(outline), CURVE)
    power = [outline[a:b, 2].mean() for a, b in zip(first, end, strict=True)]
    return np.maximum(10 * np.log10(np.maximum(power, 1e-20)), QUIETEST).astype(np.float32)
