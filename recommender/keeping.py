"""What a listener keeps: likes, history, and everything that is theirs as one document."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, QuerySet, Subquery
from django.utils import timezone
from django.utils.timesince import timesince

from accounts.models import User
from catalog.models import Playlist, Track, TrackQuerySet
from recommender import listening
from recommender.models import Listen

Kind = Listen.Kind
HEARD = (Kind.PLAYED, Kind.FINISHED, Kind.SKIPPED)
BEGUN_SECONDS = 30.0  # less of a track was only a look at it
ALMOST = 0.95  # of a track: heard to the end, but for the last chord
LOOKED_BACK = 200  # events


def liked(user: User) -> TrackQuerySet:
    """Tracks that the listener likes at present, the last liked first, each with `liked_at`."""
    opinions = Listen.objects.filter(user=user, kind__in=listening.OPINIONS)
    newest = opinions.values("track").annotate(last=Max("pk")).values("last")
    mine = Listen.objects.filter(pk__in=Subquery(newest), kind=Kind.LIKED)
    rows = Track.objects.visible_to(user).filter(listens__in=mine).annotate(liked_at=Max("listens__at"))  # of `mine`
    return rows.order_by("-liked_at", "-pk")


def history(user: User) -> QuerySet[Listen]:
    """Every time that the listener heard something, the newest first, as far as it may still be heard."""
    rows = Listen.objects.filter(user=user, kind=Kind.PLAYED, track__in=Track.objects.visible_to(user))
    return rows.select_related("track__artist", "track__album").order_by("-at", "-pk")


def most_played(user: User) -> QuerySet[Listen, Any]:
    """What the listener played most often, as far as it may still be heard: `track`, `plays`, `last` (when)."""
    rows = Listen.objects.filter(user=user, kind=Kind.PLAYED, track__in=Track.objects.visible_to(user))
    return rows.values("track").annotate(plays=Count("pk"), last=Max("at")).order_by("-plays", "-last", "track")


def forget(user: User) -> int:
    """Delete the history of a listener; likes stay. Returns how many events went."""
    return Listen.objects.filter(user=user, kind__in=(*HEARD, Kind.LESS)).delete()[0]


def unfinished(user: User, limit: int = 6) -> list[Track]:
    """Tracks that the listener began and left, the last first. Who closed the page in the middle reported no skip."""
    rows = Listen.objects.filter(user=user, kind__in=HEARD).order_by("-at", "-pk")
    newest: dict[int, tuple[str, float]] = {}
    for track_id, kind, seconds in rows.values_list("track_id", "kind", "seconds")[:LOOKED_BACK]:
        newest.setdefault(track_id, (kind, seconds))
    begun = {
        pk: seconds
        for pk, (kind, seconds) in newest.items()
        if kind == Kind.PLAYED or (kind == Kind.SKIPPED and seconds > BEGUN_SECONDS)
    }
    tracks = Track.objects.visible_to(user).for_lists().in_order(begun)
    return [track for track in tracks if _left(track, begun[track.pk])][:limit]


def everything(user: User) -> dict[str, Any]:
    """All that is kept about a person, and all that they made, as a document of plain values."""
    return {
        "made_at": _moment(timezone.now()),
        "account": {
            "name": user.get_username(),
            "email": user.email,
            "theme": user.theme,
            "since": _moment(user.date_joined),
        },
        "tracks": list(_tracks(user)),
        "playlists": [_playlist(playlist) for playlist in Playlist.objects.filter(owner=user).order_by("pk")],
        "listens": list(_listens(user)),
    }


def _tracks(user: User) -> Iterator[dict[str, Any]]:
    for track in Track.objects.filter(owner=user).for_lists().order_by("pk").iterator(500):
        yield _named(track) | {
            "album": str(track.album or ""),
            "genre": track.genre,
            "year": track.year,
            "file": track.original_name,
            "sha256": track.sha256,
            "visibility": track.visibility,
            "set_aside": track.set_aside_at is not None,
            "added_at": _moment(track.added_at),
        }


def _listens(user: User) -> Iterator[dict[str, Any]]:
    rows = Listen.objects.filter(user=user, track__in=Track.objects.visible_to(user)).order_by("pk")
    for row in rows.select_related("track__artist").iterator(1000):
        yield {"track": _named(row.track), "what": row.kind, "seconds": row.seconds, "at": _moment(row.at)}


def _playlist(playlist: Playlist) -> dict[str, Any]:
    entries = playlist.entries.filter(track__in=Track.objects.visible_to(playlist.owner))
    rows = entries.select_related("track__artist").order_by("position", "pk")
    return {
        "title": playlist.title,
        "shared": bool(playlist.token),
        "tracks": [_named(entry.track) for entry in rows],
    }


def _named(track: Track) -> dict[str, Any]:
    return {"id": track.pk, "title": track.title, "artist": str(track.artist or "")}


def _left(track: Track, seconds: float) -> bool:
    return track.seconds is not None and seconds < ALMOST * track.seconds


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def ago(at: datetime) -> str:
    """How long ago something was, in one unit: "2 hours ago", "just now"."""
    if timezone.now() - at < timedelta(minutes=1):
        return "just now"
    return f"{timesince(at, depth=1)} ago"
