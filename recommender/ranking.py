"""From hits to a list for people: reasons, spacing of artists, the same recording only once. Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.facets import FACETS
from recommender.measurement import FloatArray, Measurement

SAME_RECORDING = 0.995  # sound and tempo this close: the same recording on another album
ALIKE = 0.7  # a facet is named as a reason from this percentile of random pairs upwards
PAIRS = 4000


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one facet speaks for a result."""

    facet: str
    label: str
    percentile: float  # closer than this share of random pairs of the library, 0..1
    text: str  # "118 and 120 BPM"; empty when there is nothing to say in words


@dataclass(frozen=True, slots=True)
class Scale:
    """Similarities of random pairs of the library, sorted, per facet: what "alike" means here."""

    quantiles: Mapping[str, FloatArray]

    def percentile(self, facet: str, similarity: float) -> float:
        """Share of random pairs that are less alike, 0..1."""
        known = self.quantiles[facet]
        return float(np.searchsorted(known, similarity, side="left") / max(len(known), 1))


def scale_of(vectors: FloatArray, slices: Mapping[str, slice], *, seed: int = 0) -> Scale:
    """Sample random pairs of stored vectors [shape=(n, dim), n >= 2]; the same vectors give the same scale."""
    count = len(vectors)
    generator = np.random.default_rng(seed)
    left = generator.integers(0, count, PAIRS)
    right = (left + generator.integers(1, count, PAIRS)) % count
    return Scale(
        {
            name: np.sort(np.einsum("ij,ij->i", vectors[left, place], vectors[right, place]))
            for name, place in slices.items()
        }
    )


def reasons(seed: Measurement, other: Measurement, similarity: Mapping[str, float], scale: Scale) -> tuple[Reason, ...]:
    """One reason per facet, in the order of the page."""
    found = []
    for facet in FACETS:
        percentile = scale.percentile(facet.name, similarity[facet.name])
        text = facet.agreement(seed, other)
        found.append(Reason(facet.name, facet.label, percentile, text))
    return tuple(found)


def summary(found: Sequence[Reason], weights: Mapping[str, float]) -> str:
    """One line of words: what the listener asked for first, then what else agrees."""
    wanted = sorted(found, key=lambda reason: -weights.get(reason.facet, 0.0))
    spoken = [reason.text for reason in wanted if reason.text and weights.get(reason.facet, 0.0) > 0]
    if not spoken:
        close = max(found, key=lambda reason: reason.percentile)
        return f"{close.label.lower()} closer than {close.percentile:.0%} of pairs"
    return ", ".join(spoken[:3])


def spaced(artists: Sequence[int], *, most: int) -> list[int]:
    """Positions to keep so that no known artist (not 0) appears more than `most` times; order unchanged."""
    seen: dict[int, int] = {}
    kept = []
    for position, artist in enumerate(artists):
        seen[artist] = seen.get(artist, 0) + 1
        if artist == 0 or seen[artist] <= most:
            kept.append(position)
    return kept


def without_twins(vectors: FloatArray, seed: FloatArray, slices: Mapping[str, slice]) -> NDArray[np.intp]:
    """Positions of rows that are neither the seed's nor an earlier row's recording once more."""
    sound = slices["sound"]
    kept: list[int] = []
    shown = [seed[sound]]
    for position, row in enumerate(vectors[:, sound]):
        if max(float(row @ other) for other in shown) < SAME_RECORDING:
            kept.append(position)
            shown.append(row)
    return np.asarray(kept, dtype=np.intp)
