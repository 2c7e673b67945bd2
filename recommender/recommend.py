"""The question that pages ask most: one query vector, one search, and what it found explained.

The web process never embeds anything: it reads stored vectors. When the index does not answer, the same question is put
to the vectors in the database, exactly, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from accounts.models import User
from catalog.models import Track
from recommender import index_versions, library, query, results
from recommender.asking import NO_INDEX, NOT_ANALYSED, Answer, Question, Result, ask
from recommender.index.base import Filter
from recommender.measurement import Measurement

__all__ = ["Answer", "Result", "measurement", "similar"]


def similar(track: Track, weights: Mapping[str, float], viewer: User, *, k: int = 20, variety: float = 0.0) -> Answer:
    """Nearest neighbours of a track, each facet weighted by the listener's slider (0..1).

    `variety` of 0 shows the nearest first, whatever they are; 1 each unlike those before it.
    """
    version = index_versions.active()
    if version is None:
        return Answer([], problem=NO_INDEX)
    anchor = library.vectors(version, [track.pk]).get(track.pk)
    if anchor is None:
        return Answer([], problem=NOT_ANALYSED)
    where = Filter(viewer_id=viewer.pk, without_ids=frozenset({track.pk}))
    effort = query.effort(weights)
    return ask(Question(version, anchor, weights, where, effort, {track.pk: anchor}, variety=variety), k)


def measurement(track: Track) -> Measurement | None:
    """What was measured of a track, as facets read it; None before its analysis."""
    return results.load([track.pk], settings.ENCODER).get(track.pk)
