"""How far rows lie from each other."""

from __future__ import annotations

import numpy as np

from recommender.measurement import FloatArray


def squared(ones: FloatArray, others: FloatArray) -> FloatArray:
    """Squared Euclidean distances [shape=(n, m)] of rows [shape=(n, dim)] from rows [shape=(m, dim)], none below 0.

    One product of matrices; what is nearly the same comes out as the rounding of its length, not as nought.
    """
    lengths = np.sum(ones**2, axis=1)[:, None] + np.sum(others**2, axis=1)[None, :]
    return np.maximum(lengths - 2 * ones @ others.T, 0)
