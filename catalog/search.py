"""Search as somebody types: tracks, artists and albums by pieces of words, mistyped ones included.

The database narrows the library down by trigrams, then the few that are left are put in order here, so that the answer
is the same on SQLite and PostgreSQL. Everything goes through `visible_to`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from django.db import connection, transaction
from django.db.models import Exists, F, Lookup, OuterRef, Q, QuerySet, Value

from accounts.models import User
from catalog import search_text
from catalog.models import Album, Artist, Track, TrackQuerySet

Row = TypeVar("Row", Track, Artist, Album)
Candidate = tuple[int, str, str]  # id, what it is found by, its own name
Slim = QuerySet[Any, Candidate]
Rows = TypeVar("Rows", bound=QuerySet[Any, Any])

CANDIDATES = 120  # rows that the database hands over to be put in order
ENOUGH = 8  # with so many rows that have the very words, nobody looks for mistyped ones
TRIGRAM = 3
POSTGRES_ALIKE = 0.4  # pg_trgm.word_similarity_threshold; `search_text.ALIKE` decides afterwards


class Resembles(Lookup[Any]):
    """PostgreSQL's `text %> word`: somewhere in the text there is something like the word."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Write both sides down with the operator between them."""
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} %%> {right}", (*left_params, *right_params)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first."""

    tracks: list[Track] = field(default_factory=list)
    artists: list[Artist] = field(default_factory=list)
    albums: list[Album] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.tracks or self.artists or self.albums)


def find(query: str, user: User, *, tracks: int = 50, others: int = 12) -> Found:
    """Find what a query means among all that a person may hear.

    Parameters
    ----------
    query : as typed; words of one letter count only at the beginning of words
    user : who asks; artists and albums of which they may hear nothing are not found
    tracks, others : most rows of tracks, and of artists and albums each
    """
    words = search_text.words_of(query)
    if not words:
        return Found()
    visible = Track.objects.visible_to(user)
    artists = Artist.objects.filter(Exists(visible.filter(artist=OuterRef("pk"))))
    albums = Album.objects.filter(Exists(visible.filter(album=OuterRef("pk")))).select_related("artist")
    return Found(
        tracks=_best(visible.for_lists(), words, tracks),
        artists=_best(artists, words, others),
        albums=_best(albums, words, others),
    )


def narrowed(rows: TrackQuerySet, words: Sequence[str]) -> TrackQuerySet:
    """Return the tracks that hold every one of these folded words, in the order that they have; slips count."""
    return _with_words(rows, words) if words else rows


def _best(rows: QuerySet[Row], words: Sequence[str], most: int) -> list[Row]:
    name = "name" if rows.model is Artist else "title"
    slim: Slim = rows.order_by().select_related(None).values_list("pk", "search", name)
    found = {*_beginning(slim, " ".join(words))[:CANDIDATES], *_with_words(slim, words)[:CANDIDATES]}
    if len(found) < ENOUGH:
        found.update(_like_words(slim, words))
    ranked = [(_rank(text, name, words), name, pk) for pk, text, name in found]
    order = [pk for rank, _, pk in sorted(ranked, key=lambda one: (-one[0], *one[1:])) if rank > 0][:most]
    shown = rows.in_bulk(order)
    return [shown[pk] for pk in order if pk in shown]


def _rank(text: str, name: str, words: Sequence[str]) -> float:
    """How well a row fits; words in its own name count more than those of its artist or album."""
    whole = search_text.closeness(words, text)
    if not whole:
        return 0.0
    own = search_text.folded(name)
    begins = own.startswith(" ".join(words))
    return whole + search_text.closeness(words, own) + 0.5 * begins - 0.001 * min(len(own), 100)


def _beginning(rows: Slim, text: str) -> Slim:
    """Rows whose own name begins with the text: with a short one, many more match somewhere than are looked at."""
    if connection.vendor == "sqlite":  # its LIKE uses no index, comparisons do
        return rows.filter(search__gte=f" {text}", search__lt=f" {text}\U0010ffff").order_by("search")
    return rows.filter(search__startswith=f" {text}").order_by("search")


def _with_words(rows: Rows, words: Sequence[str]) -> Rows:
    """Rows that hold every word; short words at the beginning of one."""
    if connection.vendor == "sqlite":
        phrases = [f'"{_piece(word)}"' for word in words if len(_piece(word)) >= TRIGRAM]
        rows = _matching(rows, " ".join(phrases)) if phrases else rows
        words = [word for word in words if len(_piece(word)) < TRIGRAM]
    wanted = Q()
    for word in words:
        wanted &= Q(search__contains=_piece(word))
    return rows.filter(wanted)


def _like_words(rows: Slim, words: Sequence[str]) -> list[Candidate]:
    """Rows that share most trigrams with the words."""
    if connection.vendor == "sqlite":
        grams = {gram for word in words for gram in _trigrams(word)}
        if not grams:
            return []
        matching = _matching(rows, " OR ".join(f'"{gram}"' for gram in sorted(grams)))
        return list(matching.extra(order_by=[f"{rows.model._meta.db_table}_fts.rank"])[:CANDIDATES])
    long = [word for word in words if len(word) >= TRIGRAM]
    if connection.vendor != "postgresql" or not long:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(POSTGRES_ALIKE)])
        for word in long:
            rows = rows.filter(Resembles(F("search"), Value(word)))
        return list(rows[:CANDIDATES])


def _matching(rows: Rows, match: str) -> Rows:
    """Join the FTS5 table of these rows. Its query is made of folded words only: letters, digits, spaces."""
    table = rows.model._meta.db_table
    joined: Any = rows.extra(  # noqa: S610 - the only way to a table without a model; the query is a parameter
        tables=[f"{table}_fts"], where=[f"{table}_fts.rowid = {table}.id", f"{table}_fts MATCH %s"], params=[match]
    )
    return cast(Rows, joined)


def _piece(word: str) -> str:
    return word if len(word) >= TRIGRAM else f" {word}"


def _trigrams(word: str) -> list[str]:
    padded = f" {word} "
    return [padded[start : start + TRIGRAM] for start in range(len(padded) - 2)]
