"""From a corpus of measurements to the statistics that facets read."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from recommender.facets import FACETS, mood, reference
from recommender.facets.base import Facet
from recommender.facets.reference import Reference
from recommender.measurement import FloatArray, Measurement

PAIRS = 20_000
LEAST_SPREAD = 0.05  # of a similarity: music that is all in one key must not make the rest of "key" count endlessly
FEWEST = 2 * reference.HEARD_DIM  # tracks below which principal components would mean nothing


def fit(measurements: Sequence[Measurement], version: str) -> Reference:
    """Fit the reference statistics.

    Mood percentiles depend on the means, similarities on both: each is measured in a pass that sees the one before.

    Parameters
    ----------
    measurements : sequence
        Of as broad a corpus as can be had, no artist overrepresented. Those from before there was timbre do not count.
    version : str
        Name of the result.

    Raises
    ------
    ValueError
        For fewer than `FEWEST` tracks.
    """
    measurements = [one for one in measurements if len(one.timbre) and one.loudness is not None]
    if len(measurements) < FEWEST:
        raise ValueError(f"{len(measurements)} tracks are too few for a reference, {FEWEST} are needed")
    heard = np.stack([one.embedding for one in measurements])
    mean, deviation, components = reference.fit_components(heard, reference.HEARD_DIM)
    colour = reference.fit_components(np.stack([one.timbre for one in measurements]), reference.TIMBRE_DIM)
    loudness = np.array([one.loudness for one in measurements], np.float64)
    logits = np.stack([one.tag_logits for one in measurements])
    first = Reference(
        version=version,
        tracks=len(measurements),
        mean=mean,
        deviation=deviation,
        components=components,
        timbre_mean=colour[0],
        timbre_deviation=colour[1],
        timbre_components=colour[2],
        loudness=np.array([loudness.mean(), max(loudness.std(), reference.TINY)], np.float32),
        logit_mean=logits.mean(axis=0, dtype=np.float64).astype(np.float32),
        logit_deviation=np.maximum(logits.std(axis=0, dtype=np.float64), reference.TINY).astype(np.float32),
        moods={},
        similarity_deviation={},
        facet_versions={facet.name: code_version(facet) for facet in FACETS},
    )
    with reference.using(first):
        raw = [mood.axis_values(one) for one in measurements]
    moods = {axis: reference.quantiles([values[axis] for values in raw]) for axis in mood.AXES}
    second = dataclasses.replace(first, moods=moods)
    with reference.using(second):
        spread = {facet.name: _spread(np.stack([facet.vector(one) for one in measurements])) for facet in FACETS}
    return dataclasses.replace(second, similarity_deviation=spread)


def code_version(facet: Facet) -> str:
    """Version of a facet without that of the statistics it reads, which are about to change."""
    return facet.version.partition("/")[0]


def _spread(vectors: FloatArray) -> float:
    """Standard deviation of the similarity over random pairs [shape=(n, dim)]."""
    generator = np.random.default_rng(0)
    left = generator.integers(0, len(vectors), PAIRS)
    right = (left + generator.integers(1, len(vectors), PAIRS)) % len(vectors)
    return max(float(np.einsum("ij,ij->i", vectors[left], vectors[right]).std()), LEAST_SPREAD)
