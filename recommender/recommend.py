"""The questions that pages ask. Each builds one query vector, searches once, and explains what it found.

The web process never embeds anything: it reads stored vectors. When the index does not answer, the same question is put
to the vectors in the database, exactly, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.conf import settings

from accounts.models import User
from catalog.models import Track
from recommender import index_versions, library, listening, query, results
from recommender.asking import NO_INDEX, NOT_ANALYSED, Answer, Question, Result, ask
from recommender.index.base import Filter
from recommender.measurement import FloatArray, Measurement
from recommender.models import Listen

__all__ = ["Answer", "Result", "measurement", "radio", "similar"]


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
    return ask(Question(version, anchor, weights, where, effort, {track.pk: anchor}), k)


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
    return ask(Question(version, vector, weights, where, effort, {seed.pk: anchor}), k)


def measurement(track: Track) -> Measurement | None:
    """What was measured of a track, as facets read it; None before its analysis."""
    return results.load([track.pk], settings.ENCODER).get(track.pk)


def _of_kinds(events: Sequence[Listen], stored: Mapping[int, FloatArray], *kinds: Listen.Kind) -> list[FloatArray]:
    return [stored[event.track_id] for event in events if event.kind in kinds and event.track_id in stored]
