"""Which pieces of a track the encoder hears: spread evenly, never at random, so a file always gives the same vector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

OVERLAP = 0.5  # at most, in tracks too short for all windows side by side


def starts(frames: int, first: int, last: int, length: int, count: int) -> NDArray[np.int64]:
    """Place windows evenly between the first and the last sound.

    Parameters
    ----------
    frames : int
        Length of the track, at least `length`.
    first, last : int
        Frames between which there is sound; widened where that is shorter than one window.
    length : int
        Frames in a window.
    count : int
        Windows wanted. Short tracks get fewer: neighbours share at most half of what they hear.

    Returns
    -------
    array [shape=(n,)], 1 <= n <= count
        First frame of every window, ascending.
    """
    if frames < length:
        raise ValueError(f"{frames} frames are less than a window of {length}")
    first = max(0, min(first, frames - length))
    room = max(0, min(last, frames) - length - first)
    fits = 1 + int(room / (length * (1 - OVERLAP)))
    return np.round(first + np.linspace(0, room, min(count, fits))).astype(np.int64)
