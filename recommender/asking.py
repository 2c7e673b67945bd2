"""How a question is asked: one search, ids re-checked in the database, twins and crowds dropped, reasons beside it.

What the questions are stands in `questions`; they differ in the vector, the filter and the reasons.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from accounts.models import User
from catalog import search_text
from catalog.models import Track, TrackQuerySet
from recommender import index_versions, library, query, ranking, results
from recommender.errors import IndexUnavailable
from recommender.facets import reference
from recommender.facets.reference import Reference
from recommender.index.base import Filter, Hits
from recommender.lenses import Lens
from recommender.measurement import FloatArray, Measurement
from recommender.models import Analysis
from recommender.ranking import Reason

log = logging.getLogger(__name__)

SPARE = 3  # ask for so many times more than shown: twins, crowded artists and deleted tracks drop out
ARTIST_CAP, ALBUM_CAP = 3, 3
NOT_ANALYSED = "This track is still being analysed. Its neighbours appear here as soon as that is done."
NEVER_ANALYSED = "“{}” cannot be compared with anything: {}. It can be played."
NO_INDEX = "Nothing has been analysed yet."
INDEX_DOWN = (
    "The index is not answering, and the library is too large to be searched without it. Try again in a minute."
)
NO_MUSIC = "There is no analysed music yet that you may hear."
NO_NEIGHBOURS = "There is nothing else to compare it with yet."

Explained = tuple[tuple[Reason, ...], str]  # reasons, and one line of words
Stored = tuple[int, FloatArray]  # a track and its stored vector
Side = tuple[Measurement | None, FloatArray]  # what was measured of a track or a clip, if anything, and its vector


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and the lens through which all of one page is answered."""

    viewer: User
    lens: Lens | None  # None: nothing was analysed yet

    @classmethod
    def of(cls, viewer: User) -> Asker:
        """Somebody who asks now. Make it once a page: whatever is flipped meanwhile, the page stays of one version."""
        return cls(viewer, index_versions.lens())

    @property
    def usual(self) -> Reference:
        """The statistics by which tracks, clips and words are told; the shipped ones while no version answers."""
        return self.lens.usual if self.lens else reference.shipped()


@dataclass(frozen=True, slots=True)
class Result:
    """One recommended track, and why."""

    track: Track
    score: float
    reasons: tuple[Reason, ...]
    summary: str  # "118 and 120 BPM, both calm"; of a live twin first "another version of Prelude"


class Searched(StrEnum):
    """What was searched, as far as people must know it."""

    INDEX = ""  # as usual
    DATABASE = "database"  # all of it, because the index was down or lacked a part of the library
    PART = "part"  # an index that lacks a part, because the library is too large to be searched without it


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    results: list[Result]
    searched: Searched = Searched.INDEX
    problem: str = ""  # why there is nothing
    note: str = ""  # what of the question could not be heeded


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


Explainer = Callable[[Question, Sequence[Found]], Sequence[Explained]]


def ask(question: Question, k: int, explain: Explainer | None = None, *, otherwise: str = NO_NEIGHBOURS) -> Answer:
    """Search, choose `k`, explain. Without an `explain` of its own a question is explained by its anchors."""
    [hits], searched = search([question], k * SPARE)
    [shown] = choose([question], [hits], k)
    if searched is Searched.DATABASE and not shown and library.too_large(question.lens.version):
        return Answer([], searched, INDEX_DOWN)
    explained = (explain or by_anchors)(question, shown)
    found = told(shown, explained, question.where.viewer_id)
    return Answer(found, searched, "" if found else otherwise)


def told(shown: Sequence[Found], explained: Sequence[Explained], viewer_id: int) -> list[Result]:
    """Hits as people read them."""
    tracks = _visible(viewer_id).for_lists().in_bulk([one.pk for one in shown])
    pairs = zip(shown, explained, strict=True)
    return [_told(tracks[one.pk], one, *because) for one, because in pairs if one.pk in tracks]


def search(questions: Sequence[Question], k: int) -> tuple[list[Hits], Searched]:
    """The best `k` hits of each question, and where they were looked for.

    What is asked together is of one version, with one filter and one effort: all of it is one search. An index that is
    being filled again would answer from what it has so far as if that were everything, so it is not asked.
    """
    first = questions[0]
    version, layout = first.lens.version, first.lens.layout
    vectors = np.stack(
        [query.weighted(one.vector, one.weights, layout, correction=one.correction) for one in questions]
    )
    whole = version.partial_since is None
    if whole or library.too_large(version):
        try:
            found = index_versions.index().search_each(
                version.collection, vectors, k, first.where, effort=max(first.effort, k)
            )
        except IndexUnavailable as error:
            log.warning("vector index unavailable (%s): searching the database", error)
        else:
            return found, Searched.INDEX if whole else Searched.PART
    return _exactly(first, vectors, k), Searched.DATABASE


