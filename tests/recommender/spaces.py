"""Made-up vectors for tests of what only sees vectors."""

from __future__ import annotations

import numpy as np

from recommender.measurement import FloatArray


def on_a_sphere(count: int, dim: int, *, seed: int = 0) -> FloatArray:
    """Random unit vectors [shape=(count, dim)]."""
    drawn = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def clusters(sizes: list[int], dim: int, *, width: float = 0.3, seed: int = 0) -> FloatArray:
    """Unit vectors around as many random centres as there are sizes, cluster by cluster [shape=(sum(sizes), dim)]."""
    generator = np.random.default_rng(seed)
    centres = np.repeat(on_a_sphere(len(sizes), dim, seed=seed + 1), sizes, axis=0)
    drawn = centres + generator.normal(size=centres.shape).astype(np.float32) * width / np.sqrt(dim)
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
