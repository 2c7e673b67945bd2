"""Ways to rank all recordings for each recording: ours at given sliders, the rival's, and chance; and for terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from recommender import crowding, query, terms
from recommender.evaluation.listener import Ask
from recommender.evaluation.metrics import Ranking, rank
from recommender.measurement import FloatArray
from recommender.query import Layout
from recommender.terms import Reading


def indexed(stored: Sequence[FloatArray], layout: Layout) -> FloatArray:
    """Stored vectors as the site's index would hold them [shape=(n, dim)]."""
    vectors = np.stack(stored)
    sample = np.random.default_rng(0).permutation(len(vectors))[: crowding.LANDMARKS]
    return query.crowded(vectors, vectors[sample], layout)


def ours(vectors: FloatArray, positions: Mapping[str, float], layout: Layout) -> Ranking:
    """The site's own question for every recording: the same vectors, the same weights [shape=(n, n - 1)]."""
    ask = asking(vectors, positions, layout)
    return rank(np.stack([ask(vector) for vector in vectors]).astype(np.float64))


def asking(vectors: FloatArray, positions: Mapping[str, float], layout: Layout) -> Ask:
    """The site's search in a library of these stored vectors [shape=(n, dim)], with the sliders in it."""
    return lambda seed: vectors @ query.weighted(seed, positions, layout)


def spoken(reading: Reading, vectors: FloatArray, layout: Layout) -> FloatArray:
    """The site's answer to words among stored vectors [shape=(n, dim)]: a score a track [shape=(n,)]."""
    asked = terms.question(reading, layout, vectors)
    return vectors @ query.weighted(asked.vector, asked.positions, layout, correction=terms.CORRECTION)


def cosine(vectors: FloatArray) -> Ranking:
    """Rank by the angle between vectors [shape=(n, dim)], as the rival does."""
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return rank((units @ units.T).astype(np.float64))


def chance(count: int) -> Ranking:
    """One random order per query, the same in every run."""
    return rank(np.random.default_rng(1).random((count, count)))
