"""What the recommender does when the catalogue changes. Runs inside the catalogue's transaction."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from catalog.models import Track
from catalog.signals import track_added, track_removed, tracks_changed
from recommender import analysis, outbox, wakeups
from recommender.models import Analysis


@receiver(track_added)
def queue_analysis(track: Track, *, urgent: bool, **_kwargs: Any) -> None:
    """A new track waits for its analysis from the moment it exists."""
    analysis.enqueue(track.pk, Analysis.Queue.INTERACTIVE if urgent else Analysis.Queue.INGEST)


@receiver(track_removed)
def forget_vectors(track_id: int, **_kwargs: Any) -> None:
    """A removed track leaves the index as well."""
    outbox.forget(track_id)
    wakeups.wake_index()


@receiver(tracks_changed)
def refresh_attributes(track_ids: list[int], **_kwargs: Any) -> None:
    """Searches filter on artist, album, year and who may see a track."""
    outbox.touch(track_ids)
    wakeups.wake_index()
