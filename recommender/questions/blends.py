"""Similar to several tracks at once, unlike others, within filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from catalog.models import Track
from recommender import library, query
from recommender.asking import NO_INDEX, Answer, Asker, ask, none_heard
from recommender.choosing import Question
from recommender.questions.filters import Filters

NOTHING_LEFT = "Nothing in the library matches these filters. Loosen or remove one."

UNCOUNTED = "{} has not been analysed, so it does not count here."


def blend(
    tracks: Sequence[Track],
    minus: Sequence[Track],
    weights: Mapping[str, float],
    asker: Asker,
    filters: Filters | None = None,
    *,
    k: int = 20,
    variety: float = 0.0,
) -> Answer:
    """Find what is like all of `tracks` and unlike `minus`; one track and none to avoid are its neighbours, filtered.

    Parameters
    ----------
    tracks : at least one, visible to the viewer
    minus : tracks to keep away from
    weights : facet -> position of the listener's slider, 0..1
    filters : what may be answered at all
    k : number of results
    variety : 0 (nearest first) .. 1 (each unlike those before it)
    """
    lens = asker.lens
    if lens is None:
        return Answer([], problem=NO_INDEX)
    filters = filters or Filters()
    mine, others = [track.pk for track in tracks], [track.pk for track in minus]
    stored = library.vectors(lens.version, {*mine, *others})
    anchors = {pk: stored[pk] for pk in mine if pk in stored}
    if not anchors:
        return Answer([], problem=none_heard(mine))
    vector = query.blend(list(anchors.values()), [stored[pk] for pk in others if pk in stored])
    where = filters.where(lens, asker.viewer, {*mine, *others})
    effort = query.effort(weights, blended=len(stored) > 1, filtered=filters.active)
    question = Question(lens, vector, weights, where, effort, anchors, variety=variety)
    found = ask(question, k, otherwise=NOTHING_LEFT) if filters.active else ask(question, k)
    unheard_of = " and ".join(f"“{track}”" for track in (*tracks, *minus) if track.pk not in stored)
    return replace(found, note=UNCOUNTED.format(unheard_of) if unheard_of else "")
