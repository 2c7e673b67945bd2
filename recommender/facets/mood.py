"""How a track feels: a rich vector for the index, a few named axes for people.

Both start from the encoder's tag logits, each logit in deviations from the usual (probabilities of mood words are
tiny: "sad" has a mean of one percent). The axes' weights come from 400 tracks rated by listeners, where fast minus slow
reached a rank correlation of .74 with arousal, and happy minus sad with half of that .76 with joy; what stands beside
was added where ratings of other music, weak labels and the literature agree (docs/experiments.md). Words that follow
genre (party, metal, dance, chillout) stay out of the axes; the vector keeps them, because unit vectors of many weak
cues beat a few strong axes (distance in rated mood to the five nearest, relative to chance: .76 against .80 to .86).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.encoders.tag_layer import TagLayer
from recommender.facets.reference import Reference, percentile
from recommender.measurement import CONTRAST, FloatArray, Key, Measurement, Tempo

VECTOR_TAGS = (
    "msd:sad", "msd:happy", "msd:mellow", "msd:beautiful", "msd:chillout", "msd:chill", "msd:easy listening",
    "msd:sexy", "msd:catchy", "msd:party",
    "mtt:slow", "mtt:fast", "mtt:loud", "mtt:quiet", "mtt:soft", "mtt:ambient", "mtt:new age", "mtt:weird", "mtt:dance",
    "mtt:beats",
)  # fmt: skip
# What the vector holds besides: valence and arousal of the circumplex, because a word for a mood is a sum of many tags
# and a neighbour in the sum is nearer than one in the tags alone.
CIRCUMPLEX: Mapping[str, Mapping[str, float]] = {
    "glad": {"joy": 1.5, "sadness": -0.75, "tension": -0.75},
    "aroused": {"arousal": 1.0},
}
COORDINATES = (*VECTOR_TAGS, "mode", *CIRCUMPLEX)
NEUTRAL = 1.5  # deviations; a track without mood points here, not where noise does

# Axis -> weights of standardised logits and of what else is measured, see `_cues`.
AXES: Mapping[str, Mapping[str, float]] = {
    "arousal": {
        "mtt:fast": 1, "mtt:slow": -1, "mtt:loud": 0.5, "mtt:drums": 0.5, "mtt:quiet": -0.5, "mtt:soft": -0.5,
        "msd:punk": 0.25, "msd:mellow": -0.25, "noise": 0.3, "pace": 0.3,
    },
    "joy": {
        "msd:happy": 1.25, "msd:sad": -1, "mtt:fast": 0.5, "mtt:slow": -0.5, "msd:country": 0.25,
        "msd:experimental": -0.25, "mode": 0.3, "beat": 0.4,
    },
    "sadness": {
        "msd:sad": 1, "msd:happy": -0.75, "mtt:slow": 0.5, "mtt:fast": -0.5, "msd:country": -0.25,
        "msd:experimental": 0.25, "mode": -0.3, "beat": -0.3,
    },
    "calm": {
        "mtt:slow": 1, "mtt:quiet": 1, "mtt:soft": 1, "msd:mellow": 0.5, "mtt:fast": -1, "mtt:loud": -1,
        "mtt:drums": -0.5,
    },
    "tenderness": {
        "msd:beautiful": 1, "mtt:soft": 1, "msd:mellow": 1, "mtt:slow": 0.5, "msd:easy listening": 0.3, "mtt:loud": -1,
        "mtt:weird": -0.5, "mtt:fast": -0.25, "msd:experimental": -0.5, "mode": 0.8,
    },
    "tension": {
        "mtt:loud": 1, "mtt:weird": 1, "mtt:fast": 0.5, "noise": 0.5, "msd:experimental": 0.5, "msd:happy": -1,
        "msd:mellow": -1, "msd:beautiful": -0.5, "mtt:soft": -0.5, "mode": -0.8,
    },
}  # fmt: skip
MIDDLE = 105.0  # BPM of neither slow nor fast music
# Mean and deviation of what no network says, in free music of all kinds: a shift of them moves every track alike.
MODE, NOISE, BEAT, PACE = (0.16, 0.29), (0.0, 0.85), (0.67, 0.31), (0.12, 0.3)
LEAST_SPREAD = 1e-3
MOST_LEVEL = 3.0  # deviations
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


def axis_values(measurement: Measurement, usual: Reference) -> dict[str, float]:
    """Raw value of each axis: a weighted sum of deviations, finite for any input."""
    deviations = usual.tags(measurement.tag_logits)
    columns = dict(zip(TagLayer.shipped().names, deviations.tolist(), strict=True))
    columns |= _cues(measurement, usual)
    return {axis: sum(weight * columns[name] for name, weight in parts.items()) for axis, parts in AXES.items()}


def axes(measurement: Measurement, usual: Reference) -> dict[str, float]:
    """Each axis as the share of the reference music that has less of it, 0..1: 0.87 of calm is calmer than 87 %."""
    return {axis: percentile(value, usual.moods[axis]) for axis, value in axis_values(measurement, usual).items()}


def levels(measurement: Measurement, usual: Reference) -> dict[str, float]:
    """Each axis in deviations from the middle of the reference music, at most `MOST_LEVEL`."""
    return {axis: _level(value, usual.moods[axis]) for axis, value in axis_values(measurement, usual).items()}


def words(measurement: Measurement, usual: Reference) -> list[str]:
    """At most two adjectives, the most marked first; empty for a track in the middle."""
    return marked(axes(measurement, usual))


def marked(found: Mapping[str, float]) -> list[str]:
    """The same from percentiles (axis -> 0..1) as `axes` gives them and rows keep them."""
    said = sorted((axis for axis in found if found[axis] >= MARKED and axis in WORDS), key=lambda axis: -found[axis])
    return [WORDS[axis] for axis in said[:SAID]]


class MoodFacet:
    """How it feels."""

    name = "mood"
    label = "Mood"
    hint = "Calm or energetic, happy or sad, tender or tense."
    dim = len(COORDINATES) + 1
    default_weight = 0.4
    code = "4"

    def __init__(self, usual: Reference) -> None:
        self._usual = usual

    @property
    def version(self) -> str:
        """Of the code and of the statistics: others make other vectors."""
        return f"{self.code}/{self._usual.version}"

    def vector(self, measurement: Measurement) -> FloatArray:
        """Unit vector [shape=(dim,)]: mood-like tags in deviations, major or minor, valence and arousal, a constant.

        The constant is what a neutral track is made of; two neutral tracks are alike, not two directions of noise.
        """
        layer = TagLayer.shipped()
        deviations = self._usual.tags(measurement.tag_logits)
        tags = deviations[[layer.column(name) for name in VECTOR_TAGS]]
        felt = levels(measurement, self._usual)
        places = [sum(weight * felt[axis] for axis, weight in parts.items()) for parts in CIRCUMPLEX.values()]
        point = np.concatenate([tags, [_mode(measurement.key)], places, [NEUTRAL]])
        return (point / np.linalg.norm(point)).astype(np.float32)

    def badge(self, measurement: Measurement) -> str:
        """ "calm, tender"; empty for a track in the middle."""
        return ", ".join(words(measurement, self._usual))

    def agreement(self, seed: Measurement, other: Measurement) -> str:
        """ "both calm and tender"; empty when they share no word."""
        theirs = words(other, self._usual)
        shared = [word for word in words(seed, self._usual) if word in theirs]
        return f"both {' and '.join(shared)}" if shared else ""


def _cues(measurement: Measurement, usual: Reference) -> dict[str, float]:
    """What is measured without a network, in about deviations; 0 where nothing is known.

    mode: how much likelier all major keys are than all minor ones, which tells more than the best key alone (rank
    correlation with the valence of 200 rated pieces: .50 against .41). noise: how little peaks of the spectrum stand
    above its valleys. beat: how clear the pulse is. pace: tempo in octaves, as far as there is a pulse. For their part
    in what music makes one feel see Gabrielsson and Lindstroem, "The role of structure in the musical expression of
    emotions" (2010), and Eerola, Lartillot and Toiviainen, "Prediction of multidimensional emotional ratings" (2009).
    """
    contrast = usual.colouring(measurement.timbre)[CONTRAST]
    clarity = float(np.clip(np.nan_to_num(measurement.tempo.clarity), 0, 1))
    return {
        "mode": _mode(measurement.key),
        "noise": _standard(-float(contrast.mean()), NOISE),
        "beat": _standard(clarity, BEAT),
        "pace": _standard(clarity * _octaves(measurement.tempo), PACE),
    }


def _standard(value: float, usual: tuple[float, float]) -> float:
    return (value - usual[0]) / usual[1]


def _octaves(tempo: Tempo) -> float:
    """Above the middle, at most two of them."""
    if tempo.bpm is None or not (np.isfinite(tempo.bpm) and tempo.bpm > 0):
        return 0.0
    return float(np.clip(np.log2(tempo.bpm / MIDDLE), -2, 2))


def _level(value: float, grid: FloatArray) -> float:
    """Deviations from the median, one being what lies between it and the 16th or 84th percentile."""
    low, middle, high = np.interp((0.16, 0.5, 0.84), np.linspace(0, 1, len(grid)), grid)
    return float(np.clip((value - middle) / max((high - low) / 2, LEAST_SPREAD), -MOST_LEVEL, MOST_LEVEL))


def _mode(key: Key) -> float:
    """Major above zero, minor below, in deviations from the usual; 0 where no key was heard."""
    profile = np.asarray(key.profile, np.float64)
    if profile.shape != (24,) or not np.isfinite(profile).all() or not key.strength > 0:
        return 0.0
    major = float(np.clip(profile[:12].sum() - profile[12:].sum(), -1, 1))
    return float(np.clip(_standard(major, MODE), -MOST_LEVEL, MOST_LEVEL))
