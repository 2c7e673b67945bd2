"""Which tracks a question may answer with, as addresses and as the filter of the one search.

Everything a person types becomes numbers before the index sees it: bounds, or ids of tracks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import User
from catalog import naming
from catalog.models import Track
from recommender import asking, library, listening, terms, words
from recommender.choosing import Question
from recommender.facets.tempo import TOLERANCE
from recommender.index.base import Filter
from recommender.lenses import Lens
from recommender.terms import Reading

Number = TypeVar("Number", int, float)

STYLE_SHARE = 0.15  # of the library counts as a style: what sounds most like it
STYLE_LEAST, STYLE_MOST = 30, 2_000
LONGEST_STYLE = 60  # characters
MOST_ARTISTS = 100
LOWEST_YEAR, HIGHEST_YEAR = 1000, 3000
DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Filters:
    """What a listener narrowed a question to. Every bound is inclusive, None means none."""

    bpm: tuple[float | None, float | None] = (None, None)
    seconds: tuple[float | None, float | None] = (None, None)
    year: tuple[int | None, int | None] = (None, None)
    without_artists: frozenset[int] = field(default_factory=frozenset)
    liked: bool = False  # only what the listener likes
    fresh_days: int = 0  # nothing that was played in so many days
    style: str = ""  # in words: "jazz", "solo piano"

    @classmethod
    def parse(cls, asked: QueryDict) -> Filters:
        """Read GET parameters; what makes no sense is left out.

        bpm_min, bpm_max, minutes_min, minutes_max, year_min, year_max, without_artist (repeated), liked, fresh, style.
        """
        minutes = _bounds(asked, "minutes", _positive)
        artists = [one for text in asked.getlist("without_artist") if (one := _whole(text)) is not None]
        fresh = _whole(asked.get("fresh", "")) or 0
        return cls(
            bpm=_bounds(asked, "bpm", _positive),
            seconds=(None if minutes[0] is None else minutes[0] * 60, None if minutes[1] is None else minutes[1] * 60),
            year=_bounds(asked, "year", _year),
            without_artists=frozenset(artists[:MOST_ARTISTS]),
            liked=asked.get("liked", "") in {"1", "on", "true"},
            fresh_days=min(fresh, DAYS),
            style=" ".join(asked.get("style", "").split())[:LONGEST_STYLE],
        )

    @property
    def active(self) -> bool:
        """Whether anything is narrowed."""
        return self != Filters()

    @property
    def query(self) -> str:
        """As GET parameters, what `parse` reads; empty when nothing is narrowed."""
        minutes = tuple(None if bound is None else bound / 60 for bound in self.seconds)
        pairs: list[tuple[str, str]] = []
        for name, bounds in (("bpm", self.bpm), ("minutes", minutes), ("year", self.year)):
            ends = zip(("min", "max"), bounds, strict=True)
            pairs += [(f"{name}_{end}", f"{bound:g}") for end, bound in ends if bound is not None]
        pairs += [("without_artist", str(one)) for one in sorted(self.without_artists)]
        if self.liked:
            pairs.append(("liked", "1"))
        if self.fresh_days:
            pairs.append(("fresh", str(self.fresh_days)))
        if self.style:
            pairs.append(("style", self.style))
        return urlencode(pairs)

    def where(self, lens: Lens, viewer: User, without_ids: Iterable[int] = ()) -> Filter:
        """Say it to the index: bounds go into the search itself, wishes about listening and style become ids."""
        hidden = set(without_ids)
        if self.fresh_days:
            hidden |= listening.heard_since(viewer, timezone.now() - timedelta(days=self.fresh_days))
        only = set(listening.all_liked(viewer)) if self.liked else None
        if self.style:
            styled = of_style(self.style, lens, viewer)
            only = styled if only is None else only & styled
        return Filter(
            viewer_id=viewer.pk,
            bpm=self.bpm,
            seconds=self.seconds,
            year=self.year,
            without_artists=self.without_artists,
            without_ids=frozenset(hidden),
            only_ids=None if only is None else frozenset(only),
        )

    def about(self, bpm: float) -> Filters:
        """The same, and of this tempo: what is called the same, neither its half nor its double."""
        return self.within((bpm / (1 + TOLERANCE), bpm * (1 + TOLERANCE)))

    def heeding(self, reading: Reading) -> Filters:
        """The same, and what was said in words: bounds of the tempo, artists who were refused."""
        return replace(self.within(reading.bpm), without_artists=self.without_artists | reading.without_artists)

    def within(self, bpm: tuple[float | None, float | None]) -> Filters:
        """The same, and no slower or faster than these bounds either."""
        lows = [low for low in (self.bpm[0], bpm[0]) if low is not None]
        highs = [high for high in (self.bpm[1], bpm[1]) if high is not None]
        return replace(self, bpm=(max(lows, default=None), min(highs, default=None)))


def of_style(style: str, lens: Lens, viewer: User) -> set[int]:
    """Tracks of a style: those whose own genre says so, and those that sound most like it in one search."""
    tagged = Track.objects.visible_to(viewer).filter(Q(genre__icontains=style))
    found = set(tagged.values_list("pk", flat=True)[:STYLE_MOST])
    reading = words.load(settings.TEXT_ENCODER).read(style, lens.usual)
    asked = terms.question(reading, lens.layout, library.sample(lens.version))
    if not asked.positions:
        return found
    size = library.size(lens.version)
    most = int(min(max(size * STYLE_SHARE, STYLE_LEAST), STYLE_MOST))
    where = Filter(viewer_id=viewer.pk)
    question = Question(lens, asked.vector, asked.positions, where, effort=most, correction=terms.CORRECTION)
    [hits], _ = asking.search([question], min(most, max(size // 2, 1)))
    return found | {int(one) for one in hits.ids}


def _bounds(
    asked: Mapping[str, str], name: str, read: Callable[[str], Number | None]
) -> tuple[Number | None, Number | None]:
    low, high = read(asked.get(f"{name}_min", "")), read(asked.get(f"{name}_max", ""))
    return (high, low) if low is not None and high is not None and low > high else (low, high)


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None


def _whole(text: str) -> int | None:
    return int(text) if naming.is_number(text) else None


def _year(text: str) -> int | None:
    year = _whole(text)
    return year if year is not None and LOWEST_YEAR <= year <= HIGHEST_YEAR else None
