"""Ways to rank all recordings for each recording: ours at given sliders, the rival's, and chance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender import query
from recommender.evaluation.metrics import Ranking, rank
from recommender.measurement import FloatArray
from recommender.query import Layout


def ours(vectors: FloatArray, positions: Mapping[str, float], layout: Layout) -> Ranking:
    """The site's own question for every recording: the same vectors, the same weights [shape=(n, n - 1)]."""
    questions = np.stack([query.weighted(vector, positions, layout) for vector in vectors])
    return rank((questions @ vectors.T).astype(np.float64))


def cosine(vectors: FloatArray) -> Ranking:
    """Rank by the angle between vectors [shape=(n, dim)], as the rival does."""
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return rank((units @ units.T).astype(np.float64))


def chance(count: int) -> Ranking:
    """One random order per query, the same in every run."""
    return rank(np.random.default_rng(1).random((count, count)))
