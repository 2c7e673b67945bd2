"""Questions as vectors. Every question is one inner-product search; only the query vector differs.

    score(q, t) = sum over facets of  weight_f * scale_f * (<q_f, t_f> - share_f * crowding_f(t))

Stored vectors are plain concatenations of unit facets; weights and scales are put into the query alone, so one graph
serves every position of the sliders. `scale` is one over the standard deviation of the facet's similarity over random
pairs: equal weights move the ranking equally. What stands behind the minus keeps hubs away, see `crowding`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from recommender import crowding
from recommender.facets import SLOPES, scales, seen_by
from recommender.facets.reference import Reference
from recommender.measurement import FloatArray, Measurement

EFFORT, MORE_EFFORT, MOST_EFFORT = 512, 1024, 2048  # HNSW ef; recall@20 measured at these, see docs/quality.md
LOPSIDED, ALONE = 0.6, 0.9  # share of all weight on one facet
CROWDING = "crowding"  # the part of a layout that has no slider
# Of likes and of many skips against the seed (see the simulated listener in docs/quality.md), and of skips as long as
# nothing is liked: the first is often the seed itself or like it, and all of it would leave nothing to go by.
PULL, PUSH, PUSH_ALONE = 2.0, 1.5, 0.6
REST = 0.02  # what is left of the other side when a slider stands at its end; sets how much the end rules


@dataclass(frozen=True, slots=True)
class Part:
    """One facet's place in the stored vector."""

    name: str
    start: int
    stop: int
    version: str
    scale: float

    @property
    def place(self) -> slice:
        """Where it lies, for arrays whose last axis is a vector's."""
        return slice(self.start, self.stop)

    @property
    def dim(self) -> int:
        """How many numbers it takes."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each facet lies. Stored with every index version, so that old versions stay searchable."""

    parts: tuple[Part, ...]

    @property
    def facets(self) -> tuple[Part, ...]:
        """What has a slider: all parts but the one that keeps hubs away."""
        return tuple(part for part in self.parts if part.name != CROWDING)

    def place(self, name: str) -> slice | None:
        """Where a part lies, None when this layout has none of that name."""
        return next((part.place for part in self.parts if part.name == name), None)

    @property
    def places(self) -> dict[str, slice]:
        """Where each part lies, by its name."""
        return {part.name: part.place for part in self.parts}

    @property
    def dim(self) -> int:
        """Length of the stored vector."""
        return self.parts[-1].stop

    @property
    def fingerprint(self) -> str:
        """Equal for layouts whose stored vectors mean the same."""
        facts = [(part.name, part.start, part.stop, part.version) for part in self.parts]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]

    def to_json(self) -> list[dict[str, Any]]:
        """As plain data for a JSON column."""
        return [asdict(part) for part in self.parts]

    @classmethod
    def from_json(cls, stored: Sequence[Mapping[str, Any]]) -> Layout:
        """Read what `to_json` wrote."""
        return cls(tuple(Part(**part) for part in stored))


def present_layout(usual: Reference) -> Layout:
    """The layout that the facets of this code produce with these statistics."""
    parts, start, scale = [], 0, scales(usual)
    for facet in seen_by(usual):
        parts.append(Part(facet.name, start, start + facet.dim, facet.version, scale[facet.name]))
        start += facet.dim
    parts.append(Part(CROWDING, start, start + crowding.DIM, crowding.VERSION, 1.0))
    return Layout(tuple(parts))


def vector(measurement: Measurement, usual: Reference) -> FloatArray:
    """A track as it is stored: its facets, one after the other, and nothing yet about hubs [shape=(layout.dim,)]."""
    seen = (facet.vector(measurement) for facet in seen_by(usual))
    return np.concatenate([*seen, crowding.unknown(1)[0]]).astype(np.float32)


def crowded(vectors: FloatArray, landmarks: FloatArray, layout: Layout) -> FloatArray:
    """Stored vectors with the coordinates that keep hubs away, as the index searches them [shape=(n, dim)].

    All rows of an index must be measured against about the same landmarks: a fair sample of at most
    `crowding.LANDMARKS` stored vectors of the library, drawn anew when it has grown by a tenth.
    """
    place = layout.place(CROWDING)
    if place is None:
        return vectors
    corrected = [layout.place(name) for name in crowding.corrected(place)]
    found = vectors.copy()
    found[:, place] = crowding.coordinates(vectors, landmarks, [one for one in corrected if one is not None])
    return found


