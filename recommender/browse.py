"""Lists of the library: narrowed down, in some order, page after page, as fast on the last page as on the first.

A page begins behind the last row of the one before it ("keyset paging"), so nothing is counted off. Rows that lack the
value which a list is sorted by come last in either direction, asked for separately so that each half can use an index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import F, Q
from django.db.models.expressions import OrderBy

from catalog import search, search_text
from catalog.models import Track, TrackQuerySet
from recommender.facets import mood

PAGE = 50
DOWN = "-"  # in front of the name of an order: the largest first

_signer = Signer(salt="recommender.browse")


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort. The first field decides which rows come last because they have none."""

    label: str
    fields: tuple[str, ...]
    falling: bool = False  # whether the first click sorts the largest first


ORDERS: Mapping[str, Order] = {
    "added": Order("Added", ("added_at",), falling=True),
    "title": Order("Title", ("search",)),
    "artist": Order("Artist", ("artist__search", "search")),
    "album": Order("Album", ("album__search", "disc_number", "track_number", "search")),
    "bpm": Order("BPM", ("measurement__bpm",)),
    "key": Order("Key", ("measurement__key_tonic", "measurement__key_mode")),
    "year": Order("Year", ("year",), falling=True),
    "length": Order("Length", ("seconds",)),
}
USUAL = "-added"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list is narrowed down to; None and empty mean everything. Bounds are inclusive."""

    words: str = ""
    bpm: tuple[float | None, float | None] = (None, None)
    minutes: tuple[float | None, float | None] = (None, None)
    year: tuple[int | None, int | None] = (None, None)
    key: tuple[int, str] | None = None  # tonic (0 = C) and mode
    mood: str = ""  # an axis of `facets.mood`
    genre: str = ""
    unnamed: bool = False  # only tracks whose files name no artist

    def of(self, tracks: TrackQuerySet) -> TrackQuerySet:
        """Return the tracks that pass."""
        wanted = _between("measurement__bpm", self.bpm) & _between("year", self.year)
        low, high = (None if bound is None else 60 * bound for bound in self.minutes)
        wanted &= _between("seconds", (low, high))
        if self.key:
            wanted &= Q(measurement__key_tonic=self.key[0], measurement__key_mode=self.key[1])
        if self.mood:
            wanted &= Q(**{f"measurement__moods__{self.mood}__gte": mood.MARKED})
        if self.genre:
            wanted &= Q(genre__icontains=self.genre)
        if self.unnamed:
            wanted &= Q(artist=None)
        found = tracks.filter(wanted)
        return search.narrowed(found, search_text.words_of(self.words)) if self.words else found


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    tracks: list[Track]
    following: str  # cursor of the next page; empty on the last one


def page(tracks: TrackQuerySet, order: str, cursor: str = "", size: int = PAGE) -> Page:
    """Return the rows behind a cursor in an order such as "bpm" or "-bpm"; a cursor that makes no sense begins anew.

    Costs two queries at most, whatever the page.
    """
    falling = order.startswith(DOWN)
    chosen = ORDERS.get(order.removeprefix(DOWN)) or ORDERS[USUAL.removeprefix(DOWN)]
    fields = (*chosen.fields, "pk")
    last = _values(cursor, order, len(fields))
    rows: list[Track] = []
    for missing in (False, True) if _may_lack(fields[0]) else (False,):
        begun = last is not None and (last[0] is None) == missing
        if last is not None and last[0] is None and not missing:
            continue  # earlier pages have shown all that have a value
        part = _behind(tracks, fields, last if begun else None, falling=falling, missing=missing)
        rows += part[: size + 1 - len(rows)]
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, _cursor(rows[-1], order, fields) if more else "")


def genres(tracks: TrackQuerySet, most: int = 100) -> list[str]:
    """The genres that these tracks name, in alphabetical order."""
    return list(tracks.exclude(genre="").order_by("genre").values_list("genre", flat=True).distinct()[:most])


def _behind(
    tracks: TrackQuerySet, fields: Sequence[str], last: Sequence[Any] | None, *, falling: bool, missing: bool
) -> TrackQuerySet:
    rows = tracks.filter(**{f"{fields[0]}__isnull": missing}) if _may_lack(fields[0]) else tracks
    if last is not None:
        rows = rows.filter(_after(fields, last, falling=falling))
    ordered = fields[1:] if missing else fields
    return rows.order_by(*_ordering(ordered, first_is_there=not missing, falling=falling)).for_lists()


def _ordering(fields: Sequence[str], *, first_is_there: bool, falling: bool) -> Iterable[OrderBy]:
    for place, field in enumerate(fields):
        last = True if _may_lack(field) and not (first_is_there and place == 0) else None
        yield F(field).desc(nulls_last=last) if falling else F(field).asc(nulls_last=last)


def _after(fields: Sequence[str], last: Sequence[Any], *, falling: bool) -> Q:
    """Rows that come behind the last one: larger in the first field, or equal there and larger in the next..."""
    cases: list[Q] = []
    same = Q()
    for field, value in zip(fields, last, strict=True):
        if value is not None:
            larger = Q(**{f"{field}__{'lt' if falling else 'gt'}": value})
            behind = larger | Q(**{f"{field}__isnull": True}) if _may_lack(field) and field != fields[0] else larger
            cases.append(same & behind)
        same &= Q(**{f"{field}__isnull": True}) if value is None else Q(**{field: value})
    beginning = Q()
    if last[0] is not None:  # the same once more, in a form that every planner takes for a range of the index
        beginning = Q(**{f"{fields[0]}__{'lte' if falling else 'gte'}": last[0]})
    return beginning & reduce(or_, cases)


def _may_lack(field: str) -> bool:
    return field not in {"added_at", "search", "pk"}


def _between(field: str, bounds: tuple[float | None, float | None]) -> Q:
    wanted = Q()
    for end, bound in zip(("gte", "lte"), bounds, strict=True):
        if bound is not None:
            wanted &= Q(**{f"{field}__{end}": bound})
    return wanted


def _cursor(row: Track, order: str, fields: Sequence[str]) -> str:
    values = [_value(row, field) for field in fields]
    return _signer.sign_object([order, *values], compress=True)


def _value(row: Track, path: str) -> Any:
    found: Any = row
    for name in path.split("__"):
        found = getattr(found, name, None)
    return found.isoformat() if hasattr(found, "isoformat") else found


def _values(cursor: str, order: str, count: int) -> list[Any] | None:
    try:
        made_for, *values = _signer.unsign_object(cursor) if cursor else [""]
    except (BadSignature, ValueError):
        return None
    return values if made_for == order and len(values) == count else None
