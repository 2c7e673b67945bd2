"""The simulated listener: feedback helps where the taste can be heard, and nowhere else."""

from __future__ import annotations

import numpy as np

from recommender.evaluation import listener

N, DIM = 120, 16


def library(strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Two tastes whose centres lie `strength` apart, in noise."""
    generator = np.random.default_rng(3)
    taste = np.arange(N) % 2
    vectors = generator.normal(size=(N, DIM))
    vectors[:, 0] += strength * (2 * taste - 1)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), taste


def gain(vectors: np.ndarray, taste: np.ndarray) -> float:
    before, after = listener.gains(vectors, lambda seed: vectors @ seed, taste)
    return float(np.nanmean(after - before))


def test_a_taste_that_can_be_heard_is_learnt() -> None:
    assert gain(*library(0.8)) > 0.1


def test_a_taste_that_cannot_be_heard_is_not() -> None:
    vectors, taste = library(0.0)
    assert abs(gain(vectors, np.random.default_rng(5).permutation(taste))) < 0.08


def test_tracks_without_a_label_take_no_part() -> None:
    vectors, taste = library(0.8)
    taste = np.where(np.arange(N) < 20, -1, taste)
    before, after = listener.gains(vectors, lambda seed: vectors @ seed, taste)
    assert np.isnan(before[:20]).all()
    assert np.isnan(after[:20]).all()
    assert np.isfinite(after[20:]).all()


def test_too_little_to_find_is_said_so() -> None:
    vectors, _ = library(0.8)
    taste = np.full(N, -1)
    taste[:3] = [0, 0, 1]
    before, _ = listener.gains(vectors, lambda seed: vectors @ seed, taste)
    assert np.isnan(before).all()
