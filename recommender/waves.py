"""The waveform of a track as strokes, for the track page and the seek bar."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from django.urls import reverse

from recommender import results
from recommender.models import Measurement

WIDTH, HEIGHT = 800, 64  # of the picture; the page stretches it
BARS, SEEK_BARS = 200, 120  # on the track page, and in the seek bar, which is 340 pixels wide on a phone


def strokes(measurement: Measurement, bars: int = BARS) -> str:
    """Draw the stored peaks as the data of one SVG path, a stroke for each bar."""
    peaks = results.unpack_peaks(measurement.peaks).astype(np.int16)
    starts = np.arange(bars) * len(peaks) // bars
    lowest, highest = np.minimum.reduceat(peaks[:, 0], starts), np.maximum.reduceat(peaks[:, 1], starts)
    middle, scale, pitch = HEIGHT / 2, HEIGHT / 2 / 127, WIDTH / bars
    return "".join(
        f"M{pitch * (bar + 0.5):.4g} {middle - max(high * scale, 1):.0f}V{middle + max(-low * scale, 1):.0f}"
        for bar, (low, high) in enumerate(zip(lowest, highest, strict=True))
    )


def version(measured_at: datetime) -> str:
    """What changes when a track is measured again."""
    return f"{measured_at.timestamp():.0f}"


def address(track_id: int, measured_at: datetime | None) -> str:
    """Where the seek bar gets its strokes; None: not measured yet."""
    found = reverse("wave", args=[track_id])
    return f"{found}?v={version(measured_at)}" if measured_at else found
