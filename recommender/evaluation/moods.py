"""Which of our named axes answers for which mood column of a manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from recommender.evaluation.metrics import Floats
from recommender.facets import mood
from recommender.facets.reference import Reference
from recommender.measurement import Measurement

# column -> weights of our axes. Most are called alike; the others are what comes nearest.
ANSWERS: Mapping[str, Mapping[str, float]] = {
    "arousal": {"arousal": 1},
    "joy": {"joy": 1},
    "sadness": {"sadness": 1},
    "calm": {"calm": 1},
    "tenderness": {"tenderness": 1},
    "tension": {"tension": 1},
    "valence": {"joy": 1, "sadness": -0.5, "tension": -0.5},  # pleasant: glad, neither sad nor tense
    "power": {"arousal": 1, "tenderness": -1},  # strong, heroic: loud and fast, and not tender
}


def heard_mood(column: str, measurements: Sequence[Measurement], usual: Reference) -> Floats:
    """What our axes say about a mood column; the order is meant, not the unit [shape=(n,)]."""
    heard = [mood.levels(one, usual) for one in measurements]
    return np.array([sum(weight * axes[name] for name, weight in ANSWERS[column].items()) for axes in heard])
