"""Tempo and key that a person knows better than the machine. They outlive re-analysis, and searches follow them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from catalog.models import Track
from recommender import outbox, results, wakeups
from recommender.models import Measurement

SLOWEST, FASTEST = 20.0, 400.0  # BPM that a person may give


def correct(track: Track, *, bpm: float | None, key: tuple[int, str] | None) -> None:
    """Write down what is right; None leaves that value to the machine again.

    Parameters
    ----------
    bpm : beats a minute, SLOWEST..FASTEST
    key : tonic, 0 = C .. 11 = B, and "major" or "minor"
    """
    said: dict[str, Any] = {}
    if bpm is not None:
        said["bpm"] = bpm
    if key is not None:
        said["key"] = list(key)
    with transaction.atomic():
        row = Measurement.objects.select_for_update().get(track=track)
        results.without_corrections(row)
        row.corrected = said
        results.apply_corrections(row)
        row.save()
        for measured in results.load([track.pk], settings.ENCODER).values():
            outbox.place(track.pk, measured)
    wakeups.wake_index()
