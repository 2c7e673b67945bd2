"""The map: neighbours stay neighbours, old places stay, newcomers land among their like."""

from __future__ import annotations

import numpy as np
import pytest

from recommender import projection
from tests.recommender.spaces import clusters, on_a_sphere

SIZES = [25, 25, 25, 25]
LABELS = np.repeat(np.arange(4), SIZES)


def own_cluster(points: np.ndarray, others: np.ndarray, labels: np.ndarray, other_labels: np.ndarray) -> float:
    """Share of points whose nearest among the others is of their own cluster."""
    apart = np.linalg.norm(points[:, None] - others[None], axis=2)
    apart[apart == 0] = np.inf
    return float((other_labels[apart.argmin(axis=1)] == labels).mean())


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return clusters(SIZES, 48, width=0.8)


@pytest.fixture(scope="module")
def first(vectors: np.ndarray) -> np.ndarray:
    return projection.fit(vectors)


def test_clusters_stay_together(vectors: np.ndarray, first: np.ndarray) -> None:
    assert own_cluster(first, first, LABELS, LABELS) > 0.98
    assert first.min() > 0
    assert first.max() < 1


def test_the_same_vectors_give_the_same_map(vectors: np.ndarray, first: np.ndarray) -> None:
    assert np.array_equal(projection.fit(vectors.copy()), first)


def test_old_places_stay_when_the_library_grows(vectors: np.ndarray, first: np.ndarray) -> None:
    old = np.full((110, 2), np.nan, np.float32)
    generator = np.random.default_rng(0)
    grown = np.vstack([vectors, on_a_sphere(1, 48, seed=9) + generator.normal(0, 0.05, (10, 48))]).astype(np.float32)
    old[:100] = first
    again = projection.fit(grown, old)
    moved = np.linalg.norm(again[:100] - first, axis=1)
    afresh = projection.fit(grown)[:100]
    moved_afresh = np.linalg.norm(afresh - first, axis=1)
    assert np.median(moved) < 0.1
    assert np.median(moved) < np.median(moved_afresh) / 2
    assert own_cluster(again[:100], again[:100], LABELS, LABELS) > 0.98


def test_newcomers_land_among_their_like(vectors: np.ndarray, first: np.ndarray) -> None:
    newcomers = clusters(SIZES, 48, width=0.9)
    placed = projection.place(newcomers, vectors, first)
    assert own_cluster(placed, first, LABELS, LABELS) > 0.95
    assert np.allclose(projection.place(vectors[:1], vectors[:1], first[:1]), first[:1])


def test_turning_and_mirroring_are_undone() -> None:
    points = on_a_sphere(30, 2, seed=3) * np.array([1.0, 0.4], np.float32)
    turned = (points @ np.array([[0.0, -2.0], [-2.0, 0.0]], np.float32) + 7).astype(np.float32)
    known = np.arange(30) < 20
    assert projection.aligned(turned, points[:20], known) == pytest.approx(points, abs=1e-4)


def test_a_map_whose_points_have_all_moved_does_not_shrink(first: np.ndarray) -> None:
    known = np.ones(100, bool)
    mixed = np.random.default_rng(2).permutation(first)
    assert projection.aligned(mixed, first, known).std(axis=0).sum() == pytest.approx(first.std(axis=0).sum(), rel=0.05)


def test_a_map_that_fills_its_square_stays_and_another_is_framed_anew(first: np.ndarray) -> None:
    assert projection.steady(first) is first
    for moved in (first * 0.5 + 0.25, first + 0.3, first * 1.4 - 0.2):
        assert projection.steady(moved) == pytest.approx(first, abs=1e-3)


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_tiny_libraries_have_a_map(count: int) -> None:
    points = projection.fit(on_a_sphere(count, 16))
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()


def test_equal_tracks_are_no_reason_to_fail() -> None:
    assert np.isfinite(projection.fit(np.ones((20, 8), np.float32))).all()
