"""What sounds like a clip: its measurement is the seed, no track stands behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.models import User
from recommender import clips, index_versions, query, results
from recommender.asking import NO_INDEX, NO_MUSIC, Answer, Explained, Explainer, Found, Question, ask, shared
from recommender.facets import reference
from recommender.measurement import Measurement
from recommender.models import Clip
from recommender.questions.blends import NOTHING_LEFT
from recommender.questions.filters import Filters

NOT_HEARD = "This clip has not been analysed yet."
RENEWED = "The index is being rebuilt, and this clip can only be compared with the new one. Try again in a few minutes."


def clip(
    heard: Clip,
    weights: Mapping[str, float],
    viewer: User,
    filters: Filters | None = None,
    *,
    k: int = 20,
    variety: float = 0.0,
) -> Answer:
    """Nearest tracks to a clip, each facet weighted by the listener's slider (0..1).

    The clip's vector is made here from what was measured, so a clip outlives a change of the facets.
    """
    version, measured = index_versions.active(), clips.measurement(heard)
    if version is None or measured is None:
        return Answer([], problem=NO_INDEX if version is None else NOT_HEARD)
    if (version.fingerprint, version.encoder) != (query.present_layout(reference.current()).fingerprint, heard.encoder):
        return Answer([], problem=RENEWED)
    filters = filters or Filters()
    where = filters.where(version, viewer)
    # A clip is no node of the graph: searched for as hard as a blend.
    effort = query.effort(weights, blended=True, filtered=filters.active)
    question = Question(version, query.vector(measured, reference.current()), weights, where, effort, variety=variety)
    return ask(question, k, _by(measured), otherwise=NOTHING_LEFT if filters.active else NO_MUSIC)


def _by(measured: Measurement) -> Explainer:
    """Say of each result what it shares with the clip."""

    def explain(question: Question, shown: Sequence[Found]) -> list[Explained]:
        known = results.load([one.pk for one in shown], question.version.encoder)
        pairs = [((measured, question.vector), (known.get(one.pk), one.vector)) for one in shown]
        return shared(question.version, pairs, question.weights)

    return explain
