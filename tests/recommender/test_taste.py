"""Tastes: as many as there honestly are, the same every time, and a knob between near and new."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import taste
from tests.recommender.spaces import clusters, on_a_sphere


def even(count: int) -> np.ndarray:
    return np.ones(count, np.float32)


def test_old_opinions_fade_by_half() -> None:
    assert taste.fade(np.array([0.0, taste.HALF_LIFE, -3.0])) == pytest.approx([1.0, 0.5, 1.0])


@pytest.mark.parametrize("sizes", [[12, 12], [20, 8, 6], [10, 10, 10, 10]])
def test_separate_tastes_are_told_apart(sizes: list[int]) -> None:
    found = taste.centres(clusters(sizes, 64), even(sum(sizes)))
    groups = {frozenset(centre.members) for centre in found}
    edges = np.cumsum([0, *sizes])
    assert groups == {frozenset(range(low, high)) for low, high in pairwise(edges)}


def test_one_taste_is_not_torn_apart() -> None:
    assert len(taste.centres(clusters([30], 64, width=1.0), even(30))) == 1
    assert len(taste.centres(on_a_sphere(40, 64), even(40))) == 1


def test_weights_decide_which_taste_comes_first() -> None:
    points = clusters([10, 10], 32)
    weights = even(20)
    weights[10:] = 3.0
    first, second = taste.centres(points, weights)
    assert set(first.members) == set(range(10, 20))
    assert first.share == pytest.approx(0.75)
    assert second.share == pytest.approx(0.25)


def test_the_most_typical_member_comes_first() -> None:
    points = clusters([9], 16, width=0.2)
    middle = points.mean(axis=0)
    (only,) = taste.centres(points, even(9), most=1)
    assert only.members[0] == int(np.linalg.norm(points - middle, axis=1).argmin())


@settings(deadline=None, max_examples=25)  # the machine may be busy
@given(st.integers(0, 30), st.integers(0, 5))
def test_every_opinion_belongs_to_one_taste(count: int, seed: int) -> None:
    points = on_a_sphere(count, 8, seed=seed)
    found = taste.centres(points, even(count))
    assert sorted(member for centre in found for member in centre.members) == list(range(count))
    assert sum(centre.share for centre in found) == pytest.approx(1.0 if count else 0.0, abs=1e-5)
    assert found == taste.centres(points.copy(), even(count))


def test_equal_opinions_are_no_reason_to_fail() -> None:
    assert len(taste.centres(np.ones((12, 4), np.float32), even(12))) == 1


def test_the_knob_goes_from_near_to_new() -> None:
    scores = np.linspace(1, 0, 100).astype(np.float32)

    def depth(boldness: float) -> float:
        return float(np.mean([taste.explored(scores, boldness, seed)[:10].mean() for seed in range(30)]))

    depths = [depth(0.0), depth(0.3), depth(1.0)]
    assert depths[0] == pytest.approx(4.5)
    assert depths[0] < depths[1] < depths[2] < 50
    assert sorted(taste.explored(scores, 1.0, 1)) == list(range(100))


def test_one_day_has_one_order() -> None:
    scores = on_a_sphere(1, 50)[0]
    assert (taste.explored(scores, 0.5, 7) == taste.explored(scores, 0.5, 7)).all()
    assert (taste.explored(scores, 0.5, 7) != taste.explored(scores, 0.5, 8)).any()


def test_dealing_keeps_to_the_shares() -> None:
    lists = [list(range(100)), list(range(100, 200)), list(range(200, 300))]
    dealt = taste.interleaved(lists, [0.5, 0.25, 0.25], 20)
    assert np.bincount([turn for turn, _ in dealt]).tolist() == [10, 5, 5]
    assert np.bincount([turn for turn, _ in dealt[:4]]).tolist() == [2, 1, 1]


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.lists(st.integers(0, 20), max_size=12), max_size=5), st.integers(0, 60))
def test_dealing_gives_everything_once(lists: list[list[int]], k: int) -> None:
    dealt = taste.interleaved(lists, [1.0] * len(lists), k)
    elements = [element for _, element in dealt]
    assert len(elements) == len(set(elements)) == min(k, len({one for each in lists for one in each}))
    assert all(element in lists[turn] for turn, element in dealt)
