"""From hits to what may be shown: re-checked in the database, copies folded, variety mixed in, nobody crowding it.

What a question is stands here as well, because choosing reads all of it; how it is asked stands in `asking`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from accounts.models import User
from catalog import search_text
from catalog.models import Track, TrackQuerySet
from recommender import library, query, ranking
from recommender.index.base import Filter, Hits
from recommender.lenses import Lens
from recommender.measurement import FloatArray

ARTIST_CAP, ALBUM_CAP = 3, 3


@dataclass(frozen=True, slots=True)
class Question:
    """Everything one search needs."""

    lens: Lens
    vector: FloatArray  # stored vector or a blend of several; not yet weighted
    weights: Mapping[str, float]
    where: Filter
    effort: int
    anchors: Mapping[int, FloatArray] = field(default_factory=dict)  # stored vectors of the tracks it started from
    correction: float = 1.0  # how much of what keeps hubs away counts, see `query.weighted`
    variety: float = 0.0  # 0: the nearest first, whatever they are; 1: each unlike those before it
    before: Filter | None = None  # what passes this comes before all else: the tempo that was named


@dataclass(frozen=True, slots=True)
class Found:
    """One hit that may be shown: what choosing among hits needs of a track. Only what is shown is read whole."""

    pk: int
    title: str
    artist_id: int  # 0: unknown
    album_id: int
    score: float
    vector: FloatArray  # as stored
    version_of: str = ""  # title of a track before it, or asked with, that this is another take of


@dataclass(frozen=True, slots=True)
class Chosen:
    """The hits of one question that may be shown, each recording once."""

    spread: list[Found]  # in their order, no artist and no album crowding them
    crowded: list[Found]  # more of artists and albums that have their share already, in their order

    def best(self, k: int) -> list[Found]:
        """What to show: where artists and albums leave less than was asked for, more of them behind the others."""
        return [*self.spread, *self.crowded][:k]

    @property
    def full(self) -> tuple[frozenset[int], frozenset[int]]:
        """Artists and albums that have their share."""
        return (
            _reached(ARTIST_CAP, [one.artist_id for one in self.spread]),
            _reached(ALBUM_CAP, [one.album_id for one in self.spread]),
        )


def choose(questions: Sequence[Question], hits: Sequence[Hits], whole: Sequence[bool]) -> list[Chosen]:
    """For each question re-check the ids in the database, drop twins, mix in variety, space artists and albums.

    `whole`: of each question, whether its hits are all that there is. Where all of it is of a few artists, or of a few
    albums, it is not thinned.
    """
    rows = _Rows(questions, hits)
    return [_chosen(question, rows, one, every) for question, one, every in zip(questions, hits, whole, strict=True)]


def found(questions: Sequence[Question], hits: Sequence[Hits]) -> list[Found]:
    """All hits of these questions that the viewer may see, each once, those of the first question first."""
    rows = _Rows(questions, hits)
    once: dict[int, Found] = {}
    for each in hits:
        once |= {one.pk: one for one in rows.alive(each) if one.pk not in once}
    return list(once.values())


def visible(viewer_id: int) -> TrackQuerySet:
    """Tracks that somebody may see, by their number."""
    return Track.objects.visible_to(User(pk=viewer_id))


class _Rows:
    """What the viewer may see of all hits of several questions, and of what they started from: read once for all."""

    def __init__(self, questions: Sequence[Question], hits: Sequence[Hits]) -> None:
        first = questions[0]
        found = {int(pk) for one in hits for pk in one.ids}
        asked = {pk for question in questions for pk in question.anchors}
        seen = visible(first.where.viewer_id).filter(pk__in=found | asked)
        self._known = {row[0]: row for row in seen.values_list("pk", "title", "artist_id", "album_id")}
        self._stored = library.vectors(first.lens.version, found & self._known.keys())

    def title(self, pk: int) -> str:
        """Of a track; empty when the viewer may not see it."""
        return self._known[pk][1] if pk in self._known else ""

    def alive(self, hits: Hits) -> list[Found]:
        """The hits that the viewer may see, best first."""
        return [
            Found(pk, self._known[pk][1], self._known[pk][2] or 0, self._known[pk][3] or 0, score, self._stored[pk])
            for pk, score in zip(hits.ids.tolist(), hits.scores.tolist(), strict=True)
            if pk in self._stored
        ]


def _chosen(question: Question, rows: _Rows, hits: Hits, whole: bool) -> Chosen:
    alive = rows.alive(hits)
    if not alive:
        return Chosen([], [])
    order = _varied(question, _single(question, rows, alive))
    artists = [one.artist_id for one in order]
    albums = [one.album_id for one in order]
    caps = ranking.Caps(  # a library of one artist or one album is not cut down
        artist=None if whole and len(set(artists)) <= ARTIST_CAP else ARTIST_CAP,
        album=None if whole and len(set(albums)) <= ALBUM_CAP else ALBUM_CAP,
    )
    kept = ranking.capped(artists, albums, caps)
    beyond = sorted(set(range(len(order))).difference(kept))
    return Chosen([order[place] for place in kept], [order[place] for place in beyond])


def _single(question: Question, known: _Rows, alive: Sequence[Found]) -> list[Found]:
    """Each recording once, and none that the question started from; other takes are flagged."""
    titles = [*(known.title(pk) for pk in question.anchors), *(one.title for one in alive)]
    rows = np.stack([*question.anchors.values(), *(one.vector for one in alive)])
    folded = [search_text.folded(ranking.plain_title(title)) for title in titles]
    groups = ranking.twins(rows, question.lens.layout.places, folded)
    flags = {other: titles[group.position] for group in reversed(groups) for other in group.versions}
    first = len(question.anchors)
    singles = [group.position for group in groups if group.position >= first]
    return [replace(alive[place - first], version_of=flags.get(place, "")) for place in singles]


def _varied(question: Question, order: list[Found]) -> list[Found]:
    if question.variety <= 0 or not order:  # all that is near may be another take of what was asked with
        return order
    weighting = query.weighting(question.weights, question.lens.layout)
    matrix = np.stack([one.vector for one in order])
    scores = np.array([one.score for one in order], np.float32)
    return [order[position] for position in ranking.diverse(matrix, scores, weighting, amount=question.variety)]


def _reached(most: int, names: Sequence[int]) -> frozenset[int]:
    """Known names (not 0) that occur so often."""
    return frozenset(name for name, count in Counter(names).items() if name and count >= most)