def strength(position: float) -> float:
    """What a facet counts whose slider stands at `position`, -1..1: the odds of the position.

    The middle counts about 1, the end 50: a slider at its end rules whatever the others say, which a straight
    line cannot do, and sliders that stand alike count alike. Negative positions ask for the opposite.
    """
    size = min(abs(position), 1.0)
    return float(np.sign(position) * size / (1.0 + REST - size))


def weighting(positions: Mapping[str, float], layout: Layout) -> FloatArray:
    """What each coordinate of a facet counts at these positions of the sliders [shape=(dim,)]."""
    weights = np.zeros(layout.dim, np.float32)
    for part in layout.facets:
        weights[part.place] = strength(positions.get(part.name, 0.0)) * part.scale
    return weights


def sloped(vectors: FloatArray, layout: Layout) -> FloatArray:
    """Seeds for whoever looks for a way [shape=(..., dim)]: far from them, too, nearer tracks are more alike."""
    found = vectors.copy()
    for part in layout.facets:
        if (slope := SLOPES.get((part.name, part.version))) is not None:
            found[..., part.place] *= slope
    return found


def weighted(
    seed: FloatArray, positions: Mapping[str, float], layout: Layout, *, correction: float = 1.0
) -> FloatArray:
    """Put the positions of the sliders into a seed vector; facets without a slider count nothing.

    `correction`: how much of what keeps hubs away is held against tracks.
    """
    question = (seed * weighting(positions, layout)).astype(np.float32)
    place = layout.place(CROWDING)
    if place is not None:
        for at, name in enumerate(crowding.corrected(place), start=place.start):
            # As long as the weighted facet is: of a blend of different tracks similarities are smaller all over.
            length = float(np.linalg.norm(question[layout.place(name)]))
            question[at] = -correction * crowding.SHARES[name] * np.copysign(length, positions.get(name, 0.0))
        question[place.stop - 1] = 0.0
    return question


def similarities(seed: FloatArray, others: FloatArray, layout: Layout) -> dict[str, FloatArray]:
    """Per facet, the similarity of a seed to each row of `others` [shape=(n, dim)], each in -1..1."""
    return {
        part.name: others[:, part.place] @ seed[part.place] / max(float(np.linalg.norm(seed[part.place])), 1e-6)
        for part in layout.facets
    }


def blend(seeds: Sequence[FloatArray], minus: Sequence[FloatArray] = ()) -> FloatArray:
    """Point into the middle of several tracks and away from others [shape=(dim,)]."""
    middle = np.mean(seeds, axis=0)
    return (middle - np.mean(minus, axis=0) / 2 if len(minus) else middle).astype(np.float32)


def steer(
    seed: FloatArray, liked: Sequence[FloatArray], skipped: Sequence[FloatArray], *, decay: float = 0.8
) -> FloatArray:
    """Move a seed towards what was liked and away from what was skipped.

    Rocchio's relevance feedback (Rocchio 1971, in Salton: The SMART Retrieval System) with weights that fade with age.

    Parameters
    ----------
    seed : array [shape=(dim,)]
    liked, skipped : sequences of arrays [shape=(dim,)], newest first
    decay : how much less the next older opinion counts, 0..1
    """
    push = PUSH * (1 - decay ** len(skipped))  # one skip may be a whim, five are a wish
    if not len(liked):
        push = min(push, PUSH_ALONE)
    return (seed + PULL * _faded(liked, decay, seed) - push * _faded(skipped, decay, seed)).astype(np.float32)


def effort(positions: Mapping[str, float], *, blended: bool = False, filtered: bool = False) -> int:
    """How hard the graph must be searched for a recall@20 of at least .99 at these positions of the sliders.

    The graph connects tracks that are alike in all facets; the more one facet rules, the further the way through it.
    """
    sizes = [abs(strength(position)) for position in positions.values()]
    share = max(sizes, default=0.0) / max(sum(sizes), 1e-9)
    if filtered or blended or share > ALONE or any(position < 0 for position in positions.values()):
        return MOST_EFFORT
    return MORE_EFFORT if share > LOPSIDED else EFFORT


def _faded(vectors: Sequence[FloatArray], decay: float, like: FloatArray) -> FloatArray:
    if not len(vectors):
        return np.zeros_like(like)
    weights = decay ** np.arange(len(vectors), dtype=np.float32)
    return np.average(np.stack(vectors), axis=0, weights=weights).astype(np.float32)
