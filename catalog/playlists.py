"""Playlists: made, put in order, shared by a link. A playlist shows each viewer what that viewer may hear."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from accounts.models import User
from catalog import naming
from catalog.models import Playlist, PlaylistEntry, Track

TITLE_LENGTH = 200
MOST_ENTRIES = 5_000
FACES, LOOKED_AT = 4, 24  # pictures of a playlist, and among how many of its tracks they are looked for
UNTITLED = "Untitled playlist"


def of(user: User) -> QuerySet[Playlist]:
    """The playlists of a person, the last changed first, each with `entry_count`: what its page will list."""
    heard = Count("entries", filter=Q(entries__track__in=Track.objects.visible_to(user)))
    return Playlist.objects.filter(owner=user).annotate(entry_count=heard).order_by("-changed_at", "-pk")


def faces(shown: Iterable[Playlist], viewer: User) -> dict[int, list[Track]]:
    """The first tracks of each playlist whose pictures differ, FACES at most, with one query for all playlists."""
    place = Window(RowNumber(), partition_by="playlist", order_by=("position", "pk"))
    rows = PlaylistEntry.objects.filter(playlist__in=list(shown), track__in=Track.objects.visible_to(viewer))
    first = rows.annotate(place=place).filter(place__lte=LOOKED_AT).select_related("track").order_by("place")
    found: dict[int, list[Track]] = {}
    for entry in first.only("playlist_id", "track__cover", "track__sha256"):
        found.setdefault(entry.playlist_id, []).append(entry.track)
    return {pk: different(tracks) for pk, tracks in found.items()}


def different(tracks: Iterable[Track]) -> list[Track]:
    """The first of these tracks whose pictures differ, FACES at most."""
    found: dict[str, Track] = {}
    for track in tracks:
        found.setdefault(track.cover or track.sha256, track)
    return list(found.values())[:FACES]


def seconds(playlist: Playlist, viewer: User) -> float:
    """How long all that the viewer hears of it lasts, as far as lengths are known."""
    return places(playlist, viewer).aggregate(all=Sum("track__seconds"))["all"] or 0.0


def shared(token: str) -> QuerySet[Playlist]:
    """The playlist that a link stands for, if it is still shared."""
    return Playlist.objects.filter(token=token).select_related("owner") if token else Playlist.objects.none()


def create(user: User, title: str, tracks: Iterable[Track] = ()) -> Playlist:
    """Make a playlist, with tracks if there are some."""
    with transaction.atomic():
        playlist = Playlist.objects.create(owner=user, title=naming.clean(title, TITLE_LENGTH) or UNTITLED)
        add(playlist, tracks)
    return playlist


def rename(playlist: Playlist, title: str) -> None:
    """Give it another title; an empty one changes nothing."""
    playlist.title = naming.clean(title, TITLE_LENGTH) or playlist.title
    playlist.save(update_fields=["title", "changed_at"])


def places(playlist: Playlist, viewer: User) -> QuerySet[PlaylistEntry]:
    """Its entries in their order, as far as the viewer may hear what stands there."""
    rows = playlist.entries.filter(track__in=Track.objects.visible_to(viewer))
    return rows.select_related("track__artist", "track__album").order_by("position", "pk")


def entries(playlist: Playlist, viewer: User) -> list[PlaylistEntry]:
    """All of `places` at once."""
    return list(places(playlist, viewer))


def place_of(entry: PlaylistEntry, viewer: User) -> int:
    """Where an entry stands among those that the viewer sees, 0 = first."""
    before = Q(position__lt=entry.position) | Q(position=entry.position, pk__lt=entry.pk)
    return places(entry.playlist, viewer).filter(before).count()


def add(playlist: Playlist, tracks: Iterable[Track]) -> int:
    """Append tracks, as many as there is room for; returns how many."""
    with transaction.atomic():
        _lock(playlist)
        found = playlist.entries.aggregate(last=Max("position"), count=Count("pk"))
        start = -1 if found["last"] is None else found["last"]
        room = list(tracks)[: max(MOST_ENTRIES - found["count"], 0)]
        PlaylistEntry.objects.bulk_create(
            PlaylistEntry(playlist=playlist, track=track, position=place) for place, track in enumerate(room, start + 1)
        )
        playlist.save(update_fields=["changed_at"])
    return len(room)


def remove(entry: PlaylistEntry) -> None:
    """Take one place out."""
    with transaction.atomic():
        entry.delete()
        entry.playlist.save(update_fields=["changed_at"])


def move(entry: PlaylistEntry, place: int, viewer: User) -> None:
    """Put an entry at a place, 0 = first, among those that the viewer sees; beyond the end means the end."""
    with transaction.atomic():
        _lock(entry.playlist)
        order = list(entry.playlist.entries.order_by("position", "pk"))
        moved = next((one for one in order if one.pk == entry.pk), None)
        if moved is None:  # taken out meanwhile
            return
        seen = set(places(entry.playlist, viewer).values_list("pk", flat=True)) - {moved.pk}
        order.remove(moved)
        order.insert(_index(order, seen, place), moved)
        _renumber(order)
        entry.playlist.save(update_fields=["changed_at"])


def share(playlist: Playlist) -> str:
    """Give it an unguessable address for others; returns its token. One that is shared already keeps its own."""
    if not playlist.token:
        playlist.token = secrets.token_urlsafe(32)
        playlist.save(update_fields=["token"])
    return playlist.token


def unshare(playlist: Playlist) -> None:
    """Let the address lead nowhere; sharing again makes another one."""
    playlist.token = None
    playlist.save(update_fields=["token"])


def _index(order: Sequence[PlaylistEntry], seen: set[int], place: int) -> int:
    """Where the n-th of the visible entries stands among all of them."""
    visible = [index for index, one in enumerate(order) if one.pk in seen]
    return visible[place] if 0 <= place < len(visible) else len(order)


def _renumber(order: Sequence[PlaylistEntry]) -> None:
    changed = []
    for position, entry in enumerate(order):
        if entry.position != position:
            entry.position = position
            changed.append(entry)
    PlaylistEntry.objects.bulk_update(changed, ["position"], batch_size=500)


def _lock(playlist: Playlist) -> None:
    """Of two people with the same list open, one after the other."""
    Playlist.objects.select_for_update().get(pk=playlist.pk)
