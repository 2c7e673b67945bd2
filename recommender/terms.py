"""What words ask for, as vectors: terms with directions of the facets, and their sum, which is one question.

The encoder's tag layer is linear, so a weighting of tags is a direction in the space of embeddings, and by regression a
direction of the sound facet in the index. Mood words are weights of the same tags on the mood facet, a tempo
and a key are what a track of that tempo and key would store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from recommender.encoders.tag_layer import TagLayer
from recommender.facets import mood, tempo
from recommender.facets.reference import Reference
from recommender.facets.sound import SoundFacet
from recommender.measurement import GRID, FloatArray, Tempo
from recommender.phrases import Unknown
from recommender.query import Layout, Part

POSITION = 0.5  # of the slider of a facet that the words speak of
SHARP, BROAD = 0.02, 0.12  # octaves: "90 bpm"; "andante"
# Octaves from the middle at which a word means "slower" or "faster" rather than a tempo, and how far beyond its tempo
# such a word points: nothing is too slow for "slow".
AWAY, BEYOND = 0.35, 1.5
LEAST_SAMPLE = 8  # tracks from which a spread is more than an accident
# How much of what keeps hubs away counts: all would hold it against metal that there is much (docs/experiments.md).
CORRECTION = 0.25


@dataclass(frozen=True, slots=True)
class Term:
    """Something that was understood."""

    typed: str
    meaning: str  # for the chip beside the answer: "piano", "about 90 BPM"
    strength: float  # below 0: not wanted
    directions: Mapping[str, FloatArray]  # facet -> unit vector [shape=(facet.dim,)]
    shares: Mapping[str, float] = field(default_factory=dict)  # facet -> part of the strength; 1 where none is given


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text means."""

    terms: tuple[Term, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    bpm: tuple[float | None, float | None] = (None, None)  # bounds that a search must keep
    tempo: float | None = None  # BPM that was named: what has it comes before all else
    without_artists: frozenset[int] = frozenset()  # refused by name


@dataclass(frozen=True, slots=True)
class WordsQuery:
    """A reading as `query.weighted` wants it."""

    vector: FloatArray  # [shape=(layout.dim,)] in the stored layout, not yet weighted
    positions: dict[str, float] = field(default_factory=dict)  # of the sliders


def question(reading: Reading, layout: Layout, sample: FloatArray) -> WordsQuery:
    """Add up the terms, each as strong as it was said.

    Parameters
    ----------
    reading : Reading
        With at least one term, or the vector is zero.
    layout : Layout
        Of the index version that will be asked.
    sample : array [shape=(n, layout.dim)]
        Stored vectors of the library. Terms are made to differ equally much among them, so that "calm" and "piano"
        have the same say; empty when nothing is known.
    """
    vector, positions = np.zeros(layout.dim, np.float32), dict[str, float]()
    for part in layout.parts:
        for term in reading.terms:
            if (direction := _spoken(term, part)) is not None:
                say = term.strength * term.shares.get(part.name, 1.0)
                vector[part.place] += say * direction / _spread(direction, sample[:, part.place], part) / part.scale
                positions[part.name] = POSITION
    return WordsQuery(vector, positions)


def fits(term: Term, vectors: FloatArray, layout: Layout) -> FloatArray:
    """How much stored vectors [shape=(n, dim)] are what a term names [shape=(n,)], wanted or not; no unit."""
    total = np.zeros(len(vectors), np.float32)
    for part in layout.parts:
        if (direction := _spoken(term, part)) is not None:
            here = vectors[:, part.place] @ direction
            total += term.shares.get(part.name, 1.0) * part.scale * here
    return total


def tempo_direction(bpm: float, width: float = SHARP) -> FloatArray:
    """What the tempo facet would store of a clear beat at about this tempo [shape=(TempoFacet.dim,)]."""
    posterior = np.exp(-0.5 * (np.log2(GRID / bpm) / width) ** 2)
    return tempo.vector_of(Tempo(bpm, 1.0, 1.0, 0.0, (posterior / posterior.sum()).astype(np.float32)))


def pace_direction(bpm: float) -> FloatArray:
    """What a word for a tempo asks for: "slow" is no 128 BPM, although 64 and 128 are close to a dancer."""
    if not is_pace(bpm):
        return tempo_direction(bpm, BROAD)
    return tempo.pace(bpm * 2.0 ** (BEYOND if bpm > mood.MIDDLE else -BEYOND))


def axis_direction(axis: str) -> FloatArray:
    """The way along a mood axis in the mood facet [shape=(MoodFacet.dim,)]."""
    places = {place: parts[axis] for place, parts in mood.CIRCUMPLEX.items() if axis in parts}
    return mood_direction({**mood.AXES[axis], **places})


def sound_direction(weights: Mapping[str, float], usual: Reference) -> FloatArray:
    """Where these tags' deviations, so weighted, rise the fastest in the sound facet [shape=(SoundFacet.dim,)]."""
    wanted = np.array([weights.get(name, 0.0) for name in TagLayer.shipped().names], np.float32)
    heard = usual.tag_directions @ wanted
    return unit(np.pad(heard, (0, SoundFacet.dim - len(heard))))  # words say nothing about timbre in numbers


def mood_direction(weights: Mapping[str, float]) -> FloatArray:
    """The same for the mood facet [shape=(MoodFacet.dim,)]; zero when none of the tags belongs to it."""
    way = np.zeros(mood.MoodFacet.dim, np.float32)
    way[: len(mood.COORDINATES)] = [weights.get(name, 0.0) for name in mood.COORDINATES]
    return unit(way)


def is_pace(bpm: float) -> bool:
    """Whether a word of this tempo means slower or faster than usual."""
    return abs(float(np.log2(bpm / mood.MIDDLE))) >= AWAY


def unit(vector: FloatArray) -> FloatArray:
    """A vector of length one in the same direction; zero stays zero."""
    return (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)


def _spoken(term: Term, part: Part) -> FloatArray | None:
    """What a term says to a facet; nothing to an index of before an upgrade that holds another length of it."""
    direction = term.directions.get(part.name)
    return direction if direction is not None and len(direction) == part.dim else None


def _spread(direction: FloatArray, sample: FloatArray, part: Part) -> float:
    """How much tracks differ along a direction; where no tracks are known, as much as random pairs do."""
    if len(sample) < LEAST_SAMPLE:
        return 1 / part.scale
    return max(float((sample @ direction).std()), 1e-3)
