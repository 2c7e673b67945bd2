"""What holds whichever way a row of the catalogue changes: by intake, by the admin, with its owner's account."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_delete, post_migrate, post_save, pre_save
from django.dispatch import receiver

from catalog import search_index, search_text
from catalog.models import Album, Artist, Track
from catalog.signals import track_removed

BATCH = 500  # rows in one statement


@receiver(post_delete, sender=Track)
def tell_removed(instance: Track, **_kwargs: Any) -> None:
    """Pass a deletion on, inside its transaction."""
    track_removed.send(sender=Track, track_id=instance.pk)


@receiver(pre_save, sender=Artist)
def fold_artist(instance: Artist, **_kwargs: Any) -> None:
    """An artist is found by the name."""
    instance.search = search_text.stored(instance.name)


@receiver(pre_save, sender=Album)
def fold_album(instance: Album, **_kwargs: Any) -> None:
    """An album is found by its title and its artist."""
    instance.search = search_text.stored(instance.title, str(instance.artist or ""))


@receiver(pre_save, sender=Track)
def fold_track(instance: Track, **_kwargs: Any) -> None:
    """A track is found by its title, artist, album and genre."""
    instance.search = _text_of(instance)


@receiver(post_save, sender=Artist)
@receiver(post_save, sender=Album)
def fold_tracks_again(instance: Artist | Album, *, created: bool, **_kwargs: Any) -> None:
    """Tracks and albums of a renamed artist or album are found by the new name."""
    if created:
        return
    if isinstance(instance, Artist):
        albums = list(instance.albums.all())
        for album in albums:
            album.search = search_text.stored(album.title, instance.name)
        Album.objects.bulk_update(albums, ["search"], batch_size=BATCH)
    tracks = list(instance.tracks.for_lists())
    for track in tracks:
        track.search = _text_of(track)
    Track.objects.bulk_update(tracks, ["search"], batch_size=BATCH)


@receiver(post_migrate)
def mend_search(sender: AppConfig, using: str, **_kwargs: Any) -> None:
    """A migration that writes a table anew drops its triggers without a word."""
    if sender.name == "catalog":
        search_index.install(connections[using])


def _text_of(track: Track) -> str:
    return search_text.stored(track.title, str(track.artist or ""), str(track.album or ""), track.genre)
