"""A track may go in several ways: by intake, by the admin, with its owner's account. All of them are told here."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from catalog.models import Track
from catalog.signals import track_removed


@receiver(post_delete, sender=Track)
def tell_removed(instance: Track, **_kwargs: Any) -> None:
    """Pass a deletion on, inside its transaction."""
    track_removed.send(sender=Track, track_id=instance.pk)
