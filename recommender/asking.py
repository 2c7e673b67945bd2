"""How a question is asked: one search, a choice among what it found (`choosing`), and reasons beside it.

What the questions are stands in `questions`; they differ in the vector, the filter and the reasons.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from django.db.models import QuerySet

from accounts.models import User
from catalog.models import Track
from recommender import choosing, index_versions, library, query, ranking, results
from recommender.choosing import Chosen, Found, Question
from recommender.errors import UNPLAYABLE, IndexUnavailable
from recommender.facets import reference
from recommender.facets.reference import Reference
from recommender.index.base import Hits
from recommender.lenses import Lens
from recommender.measurement import FloatArray, Measurement
from recommender.models import Analysis
from recommender.ranking import Reason

log = logging.getLogger(__name__)

SPARE = 3  # ask for so many times more than shown: twins, crowded artists and deleted tracks drop out
NOT_ANALYSED = "This track is still being analysed. Similar tracks appear here when that is done."
NEVER_ANALYSED = "“{}” cannot be compared with anything: {}."
PLAYS, PLAY = " It can be played.", " They can be played."
NONE_ANALYSED = "None of these tracks has been analysed yet. You can play them already; suggestions follow."
NONE_EVER = "None of these tracks can be compared with anything. “{}”: {}."
NO_INDEX = "Nothing has been analysed yet."
INDEX_DOWN = (
    "The index is not answering, and the library is too large to be searched without it. Try again in a minute."
)
NO_MUSIC = "Nothing that you can hear has been analysed yet."
NO_NEIGHBOURS = "There is nothing else to compare it with yet."

Stored = tuple[int, FloatArray]  # a track and its stored vector
Side = tuple[Measurement | None, FloatArray]  # what was measured of a track or a clip, if anything, and its vector


class Explained(NamedTuple):
    """Why one result is there."""

    reasons: tuple[Reason, ...] = ()
    summary: str = ""  # one line of words
    near: int = 0  # the track that they compare it with, where a question has several


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
    near: str = ""  # title of the other one of "both", where a question has several


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


Explainer = Callable[[Question, Sequence[Found]], Sequence[Explained]]


def ask(question: Question, k: int, explain: Explainer | None = None, *, otherwise: str = NO_NEIGHBOURS) -> Answer:
    """Search, choose `k`, explain. Without an `explain` of its own a question is explained by its anchors."""
    shown, searched = _listed(question, k)
    if searched is Searched.DATABASE and not shown and library.too_large(question.lens.version):
        return Answer([], searched, INDEX_DOWN)
    explained = (explain or by_anchors)(question, shown)
    found = told(shown, explained, question.where.viewer_id)
    return Answer(found, searched, "" if found else otherwise)


def gather(questions: Sequence[Question], k: int, least: int) -> tuple[list[Chosen], Searched]:
    """What may be shown of the best hits of each question, and where they were looked for.

    Of the best `k * SPARE`; where artists and albums that have their share leave fewer than `least` of them, one looks
    further among all others, until there are so many or nothing is left. So a list is the same as if all of the library
    had been ranked, however large it is.
    """
    hits, searched = search(questions, k * SPARE)
    chosen = choosing.choose(questions, hits, [_all(one, k) for one in hits])
    gathered: list[Chosen] = []
    for question, one, first in zip(questions, chosen, hits, strict=True):
        if len(one.spread) < least and not _all(first, k):
            further, elsewhere = _further(question, first, one, k, least)
            gathered.append(further)
            searched = elsewhere or searched
        else:
            gathered.append(one)
    return gathered, searched


def told(shown: Sequence[Found], explained: Sequence[Explained], viewer_id: int) -> list[Result]:
    """Hits as people read them."""
    tracks = choosing.visible(viewer_id).for_lists().in_bulk([one.pk for one in shown])
    near = {because.near for because in explained if because.near}
    titles = dict(choosing.visible(viewer_id).filter(pk__in=near).values_list("pk", "title")) if near else {}
    pairs = zip(shown, explained, strict=True)
    return [_told(tracks[one.pk], one, why, titles.get(why.near, "")) for one, why in pairs if one.pk in tracks]


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


def _listed(question: Question, k: int) -> tuple[list[Found], Searched]:
    """The `k` best of a question: what passes `before` first, and only then the rest."""
    shown: list[Found] = []
    searched = Searched.INDEX
    if question.before is not None:
        [first], searched = gather([replace(question, where=question.before, before=None)], k, k)
        shown = first.best(k)
    if len(shown) < k:
        ids = frozenset(one.pk for one in shown)
        where = replace(question.where, without_ids=question.where.without_ids | ids)
        known = {**question.anchors, **{one.pk: one.vector for one in shown}}  # no copy of what is shown already
        wanted = k - len(shown)
        [rest], elsewhere = gather([replace(question, where=where, anchors=known)], wanted, wanted)
        shown, searched = [*shown, *rest.best(wanted)], elsewhere or searched
    return shown, searched


def _all(hits: Hits, k: int) -> bool:
    """Whether a search for `k * SPARE` found all that there is."""
    return len(hits.ids) < k * SPARE


def _further(question: Question, hits: Hits, chosen: Chosen, k: int, least: int) -> tuple[Chosen, Searched]:
    """Look among all that is by nobody who has their share, again and again: each time one more is found at least."""
    more, searched = hits, Searched.INDEX
    for _ in range(least):
        if len(chosen.spread) >= least or _all(more, k):
            break
        artists, albums = chosen.full
        where = replace(
            question.where,
            without_artists=question.where.without_artists | artists,
            without_albums=question.where.without_albums | albums,
            without_ids=question.where.without_ids.union(hits.ids.tolist()),
        )
        [more], elsewhere = search([replace(question, where=where, effort=query.MOST_EFFORT)], k * SPARE)
        searched = elsewhere or searched
        hits = Hits(np.concatenate([hits.ids, more.ids]), np.concatenate([hits.scores, more.scores]))
        [chosen] = choosing.choose([question], [hits], [_all(more, k)])
    return chosen, searched


def _exactly(question: Question, vectors: FloatArray, k: int) -> list[Hits]:
    try:
        return library.exact_search(question.lens.version, vectors, k, question.where)
    except IndexUnavailable as error:
        log.error("%s", error)  # noqa: TRY400 - the message says it all
        return [Hits(np.zeros(0, np.int64), np.zeros(0, np.float32))] * len(vectors)


def unheard(track_ids: Iterable[int]) -> str:
    """Say of tracks that have no vectors why: one of them cannot be analysed, or it is a matter of time."""
    for work in _unlucky(track_ids)[:1]:
        never = NEVER_ANALYSED.format(work.track, work.get_error_code_display())
        return never if work.error_code in UNPLAYABLE else never + PLAYS
    return NOT_ANALYSED


def none_heard(track_ids: Collection[int]) -> str:
    """Say the same where any one of them would do: whether that is a matter of time, or all of them failed."""
    if len(track_ids) == 1:
        return unheard(track_ids)
    never = _unlucky(track_ids)
    if len(never) < len(track_ids):
        return NONE_ANALYSED
    told = NONE_EVER.format(never[0].track, never[0].get_error_code_display())
    return told if any(work.error_code in UNPLAYABLE for work in never) else told + PLAY


def _unlucky(track_ids: Iterable[int]) -> QuerySet[Analysis]:
    """The work on tracks that came to nothing."""
    rows = Analysis.objects.filter(track_id__in=list(track_ids), state__in=Analysis.UNLUCKY)
    return rows.select_related("track").order_by("track_id")


def _told(track: Track, one: Found, why: Explained, near: str) -> Result:
    flag = f"another version of {one.version_of}" if one.version_of else ""
    return Result(track, one.score, why.reasons, ", ".join(part for part in (flag, why.summary) if part), near)


def by_anchors(question: Question, shown: Sequence[Found], *, named: bool = False) -> list[Explained]:
    """Say of each result what it shares with the nearest of the tracks that the question started from.

    `named`: also where that is the only one. A page that is about it need not say its name.
    """
    if not question.anchors or not shown:
        return [Explained()] * len(shown)
    layout = question.lens.layout
    matrix = np.stack([one.vector for one in shown])
    anchors = list(question.anchors.items())
    closeness = np.stack([matrix @ query.weighted(vector, question.weights, layout) for _, vector in anchors])
    nearest = [anchors[position] for position in closeness.argmax(axis=0)]
    pairs = [(anchor, (one.pk, one.vector)) for anchor, one in zip(nearest, shown, strict=True)]
    told_of = compared(question.lens, pairs, question.weights)
    if len(anchors) == 1 and not named:
        return told_of
    return [why._replace(near=pk) for why, (pk, _) in zip(told_of, nearest, strict=True)]


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
            explained.append(Explained())
            continue
        alike = {name: float(values[0]) for name, values in query.similarities(here, there[None], layout).items()}
        reasons = ranking.reasons(facets, first, second, alike, scale)
        explained.append(Explained(reasons, ranking.summary(reasons, weights)))
    return explained
