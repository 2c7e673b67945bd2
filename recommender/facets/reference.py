"""What is usual in music: the statistics against which every track is seen, fitted once on a broad free corpus.

`manage.py fit_reference` makes the shipped file; docs/encoder.md names the corpus.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.measurement import FloatArray

SHIPPED = Path(__file__).parents[1] / "data" / "reference.npz"

HEARD_DIM = 128  # principal components of the embedding in the sound facet; docs/experiments.md compares
TIMBRE_DIM = 48  # and of the timbre
# Power of one over a component's deviation; 1 would make all count alike. A little of it raised the retrieval of albums
# on music that the fit had not seen; all of it costs genre and mood (docs/experiments.md).
WHITENING = 0.25
QUANTILES = 101  # of each mood axis: percentiles
# Variance within tracks that is added in every direction, against the mean of all: what a few thousand windows show as
# the least of it is less than there is (docs/experiments.md).
FLOOR = 0.3
RIDGE = 0.1  # of `fit_directions`, against the mean variance; from 0.01 to 0.3 nothing changes
FAR = 8.0  # deviations at which a value is cut: nothing in music is further out, and one number must not rule a vector
TINY = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Statistics of a corpus. Two are the same only if they are one: what follows from them is kept by identity."""

    version: str
    tracks: int
    mean: FloatArray  # [shape=(dim,)] of the embedding
    deviation: FloatArray
    components: FloatArray  # [shape=(dim, HEARD_DIM)], see `fit_components`
    timbre_mean: FloatArray  # [shape=(features.timbre.DIM,)]
    timbre_deviation: FloatArray
    timbre_components: FloatArray  # [shape=(features.timbre.DIM, TIMBRE_DIM)]
    loudness: FloatArray  # [shape=(2,)] mean and deviation, LUFS
    logit_mean: FloatArray  # [shape=(tags,)]
    logit_deviation: FloatArray
    tag_directions: FloatArray  # [shape=(HEARD_DIM, tags)], see `fit_directions`
    moods: Mapping[str, FloatArray]  # axis -> its quantiles [shape=(QUANTILES,)], ascending
    similarity_deviation: Mapping[str, float]  # facet -> standard deviation of its similarity over random pairs
    facet_versions: Mapping[str, str]  # the facets with which that was measured

    def sound(self, embedding: FloatArray) -> FloatArray:
        """Deviations from what encoders usually hear, on the principal components [shape=(HEARD_DIM,)]."""
        return (standardised(embedding, self.mean, self.deviation) @ self.components).astype(np.float32)

    def colour(self, timbre: FloatArray) -> FloatArray:
        """Deviations from the usual timbre, on its components [shape=(TIMBRE_DIM,)]; zero where it was not measured."""
        return (self.colouring(timbre) @ self.timbre_components).astype(np.float32)

    def colouring(self, timbre: FloatArray) -> FloatArray:
        """Timbre in deviations from the usual [shape=(features.timbre.DIM,)]; zero where it was not measured."""
        if len(timbre) != len(self.timbre_mean):
            return np.zeros(len(self.timbre_mean), np.float32)
        return standardised(timbre, self.timbre_mean, self.timbre_deviation)

    def louder(self, loudness: float | None) -> float:
        """Loudness in deviations from the usual, 0 where it is not known."""
        if loudness is None:
            return 0.0
        return float(standardised(np.array([loudness], np.float32), self.loudness[:1], self.loudness[1:])[0])

    def tags(self, logits: FloatArray) -> FloatArray:
        """Tag logits in deviations from the usual [shape=(tags,)]."""
        return standardised(logits, self.logit_mean, self.logit_deviation)


class Outdated(Exception):
    """Stored statistics are of another shape than this code reads; the message says what to do."""


@cache
def shipped() -> Reference:
    """The statistics that come with this code."""
    return read(SHIPPED.read_bytes())


def standardised(values: FloatArray, mean: FloatArray, deviation: FloatArray) -> FloatArray:
    """(values - mean) / deviation, finite for any input."""
    known = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=1e30, neginf=-1e30)
    cut: FloatArray = np.clip((known - mean) / deviation, -FAR, FAR).astype(np.float32)
    return cut


