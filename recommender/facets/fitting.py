"""From a corpus of measurements to the statistics that facets read."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.facets import FACETS, mood, reference, seen_by
from recommender.facets.reference import Reference
from recommender.measurement import FloatArray, Measurement, Passages

PAIRS = 20_000
LEAST_SPREAD = 0.05  # of a similarity: music that is all in one key must not make the rest of "key" count endlessly
FEWEST = 192  # tracks below which the middle and the spread of music would mean little, and components less

Space = tuple[FloatArray, FloatArray, FloatArray]  # mean, deviation, components: see `reference.fit_components`


def fit(measurements: Sequence[Measurement], version: str, passages: Sequence[Passages] = ()) -> Reference:
    """Fit the reference statistics.

    Mood percentiles depend on the means, similarities on both: each is measured in a pass that sees the one before.

    Parameters
    ----------
    measurements : sequence
        Of as broad a corpus as can be had, no artist overrepresented. Those from before there was timbre do not count.
    version : str
        Name of the result.
    passages : sequence, optional
        The tracks piece by piece. Without them the components of the shipped statistics stay and only the middle moves:
        what changes within a piece of music is a property of the ears, not of the library.

    Raises
    ------
    ValueError
        For fewer than `FEWEST` tracks.
    """
    measurements = [one for one in measurements if len(one.timbre) and one.loudness is not None]
    if len(measurements) < FEWEST:
        raise ValueError(f"{len(measurements)} tracks are too few for a reference, {FEWEST} are needed")
    heard = np.stack([one.embedding for one in measurements])
    colour = np.stack([one.timbre for one in measurements])
    sounds, colours = _learned(heard, colour, passages) if passages else _moved(heard, colour)
    loudness = np.array([one.loudness for one in measurements], np.float64)
    logits = np.stack([one.tag_logits for one in measurements])
    first = Reference(
        version=version,
        tracks=len(measurements),
        mean=sounds[0],
        deviation=sounds[1],
        components=sounds[2],
        timbre_mean=colours[0],
        timbre_deviation=colours[1],
        timbre_components=colours[2],
        loudness=np.array([loudness.mean(), max(loudness.std(), reference.TINY)], np.float32),
        logit_mean=_middle(logits),
        logit_deviation=np.maximum(logits.std(axis=0, dtype=np.float64), reference.TINY).astype(np.float32),
        tag_directions=np.zeros((reference.HEARD_DIM, logits.shape[1]), np.float32),
        moods={},
        similarity_deviation={},
        facet_versions={},
    )
    points = np.stack([first.sound(row) for row in heard])
    raw = [mood.axis_values(one, first) for one in measurements]
    second = dataclasses.replace(
        first,
        tag_directions=reference.fit_directions(points, np.stack([first.tags(row) for row in logits])),
        moods={axis: reference.quantiles([values[axis] for values in raw]) for axis in mood.AXES},
        facet_versions={facet.name: facet.code for facet in FACETS},
    )
    spread = {facet.name: _spread(np.stack([facet.vector(one) for one in measurements])) for facet in seen_by(second)}
    return dataclasses.replace(second, similarity_deviation=spread)


def _within(tracks: Sequence[FloatArray]) -> NDArray[np.float64]:
    """Mean covariance within tracks [shape=(d, d)], each [shape=(passages, d)]; those of one passage say nothing."""
    several = [one for one in tracks if len(one) > 1]
    if not several:
        raise ValueError("no track is long enough for two passages; what varies within tracks cannot be measured")
    total = np.zeros((several[0].shape[1], several[0].shape[1]))
    for one in several:
        total += np.cov(one.T.astype(np.float64))
    return total / len(several)


def _learned(heard: FloatArray, colour: FloatArray, passages: Sequence[Passages]) -> tuple[Space, Space]:
    """Components of the embeddings and of the timbres, by what tells tracks apart."""
    return (
        reference.fit_components(heard, reference.HEARD_DIM, _within([one.embeddings for one in passages])),
        reference.fit_components(colour, reference.TIMBRE_DIM, _within([one.timbres for one in passages])),
    )


def _moved(heard: FloatArray, colour: FloatArray) -> tuple[Space, Space]:
    """The shipped components around another middle; own ones where an encoder of another size heard."""
    usual = reference.shipped()
    if heard.shape[1] == len(usual.mean):
        sounds = (_middle(heard), usual.deviation, usual.components)
    else:
        sounds = reference.fit_components(heard, reference.HEARD_DIM)
    return sounds, (_middle(colour), usual.timbre_deviation, usual.timbre_components)


def _middle(values: FloatArray) -> FloatArray:
    return values.mean(axis=0, dtype=np.float64).astype(np.float32)


def _spread(vectors: FloatArray) -> float:
    """Standard deviation of the similarity over random pairs [shape=(n, dim)]."""
    generator = np.random.default_rng(0)
    left = generator.integers(0, len(vectors), PAIRS)
    right = (left + generator.integers(1, len(vectors), PAIRS)) % len(vectors)
    return max(float(np.einsum("ij,ij->i", vectors[left], vectors[right]).std()), LEAST_SPREAD)
