"""What sounds like a clip: its measurement is the seed, no track stands behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recommender import clips, query, results
from recommender.asking import NO_INDEX, NO_MUSIC, Answer, Asker, Explained, Explainer, ask, shared
from recommender.choosing import Found, Question
from recommender.measurement import Measurement
from recommender.models import Clip
from recommender.questions.blends import NOTHING_LEFT
from recommender.questions.filters import Filters

NOT_HEARD = "This clip has not been analysed yet."
RENEWED = "The index is being rebuilt, and this clip can only be compared with the new one. Try again in a few minutes."


def clip(
    heard: Clip,
    weights: Mapping[str, float],
    asker: Asker,
    filters: Filters | None = None,
    *,
    k: int = 20,
    variety: float = 0.0,
) -> Answer:
    """Nearest tracks to a clip, each facet weighted by the listener's slider (0..1).

    The clip's vector is made here from what was measured, so a clip outlives a change of the facets.
    """
    lens, measured = asker.lens, clips.measurement(heard)
    if lens is None or measured is None:
        return Answer([], problem=NO_INDEX if lens is None else NOT_HEARD)
    if not lens.of_this_code or lens.version.encoder != heard.encoder:
        return Answer([], problem=RENEWED)
    filters = filters or Filters()
    where = filters.where(lens, asker.viewer)
    # A clip is no node of the graph: searched for as hard as a blend.
    effort = query.effort(weights, blended=True, filtered=filters.active)
    question = Question(lens, query.vector(measured, lens.usual), weights, where, effort, variety=variety)
    return ask(question, k, _by(measured), otherwise=NOTHING_LEFT if filters.active else NO_MUSIC)


def _by(measured: Measurement) -> Explainer:
    """Say of each result what it shares with the clip."""

    def explain(question: Question, shown: Sequence[Found]) -> list[Explained]:
        known = results.load([one.pk for one in shown], question.lens.version.encoder)
        pairs = [((measured, question.vector), (known.get(one.pk), one.vector)) for one in shown]
        return shared(question.lens, pairs, question.weights)

    return explain
