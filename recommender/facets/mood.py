"""How a track feels: a rich vector for the index, a few named axes for people.

Both are linear in the encoder's tag logits, each logit in deviations from the usual (probabilities of mood words are
tiny: "sad" has a mean of one percent). The axes' weights come from 400 tracks rated by listeners: arousal as fast minus
slow reached a rank correlation of .74, joy .76 (docs/encoder.md). Words that follow genre (party, metal, dance,
chillout) stay out of the axes; the vector keeps them, because unit vectors of many weak cues beat a few strong axes
(distance in rated mood to the five nearest, relative to chance: .76 against .80 to .86).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.encoders.tag_layer import TagLayer
from recommender.facets import reference
from recommender.measurement import FloatArray, Key, Measurement

VECTOR_TAGS = (
    "msd:sad", "msd:happy", "msd:mellow", "msd:beautiful", "msd:chillout", "msd:chill", "msd:easy listening",
    "msd:sexy", "msd:catchy", "msd:party",
    "mtt:slow", "mtt:fast", "mtt:loud", "mtt:quiet", "mtt:soft", "mtt:ambient", "mtt:new age", "mtt:weird", "mtt:dance",
)  # fmt: skip
NEUTRAL = 1.5  # deviations; a track without mood points here, not where noise does
MODE_SHARE = 1.0  # deviations that a certain major or minor counts in the vector

# Axis -> weights of standardised logits. "mode" is +1 for a certain major key, -1 for a certain minor one.
AXES: Mapping[str, Mapping[str, float]] = {
    "arousal": {
        "mtt:fast": 1, "mtt:slow": -1, "mtt:loud": 0.3, "mtt:drums": 0.3, "mtt:quiet": -0.3, "mtt:soft": -0.3,
    },
    "joy": {"msd:happy": 1, "msd:sad": -1, "mtt:fast": 0.5, "mtt:slow": -0.5, "mode": 0.3},
    "sadness": {"msd:sad": 1, "msd:happy": -0.5, "mtt:slow": 0.5, "mtt:fast": -0.5, "mode": -0.3},
    "calm": {
        "mtt:slow": 1, "mtt:quiet": 1, "mtt:soft": 1, "msd:mellow": 0.5, "mtt:fast": -1, "mtt:loud": -1,
        "mtt:drums": -0.5,
    },
    "tenderness": {
        "msd:beautiful": 1, "mtt:soft": 1, "msd:mellow": 1, "mtt:slow": 0.5, "mtt:loud": -1, "mtt:weird": -0.5,
    },
    "tension": {
        "mtt:loud": 1, "mtt:weird": 1, "mtt:fast": 0.5, "msd:happy": -1, "msd:mellow": -1, "msd:beautiful": -1,
        "mtt:soft": -0.5, "mode": -0.3,
    },
}  # fmt: skip
WORDS = {
    "arousal": "energetic",
    "joy": "happy",
    "sadness": "sad",
    "calm": "calm",
    "tenderness": "tender",
    "tension": "tense",
}
MARKED = 0.75  # percentile from which an axis is worth a word
SAID = 2


def axis_values(measurement: Measurement) -> dict[str, float]:
    """Raw value of each axis: a weighted sum of deviations, finite for any input."""
    deviations = reference.current().tags(measurement.tag_logits)
    columns = {name: float(deviations[number]) for number, name in enumerate(TagLayer.shipped().names)}
    columns["mode"] = _mode(measurement.key)
    return {axis: sum(weight * columns[name] for name, weight in parts.items()) for axis, parts in AXES.items()}


def axes(measurement: Measurement) -> dict[str, float]:
    """Each axis as the share of the reference music that has less of it, 0..1: 0.87 of calm is calmer than 87 %."""
    grids = reference.current().moods
    return {axis: reference.percentile(value, grids[axis]) for axis, value in axis_values(measurement).items()}


def words(measurement: Measurement) -> list[str]:
    """At most two adjectives, the most marked first; empty for a track in the middle."""
    found = axes(measurement)
    marked = sorted((axis for axis in found if found[axis] >= MARKED), key=lambda axis: -found[axis])
    return [WORDS[axis] for axis in marked[:SAID]]


class MoodFacet:
    """How it feels."""

    name = "mood"
    label = "Mood"
    hint = "Calm or energetic, happy or sad, tender or tense."
    dim = len(VECTOR_TAGS) + 2
    default_weight = 0.15

    @property
    def version(self) -> str:
        """Of the code and of the statistics: others make other vectors."""
        return f"1/{reference.current().version}"

    def vector(self, measurement: Measurement) -> FloatArray:
        """Unit vector [shape=(dim,)]: mood-like tags in deviations, major or minor, and a constant.

        The constant is what a neutral track is made of; two neutral tracks are alike, not two directions of noise.
        """
        layer = TagLayer.shipped()
        deviations = reference.current().tags(measurement.tag_logits)
        tags = deviations[[layer.column(name) for name in VECTOR_TAGS]]
        point = np.append(tags, [MODE_SHARE * _mode(measurement.key), NEUTRAL])
        return (point / np.linalg.norm(point)).astype(np.float32)

    def badge(self, measurement: Measurement) -> str:
        """ "calm, tender"; empty for a track in the middle."""
        return ", ".join(words(measurement))

    def agreement(self, seed: Measurement, other: Measurement) -> str:
        """ "both calm and tender"; empty when they share no word."""
        theirs = words(other)
        shared = [word for word in words(seed) if word in theirs]
        return f"both {' and '.join(shared)}" if shared else ""


def _mode(key: Key) -> float:
    """+1 for a certain major key, -1 for a certain minor one, 0 where no key was heard."""
    if key.tonic is None or not np.isfinite(key.strength):
        return 0.0
    return float(np.clip(key.strength, 0, 1)) * (1.0 if key.mode == "major" else -1.0)


MOOD = MoodFacet()
