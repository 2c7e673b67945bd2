"""Similar to one track: the question that pages ask most."""

from __future__ import annotations

from collections.abc import Mapping

from catalog.models import Track
from recommender import library, query
from recommender.asking import NO_INDEX, Answer, Asker, ask, unheard
from recommender.choosing import Question
from recommender.index.base import Filter


def similar(track: Track, weights: Mapping[str, float], asker: Asker, *, k: int = 20, variety: float = 0.0) -> Answer:
    """Nearest neighbours of a track, each facet weighted by the listener's slider (0..1).

    `variety` of 0 shows the nearest first, whatever they are; 1 each unlike those before it.
    """
    lens = asker.lens
    if lens is None:
        return Answer([], problem=NO_INDEX)
    anchor = library.vectors(lens.version, [track.pk]).get(track.pk)
    if anchor is None:
        return Answer([], problem=unheard([track.pk]))
    where = Filter(viewer_id=asker.viewer.pk, without_ids=frozenset({track.pk}))
    effort = query.effort(weights)
    return ask(Question(lens, anchor, weights, where, effort, {track.pk: anchor}, variety=variety), k)
