"""What listeners did, one row an event. Opinions are read from the newest rows, never stored twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from accounts.models import User
from catalog.models import Track
from recommender.models import Listen

Kind = Listen.Kind
OPINIONS = (Kind.LIKED, Kind.UNLIKED)


def note(user: User, track: Track, kind: Kind, *, seconds: float = 0.0, radio: str = "") -> Listen:
    """Write down what a listener did with a track."""
    return Listen.objects.create(user=user, track=track, kind=kind, seconds=max(seconds, 0.0), radio=radio)


def liked_ids(user: User, track_ids: Iterable[int]) -> set[int]:
    """Which of these tracks the listener likes at present."""
    rows = Listen.objects.filter(user=user, track_id__in=list(track_ids), kind__in=OPINIONS).order_by("at", "pk")
    latest = dict(rows.values_list("track_id", "kind"))
    return {track_id for track_id, kind in latest.items() if kind == Kind.LIKED}


def all_liked(user: User) -> dict[int, datetime]:
    """Every track that the listener likes at present, and since when."""
    rows = (
        Listen.objects.filter(user=user, kind__in=OPINIONS).order_by("at", "pk").values_list("track_id", "kind", "at")
    )
    latest = {track_id: (kind, at) for track_id, kind, at in rows}
    return {track_id: at for track_id, (kind, at) in latest.items() if kind == Kind.LIKED}


def heard_since(user: User, moment: datetime) -> set[int]:
    """Tracks that the listener played at or after a moment."""
    rows = Listen.objects.filter(user=user, at__gte=moment, kind__in=(Kind.PLAYED, Kind.FINISHED))
    return set(rows.values_list("track_id", flat=True))


class Event(NamedTuple):
    """Something that a listener did with a track."""

    track_id: int
    kind: str
    at: datetime


def newest(user: User, limit: int) -> list[Event]:
    """The last things that the listener did, newest first."""
    rows = Listen.objects.filter(user=user).order_by("-at", "-pk")
    return [Event(*row) for row in rows.values_list("track_id", "kind", "at")[:limit]]


def toggle_like(user: User, track: Track, *, radio: str = "") -> bool:
    """Like a track, or take the like back; returns whether it is liked now."""
    liked = bool(liked_ids(user, [track.pk]))
    note(user, track, Kind.UNLIKED if liked else Kind.LIKED, radio=radio)
    return not liked


def recent(user: User, limit: int = 12) -> list[Track]:
    """Tracks that the listener played last, newest first, each once."""
    rows = Listen.objects.filter(user=user, kind=Kind.PLAYED).order_by("-at", "-pk")
    order = list(dict.fromkeys(rows.values_list("track_id", flat=True)[: limit * 5]))[:limit]
    return Track.objects.visible_to(user).for_lists().in_order(order)


def of_radio(user: User, radio: str) -> Sequence[Listen]:
    """Everything that happened in one radio session, newest first."""
    return list(Listen.objects.filter(user=user, radio=radio).order_by("-at", "-pk"))
