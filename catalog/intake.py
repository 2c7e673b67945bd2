"""The only writers of the catalogue: a file becomes a track, a track gets its description, a track goes.

Everything that others must know leaves as a signal inside the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import User
from catalog import gate, naming, quota, renditions, storage
from catalog.gate import Refusal, Source
from catalog.models import Album, Artist, Track
from catalog.signals import track_added, tracks_changed
from catalog.storage import Incoming

NAME_LENGTH, GENRE_LENGTH = 300, 200
YEARS, NUMBERS = (1000, 2100), (1, 9999)
BATCH = 500  # rows in one statement
# Columns that an edit writes, and no others: a worker may store the length and the cover of the same track meanwhile.
EDITED = (
    "title", "artist", "album", "genre", "year", "track_number", "disc_number", "visibility", "described", "search",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stored:
    """A new track."""

    track: Track


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same bytes are in the catalogue already, in a track that this person may see."""

    track: Track
    published: bool = False  # it was private until now


@dataclass(frozen=True, slots=True)
class Refused:
    """Not taken in, and why, in words for a person."""

    code: Refusal
    message: str


@dataclass(frozen=True, slots=True)
class Description:
    """What a file's own tags say. Empty means that they say nothing."""

    title: str = ""
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    genre: str = ""
    year: int | None = None
    track_number: int | None = None
    disc_number: int | None = None
    cover: str = ""  # as `covers.keep` named it
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person says about a track. Empty means that it has none."""

    title: str
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    genre: str = ""
    year: int | None = None
    track_number: int | None = None
    disc_number: int | None = None
    visibility: Track.Visibility | None = None  # None: as it was


class AlreadyPublic(Exception):
    """The same file is public already, in another track."""


def add_track(
    source: Source,
    *,
    original_name: str,
    owner: User | None,
    visibility: Track.Visibility,
    urgent: bool,
    unlimited: bool = False,
) -> Stored | Duplicate | Refused:
    """Take a file in: check it, store it, write its row, and tell others in the same transaction.

    `urgent`: a person waits for its analysis. `unlimited`: an operator adds it, whatever its owner may keep. A private
    file of somebody else is never revealed: it is stored again.
    """
    label = naming.label_of(original_name)
    try:
        incoming, extension = gate.pass_through(source, label)
    except gate.NotTaken as refused:
        return Refused(refused.code, refused.message)
    try:
        return _written(
            incoming,
            Track(
                sha256=incoming.sha256,
                extension=extension,
                size=incoming.size,
                original_name=label,
                title=naming.title_of(label),
                owner=owner,
                visibility=visibility,
            ),
            urgent=urgent,
            unlimited=unlimited,
        )
    except gate.NotTaken as refused:
        return Refused(refused.code, refused.message)
    except storage.StoreFull:
        return Refused(Refusal.DISK_FULL, gate.full(label))
    finally:
        storage.discard(incoming)


def describe(track_id: int, description: Description) -> None:
    """Write down what a file says about itself, unless a person has described the track; its length in any case.

    Call it inside a transaction. A track that is gone meanwhile is left alone.
    """
    # Locked, or a person's edit between this line and the last one would be overwritten.
    rows = Track.objects.select_for_update(of=("self",)).select_related("artist", "album")
    track = rows.filter(pk=track_id).first()
    if track is None:
        return
    before = _filtered_by(track)
    if description.seconds is not None:
        track.seconds = description.seconds
    track.cover = description.cover or track.cover
    if not track.described:
        _take_over(track, description)
    track.save()
    _tell_change(track, before)


def edit_track(track: Track, edit: Edit) -> Track:
    """Write down what a person says about a track; the file's own tags no longer count then.

    Raises AlreadyPublic when it is to become public and another public track has the same file, and
    Track.DoesNotExist when it was deleted meanwhile.
    """
    try:
        with transaction.atomic():
            # The track before its artists, as in `describe`: two who want both never wait for each other.
            before = _filtered_by(Track.objects.select_for_update().get(pk=track.pk))
            track.title = naming.clean(edit.title, NAME_LENGTH) or track.title
            track.artist, track.album = _artist_and_album(edit)
            track.genre = naming.clean(edit.genre, GENRE_LENGTH)
            track.year, track.track_number, track.disc_number = edit.year, edit.track_number, edit.disc_number
            track.visibility = edit.visibility or track.visibility
            track.described = True
            track.save(update_fields=EDITED)
            _tell_change(track, before)
    except IntegrityError as error:
        raise AlreadyPublic(track.title) from error
    return track


def remove_track(track: Track) -> None:
    """Delete a track. Its file goes with the janitor, unless another track has the same."""
    track.delete()


def set_aside(tracks: QuerySet[Track]) -> int:
    """Hide tracks from everybody, their owners included, until they are brought back; returns how many.

    Nothing is deleted: likes, playlists, measurements and files wait with them.
    """
    return _put(tracks.filter(set_aside_at=None), aside=True)


def bring_back(tracks: QuerySet[Track]) -> int:
    """Let those hear tracks again who heard them before these were set aside; returns how many."""
    return _put(tracks.exclude(set_aside_at=None), aside=False)


def _put(tracks: QuerySet[Track], *, aside: bool) -> int:
    with transaction.atomic():
        # Locked in one order: two curators who choose the same tracks never wait for each other.
        rows = Track.objects.filter(pk__in=tracks.values("pk")).order_by("pk")
        ids = list(rows.select_for_update().values_list("pk", flat=True))
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            Track.objects.filter(pk__in=some).update(set_aside_at=timezone.now() if aside else None)
            tracks_changed.send(sender=Track, track_ids=some)
    return len(ids)


def _written(incoming: Incoming, track: Track, *, urgent: bool, unlimited: bool) -> Stored | Duplicate:
    """Finalise the file and write its row, or find that both exist. The file is there before its row can be seen."""
    try:
        with transaction.atomic():
            if found := _same_file(track):
                return found
            if not unlimited:
                _check_quota(track)
            storage.finalise(incoming, track.extension)
            track.save(force_insert=True)
            renditions.want(track)
            track_added.send(sender=Track, track=track, urgent=urgent)
            return Stored(track)
    except IntegrityError:  # the same file came in twice at once, and the other one was faster by a moment
        track.pk = None
        if found := _same_file(track):
            return found
        raise


def _check_quota(track: Track) -> None:
    """Raise NotTaken when its owner keeps as much as one may. Call it inside the transaction that writes the row."""
    allowance = quota.locked(track.owner)
    if allowance is not None and not allowance.takes(track.size):
        used_up = f"“{track.original_name}” was not stored: you are using {allowance}."
        raise gate.NotTaken(Refusal.QUOTA, f"{used_up} Delete some of your tracks to make room.")


def _same_file(wanted: Track) -> Duplicate | None:
    """A track with the same bytes that the owner of `wanted` may see: their own first, else the public one.

    Raises NotTaken when it was set aside: sending a file again does not bring it back.
    """
    mine = Q(owner=wanted.owner) if wanted.owner else Q(pk__in=[])
    own_first = Case(When(mine, then=Value(0)), default=Value(1))
    same = Track.objects.filter(sha256=wanted.sha256).filter(mine | Q(visibility=Track.Visibility.PUBLIC))
    found = list(same.order_by(own_first)[:2])
    if not found:
        return None
    if found[0].set_aside_at:
        raise gate.NotTaken(
            Refusal.SET_ASIDE,
            f"“{wanted.original_name}” is in the library already, but a curator has set it aside. "
            "It can be brought back at the curators' desk.",
        )
    wants_public = wanted.visibility == Track.Visibility.PUBLIC
    if wants_public and all(track.visibility == Track.Visibility.PRIVATE for track in found):
        return Duplicate(_publish(found[0]), published=True)
    return Duplicate(found[0])


def _publish(track: Track) -> Track:
    before = _filtered_by(track)
    track.visibility = Track.Visibility.PUBLIC
    with transaction.atomic():
        track.save(update_fields=["visibility"])
        _tell_change(track, before)
    return track


def _take_over(track: Track, said: Description) -> None:
    track.title = naming.known(said.title, NAME_LENGTH) or track.title
    artist, album = _artist_and_album(said)
    track.artist = artist or track.artist
    track.album = album or track.album
    track.genre = naming.clean(said.genre, GENRE_LENGTH) or track.genre
    track.year = naming.within(said.year, *YEARS) or track.year
    track.track_number = naming.within(said.track_number, *NUMBERS) or track.track_number
    track.disc_number = naming.within(said.disc_number, *NUMBERS) or track.disc_number


def _artist_and_album(said: Description | Edit) -> tuple[Artist | None, Album | None]:
    names = {naming.known(name, NAME_LENGTH) for name in (said.artist, said.album_artist)} - {""}
    # In the order of their names: two workers that write the same two artists do not wait for each other.
    artists = {name: Artist.objects.get_or_create(name=name)[0] for name in sorted(names)}
    artist = artists.get(naming.known(said.artist, NAME_LENGTH))
    title = naming.known(said.album, NAME_LENGTH)
    if not title:
        return artist, None
    by = artists.get(naming.known(said.album_artist, NAME_LENGTH)) or artist
    year = naming.within(said.year, *YEARS)
    return artist, Album.objects.get_or_create(title=title, artist=by, defaults={"year": year})[0]


def _filtered_by(track: Track) -> tuple[object, ...]:
    return track.artist_id, track.album_id, track.year, track.visibility, track.owner_id


def _tell_change(track: Track, before: tuple[object, ...]) -> None:
    if _filtered_by(track) != before:
        tracks_changed.send(sender=Track, track_ids=[track.pk])