def fit_components(
    values: FloatArray, dim: int, within: NDArray[np.float64] | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean, deviation and scaled principal components of values.

    Parameters
    ----------
    values : array [shape=(n, d)]
        One row a track.
    dim : int
        How many components.
    within : array [shape=(d, d)], optional
        Covariance within tracks. What changes from one passage of a track to the next counts less than what tells
        tracks apart (within-class covariance normalisation, Hatch et al. 2006; every track is a class).
    """
    mean = values.mean(axis=0, dtype=np.float64)
    deviation = np.maximum(values.std(axis=0, dtype=np.float64), TINY)
    calmed = np.eye(len(mean)) if within is None else _calming(within / np.outer(deviation, deviation))
    _, spread, rows = np.linalg.svd((values - mean) / deviation @ calmed, full_matrices=False)
    rows, spread = rows[:dim], np.maximum(spread[:dim], TINY)
    rows *= np.sign(rows[np.arange(len(rows)), np.abs(rows).argmax(axis=1)])[:, None]  # LAPACK leaves the sign open
    rows *= (spread[0] / spread)[:, None] ** WHITENING
    return mean.astype(np.float32), deviation.astype(np.float32), (calmed @ rows.T).astype(np.float32)


def _calming(within: NDArray[np.float64]) -> NDArray[np.float64]:
    """The matrix [shape=(d, d)] after which passages of one track vary about equally in all directions."""
    variances, directions = np.linalg.eigh(within / max(np.trace(within) / len(within), TINY))
    return (directions / np.sqrt(np.maximum(variances, 0) + FLOOR)) @ directions.T


def fit_directions(points: FloatArray, tags: FloatArray) -> FloatArray:
    """Directions of the sound in which each tag rises, as far as the components still tell it [shape=(dim, tags)].

    Ridge regression: the tag layer itself is linear in the embedding, but components that were chosen to tell tracks
    apart keep only a part of what it reads.

    Parameters
    ----------
    points : array [shape=(n, dim)]
        `Reference.sound` of each track.
    tags : array [shape=(n, tags)]
        `Reference.tags` of the same tracks.
    """
    unit = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), TINY)
    square = unit.T.astype(np.float64) @ unit
    square[np.diag_indices_from(square)] += RIDGE * np.trace(square) / len(square)
    return np.linalg.solve(square, unit.T @ tags).astype(np.float32)


def quantiles(values: Sequence[float]) -> FloatArray:
    """Percentile grid of a sample [shape=(QUANTILES,)]."""
    return np.quantile(np.asarray(values, np.float64), np.linspace(0, 1, QUANTILES)).astype(np.float32)


def percentile(value: float, grid: FloatArray) -> float:
    """Share of the reference below a value, 0..1."""
    return float(np.interp(value, grid, np.linspace(0, 1, len(grid))))


def write(reference: Reference) -> bytes:
    """As a compressed npz; mappings become "field/key" arrays."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for field in fields(reference):
        value = getattr(reference, field.name)
        if isinstance(value, Mapping):
            arrays.update({f"{field.name}/{key}": np.asarray(item) for key, item in value.items()})
        else:
            arrays[field.name] = np.asarray(value)
    file = BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def read(stored: bytes) -> Reference:
    """Read what `write` gave.

    Raises
    ------
    Outdated
        For what other code wrote: a field is missing, or has another number of components.
    """
    with np.load(BytesIO(stored), allow_pickle=False) as data:
        _check(data)
        return Reference(
            version=str(data["version"]),
            tracks=int(data["tracks"]),
            mean=data["mean"],
            deviation=data["deviation"],
            components=data["components"],
            timbre_mean=data["timbre_mean"],
            timbre_deviation=data["timbre_deviation"],
            timbre_components=data["timbre_components"],
            loudness=data["loudness"],
            logit_mean=data["logit_mean"],
            logit_deviation=data["logit_deviation"],
            tag_directions=data["tag_directions"],
            moods={key: data[f"moods/{key}"] for key in _keys(data, "moods")},
            similarity_deviation={
                key: float(data[f"similarity_deviation/{key}"]) for key in _keys(data, "similarity_deviation")
            },
            facet_versions={key: str(data[f"facet_versions/{key}"]) for key in _keys(data, "facet_versions")},
        )


def _check(data: Mapping[str, NDArray[np.generic]]) -> None:
    lacking = [field.name for field in fields(Reference) if field.name not in data and not _keys(data, field.name)]
    if lacking:
        raise Outdated(f"these statistics lack {', '.join(lacking)}: run `manage.py fit_reference` again")
    found = (data["components"].shape[-1], data["timbre_components"].shape[-1])
    if found != (HEARD_DIM, TIMBRE_DIM):
        raise Outdated(f"these statistics have {found} components, not {(HEARD_DIM, TIMBRE_DIM)}: fit them again")


def _keys(data: Mapping[str, NDArray[np.generic]], field: str) -> list[str]:
    return [name.partition("/")[2] for name in data if name.startswith(f"{field}/")]
