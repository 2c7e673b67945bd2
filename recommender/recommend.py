"""The questions that pages ask. Each builds one query vector, searches once, and explains what it found.

The web process never embeds anything: it reads stored vectors. When the index does not answer, the same question is put
to the vectors in the database, exactly, and the answer says so.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.conf import settings

from accounts.models import User
from catalog.models import Track
from recommender import index_versions, library, listening, query, ranking, results
from recommender.errors import IndexUnavailable
from recommender.index.base import Filter, Hits
from recommender.measurement import FloatArray, Measurement
from recommender.models import IndexVersion, Listen
from recommender.ranking import Reason

log = logging.getLogger(__name__)

SPARE = 3  # ask for so many times more than shown: twins, crowded artists and deleted tracks drop out
ARTIST_CAP = 3
NOT_ANALYSED = "This track is still being analysed. Its neighbours appear here as soon as it was heard."
NO_INDEX = "Nothing has been analysed yet."
NO_NEIGHBOURS = "There is nothing else to compare it with yet."


@dataclass(frozen=True, slots=True)
class Result:
    """One recommended track, and why."""

    track: Track
    score: float
    reasons: tuple[Reason, ...]
    summary: str  # "118 and 120 BPM, both calm"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    results: list[Result]
    exact: bool = False  # the index was down: the database was searched instead
    problem: str = ""  # why there is nothing


@dataclass(frozen=True, slots=True)
class _Question:
    """Everything one search needs."""

    version: IndexVersion
    seed: Track  # what results are explained against
    anchor: FloatArray  # its stored vector
    vector: FloatArray  # stored vector or a blend of several; not yet weighted
    weights: Mapping[str, float]
    where: Filter
    effort: int


def similar(track: Track, weights: Mapping[str, float], viewer: User, *, k: int = 20) -> Answer:
    """Nearest neighbours of a track, each facet weighted by the listener's slider (0..1)."""
    version = index_versions.active()
    if version is None:
        return Answer([], problem=NO_INDEX)
    anchor = library.vectors(version, [track.pk]).get(track.pk)
    if anchor is None:
        return Answer([], problem=NOT_ANALYSED)
    where = Filter(viewer_id=viewer.pk, without_ids=frozenset({track.pk}))
    effort = query.effort(weights)
    return _ask(_Question(version, track, anchor, anchor, weights, where, effort), k)


def radio(session: str, seed: Track, weights: Mapping[str, float], viewer: User, *, k: int = 10) -> Answer:
    """What to play next: starts at the seed, drawn by likes and pushed by skips of this session, never repeats."""
    version = index_versions.active()
    if version is None:
        return Answer([], problem=NO_INDEX)
    events = listening.of_radio(viewer, session)
    stored = library.vectors(version, {seed.pk, *(event.track_id for event in events)})
    if seed.pk not in stored:
        return Answer([], problem=NOT_ANALYSED)
    anchor = stored[seed.pk]
    vector = query.steer(
        anchor,
        liked=_of_kinds(events, stored, Listen.Kind.LIKED),
        skipped=_of_kinds(events, stored, Listen.Kind.SKIPPED, Listen.Kind.LESS),
    )
    heard = frozenset({seed.pk, *(event.track_id for event in events)})
    where = Filter(viewer_id=viewer.pk, without_ids=heard)
    effort = query.effort(weights, blended=True)
    return _ask(_Question(version, seed, anchor, vector, weights, where, effort), k)


def measurement(track: Track) -> Measurement | None:
    """What was measured of a track, as facets read it; None before its analysis."""
    return results.load([track.pk], settings.ENCODER).get(track.pk)


def _of_kinds(events: Sequence[Listen], stored: Mapping[int, FloatArray], *kinds: Listen.Kind) -> list[FloatArray]:
    return [stored[event.track_id] for event in events if event.kind in kinds and event.track_id in stored]


def _ask(question: _Question, k: int) -> Answer:
    hits, exact = _search(question, k * SPARE)
    shown = _choose(question, hits, k)
    return Answer(_explain(question, shown), exact, "" if shown else NO_NEIGHBOURS)


def _search(question: _Question, k: int) -> tuple[Hits, bool]:
    layout = index_versions.layout_of(question.version)
    vector = query.weighted(question.vector, question.weights, layout)
    try:
        found = index_versions.index().search(
            question.version.collection, vector, k, question.where, effort=max(question.effort, k)
        )
    except IndexUnavailable as error:
        log.warning("vector index unavailable (%s): searching the database", error)
        return library.exact_search(question.version, vector, k, question.where), True
    return found, False


def _choose(question: _Question, hits: Hits, k: int) -> list[tuple[Track, float, FloatArray]]:
    """Re-check the ids in the database, drop twins, space the artists."""
    viewer = User.objects.get(pk=question.where.viewer_id)
    order = [int(one) for one in hits.ids]
    score = dict(zip(order, (float(one) for one in hits.scores), strict=True))
    tracks = {track.pk: track for track in Track.objects.visible_to(viewer).for_lists().filter(pk__in=order)}
    stored = library.vectors(question.version, tracks)
    alive = [pk for pk in order if pk in stored]
    if not alive:
        return []
    slices = library.slices(question.version)
    matrix = np.stack([stored[pk] for pk in alive])
    single = [alive[position] for position in ranking.without_twins(matrix, question.anchor, slices)]
    crowd = [tracks[pk].artist_id or 0 for pk in single]
    cap = ARTIST_CAP if len(set(crowd)) > 3 else k  # a library of one artist is not cut down
    kept = [single[position] for position in ranking.spaced(crowd, most=cap)][:k]
    return [(tracks[pk], score[pk], stored[pk]) for pk in kept]


def _explain(question: _Question, shown: Sequence[tuple[Track, float, FloatArray]]) -> list[Result]:
    known = results.load([question.seed.pk, *(track.pk for track, _, _ in shown)], question.version.encoder)
    seed = known.get(question.seed.pk)
    if seed is None or not shown:
        return [Result(track, score, (), "") for track, score, _ in shown]
    layout = index_versions.layout_of(question.version)
    scale = library.scale(question.version)
    matrix = np.stack([vector for _, _, vector in shown])
    alike = query.similarities(question.anchor, matrix, layout)
    answers = []
    for position, (track, score, _) in enumerate(shown):
        result = Result(track, score, (), "")
        if track.pk in known:
            here = {name: float(values[position]) for name, values in alike.items()}
            reasons = ranking.reasons(seed, known[track.pk], here, scale)
            result = replace(result, reasons=reasons, summary=ranking.summary(reasons, question.weights))
        answers.append(result)
    return answers