def choose(questions: Sequence[Question], hits: Sequence[Hits], k: int) -> list[list[Found]]:
    """For each question re-check the ids in the database, drop twins, mix in variety, space artists and albums."""
    rows = _Rows(questions, hits)
    return [_chosen(question, rows, one, k) for question, one in zip(questions, hits, strict=True)]


def found(questions: Sequence[Question], hits: Sequence[Hits]) -> list[Found]:
    """All hits of these questions that the viewer may see, each once, those of the first question first."""
    rows = _Rows(questions, hits)
    once: dict[int, Found] = {}
    for each in hits:
        once |= {one.pk: one for one in rows.alive(each) if one.pk not in once}
    return list(once.values())


class _Rows:
    """What the viewer may see of all hits of several questions, and of what they started from: read once for all."""

    def __init__(self, questions: Sequence[Question], hits: Sequence[Hits]) -> None:
        first = questions[0]
        found = {int(pk) for one in hits for pk in one.ids}
        asked = {pk for question in questions for pk in question.anchors}
        seen = _visible(first.where.viewer_id).filter(pk__in=found | asked)
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


def _chosen(question: Question, rows: _Rows, hits: Hits, k: int) -> list[Found]:
    alive = rows.alive(hits)
    if not alive:
        return []
    order = _varied(question, _single(question, rows, alive))
    artists = [one.artist_id for one in order]
    albums = [one.album_id for one in order]
    caps = ranking.Caps(  # a library of one artist or one album is not cut down
        artist=ARTIST_CAP if len(set(artists)) > ARTIST_CAP else None,
        album=ALBUM_CAP if len(set(albums)) > ALBUM_CAP else None,
    )
    return [order[position] for position in ranking.capped(artists, albums, caps)][:k]


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


def _exactly(question: Question, vectors: FloatArray, k: int) -> list[Hits]:
    try:
        return library.exact_search(question.lens.version, vectors, k, question.where)
    except IndexUnavailable as error:
        log.error("%s", error)  # noqa: TRY400 - the message says it all
        return [Hits(np.zeros(0, np.int64), np.zeros(0, np.float32))] * len(vectors)


def unheard(track_ids: Iterable[int]) -> str:
    """Say of tracks that have no vectors why: one of them cannot be analysed, or it is a matter of time."""
    never = Analysis.objects.filter(track_id__in=list(track_ids), state__in=Analysis.UNLUCKY)
    for work in never.select_related("track").order_by("track_id")[:1]:
        return NEVER_ANALYSED.format(work.track, work.get_error_code_display())
    return NOT_ANALYSED


def _visible(viewer_id: int) -> TrackQuerySet:
    return Track.objects.visible_to(User(pk=viewer_id))


def _told(track: Track, one: Found, reasons: tuple[Reason, ...], summary: str) -> Result:
    flag = f"another version of {one.version_of}" if one.version_of else ""
    return Result(track, one.score, reasons, ", ".join(part for part in (flag, summary) if part))


def by_anchors(question: Question, shown: Sequence[Found]) -> list[Explained]:
    """Say of each result what it shares with the nearest of the tracks that the question started from."""
    if not question.anchors or not shown:
        return [((), "")] * len(shown)
    layout = question.lens.layout
    matrix = np.stack([one.vector for one in shown])
    anchors = list(question.anchors.items())
    closeness = np.stack([matrix @ query.weighted(vector, question.weights, layout) for _, vector in anchors])
    nearest = [anchors[position] for position in closeness.argmax(axis=0)]
    pairs = [(anchor, (one.pk, one.vector)) for anchor, one in zip(nearest, shown, strict=True)]
    return compared(question.lens, pairs, question.weights)


def compared(lens: Lens, pairs: Sequence[tuple[Stored, Stored]], weights: Mapping[str, float]) -> list[Explained]:
    """Say of each pair of tracks what the second shares with the first."""
    known = results.load({pk for pair in pairs for pk, _ in pair}, lens.version.encoder)
    sides = [((known.get(first), here), (known.get(second), there)) for (first, here), (second, there) in pairs]
    return shared(lens, sides, weights)


def shared(lens: Lens, pairs: Sequence[tuple[Side, Side]], weights: Mapping[str, float]) -> list[Explained]:
    """Say of each pair what the second shares with the first; nothing where one was not measured."""
    layout, facets, scale = lens.layout, lens.facets, library.scale(lens.version)
    explained: list[Explained] = []
    for (first, here), (second, there) in pairs:
        if first is None or second is None:
            explained.append(((), ""))
            continue
        alike = {name: float(values[0]) for name, values in query.similarities(here, there[None], layout).items()}
        reasons = ranking.reasons(facets, first, second, alike, scale)
        explained.append((reasons, ranking.summary(reasons, weights)))
    return explained
