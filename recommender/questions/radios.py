"""A radio that never ends: from tracks, an album, an artist, a list, words, or nowhere in particular.

Where it started is an address ("album:12", "words:calm piano"); what happened since stands in the listens of the
session, so every answer can be computed anew from the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from django.utils import timezone

from accounts.models import User
from catalog import naming, playlists
from catalog.models import Album, Artist, Playlist, Track, TrackQuerySet
from recommender import library, listening, query, ranking
from recommender import terms as language
from recommender.asking import NO_INDEX, NO_MUSIC, Answer, Asker, Explainer, Result, ask, none_heard
from recommender.choosing import Question
from recommender.index.base import Filter
from recommender.lenses import Lens
from recommender.measurement import FloatArray
from recommender.models import Listen
from recommender.phrases import LONGEST_TEXT
from recommender.questions import chance, named
from recommender.questions.described import (
    NOTHING_UNDERSTOOD,
    asked_by,
    by_reading,
    of_the_named_tempo,
    why_nothing,
)
from recommender.questions.filters import Filters
from recommender.terms import Reading

MOST_TRACKS = 100  # of an artist or a list, that make the beginning
SHOWN_ANCHORS = 20
FRESH_DAYS = 30  # a surprise was not played for so long, if there is any such track
DRAWN = 50
OVER = "That was everything that fits. Start another radio, or filter less."
EMPTY = "This playlist is empty. A radio begins with its tracks: it can start as soon as there is one."
SEPARATOR = ":"


class From(StrEnum):
    """What a radio can start from."""

    TRACK = "track"
    ALBUM = "album"
    ARTIST = "artist"
    GENRE = "genre"  # as the files name it
    PLAYLIST = "playlist"  # one of the viewer's own
    SHARED = "shared"  # the token of a playlist that somebody shared
    TRACKS = "tracks"  # a list: ids with commas; "-7" is one to keep away from
    WORDS = "words"
    SURPRISE = "surprise"


@dataclass(frozen=True, slots=True)
class Start:
    """Where a radio begins."""

    kind: From
    value: str
    name: str  # for the title: "Prelude", "calm piano"
    tracks: tuple[int, ...] = ()  # ids; empty for words, and of an empty playlist
    minus: tuple[int, ...] = ()  # ids of what it keeps away from
    reading: Reading = Reading()  # noqa: RUF009 - frozen

    @property
    def address(self) -> str:
        """What `start_from` reads: "album:12"."""
        return f"{self.kind}{SEPARATOR}{self.value}"


def start_from(address: str, asker: Asker, session: str) -> Start | None:
    """Find what an address names, as far as the asker may see it; None when there is no such thing (answer 404).

    "track:3", "album:12", "artist:4", "genre:Folk", "playlist:6", "shared:<token>", "tracks:5,9,-2", "words:calm
    piano", "surprise:". A surprise is a track, if there is any; go on with the address of what came back. A playlist
    may be empty, and nothing of what was found may be analysed: then `radio` says so.
    """
    name, _, value = address.partition(SEPARATOR)
    if name not in set(From) or len(value) > LONGEST_TEXT:
        return None
    kind, viewer = From(name), asker.viewer
    if kind is From.WORDS:
        reading = named.read(value, asker)
        return Start(kind, value, value, reading=reading) if value.strip() else None
    if kind is From.SURPRISE:
        return _surprise(asker, session)
    if kind is From.GENRE:
        return _of_genre(value, viewer)
    if kind in {From.PLAYLIST, From.SHARED}:
        return _of_playlist(kind, value, viewer)
    return _of_tracks(kind, value, viewer)


def radio(
    session: str,
    start: Start,
    weights: Mapping[str, float],
    asker: Asker,
    filters: Filters | None = None,
    *,
    k: int = 10,
) -> Answer:
    """What to play next: drawn by likes and pushed by skips of this session, repeating nothing while there is more.

    When everything that fits was played, what was played longest ago comes again: a radio ends only where all else was
    skipped or refused, and says so.
    """
    lens, viewer = asker.lens, asker.viewer
    if lens is None:
        return Answer([], problem=NO_INDEX if start.tracks or start.kind is From.WORDS else _nowhere(start))
    events = listening.of_radio(viewer, session)
    stored = library.vectors(lens.version, {*start.tracks, *start.minus, *(event.track_id for event in events)})
    begun = _begin(lens, start, weights, stored)
    if begun is None:
        return Answer([], problem=_nowhere(start))
    question, explain = begun
    # To skip what one began with is to know it by now: pushed away from itself it would point nowhere at all.
    others = [event for event in events if event.track_id not in start.tracks]
    vector = query.steer(
        question.vector,
        liked=_of_kinds(events, stored, Listen.Kind.LIKED),
        skipped=_of_kinds(others, stored, Listen.Kind.SKIPPED, Listen.Kind.LESS),
    )
    filters = (filters or Filters()).heeding(start.reading)
    played = {*start.minus, *(event.track_id for event in events)}
    if start.kind is From.TRACK:
        played |= set(start.tracks)
    effort = query.effort(question.weights, blended=True, filtered=filters.active)
    question = replace(question, vector=vector, effort=effort)
    again = replace(question, anchors={})  # which would hide what the radio began with
    answer = Answer([])
    for asked, hidden in ((question, played), (again, played), *((again, some) for some in _longest_ago_first(events))):
        where = filters.where(lens, viewer, {*start.minus, *hidden})
        before = of_the_named_tempo(start.reading, filters, where)
        answer = ask(replace(asked, where=where, before=before), k, explain, otherwise=OVER)
        if answer.results:
            break
    return replace(answer, results=_spaced(answer.results, _last_played(start, events)))


def _nowhere(start: Start) -> str:
    """Why a radio cannot begin."""
    if start.kind is From.WORDS:
        return why_nothing(start.reading) or NOTHING_UNDERSTOOD.format(start.value)
    if start.kind is From.SURPRISE:
        return NO_MUSIC
    return none_heard(start.tracks) if start.tracks else EMPTY


def _last_played(start: Start, events: Sequence[Listen]) -> list[tuple[int, int]]:
    """Artist and album of the tracks that were played last, the last one last (`events` are newest first)."""
    opening = start.tracks if start.kind is From.TRACK else ()
    last = list(dict.fromkeys((*(event.track_id for event in events), *opening)))[: ranking.GAP][::-1]
    names = Track.objects.filter(pk__in=last).values_list("pk", "artist_id", "album_id")
    known = {pk: (artist or 0, album or 0) for pk, artist, album in names}
    return [known[pk] for pk in last if pk in known]


def _spaced(found: Sequence[Result], before: Sequence[tuple[int, int]]) -> list[Result]:
    artists = [one.track.artist_id or 0 for one in found]
    albums = [one.track.album_id or 0 for one in found]
    return [found[position] for position in ranking.spaced(artists, albums, before)]


def _begin(
    lens: Lens, start: Start, weights: Mapping[str, float], stored: Mapping[int, FloatArray]
) -> tuple[Question, Explainer | None] | None:
    """The question before anything happened, and how its results are explained."""
    nowhere = Filter()
    if start.kind is From.WORDS:
        asked = asked_by(start.reading, lens)
        if not asked.positions:
            return None
        question = Question(lens, asked.vector, asked.positions, nowhere, 0, correction=language.CORRECTION)
        return question, by_reading(start.reading)
    anchors = {pk: stored[pk] for pk in start.tracks if pk in stored}
    if not anchors:
        return None
    shown = dict(list(anchors.items())[:SHOWN_ANCHORS])
    away = [stored[pk] for pk in start.minus if pk in stored]
    return Question(lens, query.blend(list(anchors.values()), away), weights, nowhere, 0, shown), None


def _of_tracks(kind: From, value: str, viewer: User) -> Start | None:
    ids, minus = _numbers(value)
    if not ids or (kind is not From.TRACKS and len(ids) + len(minus) > 1):
        return None
    field = {From.ALBUM: "album_id", From.ARTIST: "artist_id"}.get(kind, "pk")
    seen = Track.objects.visible_to(viewer)
    tracks = _some(seen.filter(**{f"{field}__in": ids[:MOST_TRACKS]}))
    if not tracks:
        return None
    name = tracks[0][1] if len(tracks) == 1 else f"{len(tracks)} tracks"
    if kind is From.ALBUM:
        name = Album.objects.get(pk=ids[0]).title
    elif kind is From.ARTIST:
        name = Artist.objects.get(pk=ids[0]).name
    away = _some(seen.filter(pk__in=minus[:MOST_TRACKS]))
    named = value if kind is From.TRACKS else str(ids[0])
    return Start(kind, named, name, tuple(pk for pk, _ in tracks), tuple(pk for pk, _ in away))


def _of_genre(value: str, viewer: User) -> Start | None:
    tracks = _some(Track.objects.visible_to(viewer).filter(genre__iexact=value)) if value else []
    return Start(From.GENRE, value, value, tuple(pk for pk, _ in tracks)) if tracks else None


def _some(tracks: TrackQuerySet) -> list[tuple[int, str]]:
    return list(tracks.order_by("pk").values_list("pk", "title")[:MOST_TRACKS])


def _of_playlist(kind: From, value: str, viewer: User) -> Start | None:
    if kind is From.SHARED:
        playlist = playlists.shared(value).first()
    else:
        playlist = Playlist.objects.filter(owner=viewer, pk=value).first() if naming.is_number(value) else None
    if playlist is None:
        return None
    entries = playlists.places(playlist, viewer)[:MOST_TRACKS]
    return Start(kind, value, playlist.title, tuple(entry.track_id for entry in entries))


def _numbers(value: str) -> tuple[list[int], list[int]]:
    """Ids of a list, and those with a minus in front."""
    numbers = [int(part) for part in value.split(",") if naming.is_number(part.removeprefix("-"))]
    away = [-number for number in numbers if number < 0]
    return [number for number in numbers if number > 0], away


def _surprise(asker: Asker, session: str) -> Start:
    """A track that was not heard lately; where there is none at all, a beginning without tracks."""
    lens, viewer = asker.lens, asker.viewer
    order = chance.shuffled(lens.version, chance.seed_of(viewer, session)) if lens else []
    heard = listening.heard_since(viewer, timezone.now() - timedelta(days=FRESH_DAYS))
    for drawn in (order[low : low + DRAWN] for low in range(0, len(order), DRAWN)):
        seen = dict(Track.objects.visible_to(viewer).filter(pk__in=drawn).values_list("pk", "title"))
        chosen = next((pk for pk in drawn if pk in seen and pk not in heard), None)
        chosen = chosen or next((pk for pk in drawn if pk in seen), None)
        if chosen:
            return Start(From.TRACK, str(chosen), seen[chosen], (chosen,))
    return Start(From.SURPRISE, "", "Surprise me")


def _longest_ago_first(events: Sequence[Listen]) -> Iterator[set[int]]:
    """What stays hidden while a session (events newest first) repeats itself: the newer half, then the last track only.

    What was skipped or refused stays hidden, whatever else there is.
    """
    order = list(dict.fromkeys(event.track_id for event in events))
    unwanted = {event.track_id for event in events if event.kind in {Listen.Kind.SKIPPED, Listen.Kind.LESS}}
    for most in ((len(order) + 1) // 2, 1) if order else ():
        yield {*order[:most], *unwanted}


def _of_kinds(events: Sequence[Listen], stored: Mapping[int, FloatArray], *kinds: Listen.Kind) -> list[FloatArray]:
    return [stored[event.track_id] for event in events if event.kind in kinds and event.track_id in stored]
