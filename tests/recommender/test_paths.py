"""Ways between two tracks: fixed ends, no repeats, steps as even as the tracks allow."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import paths
from recommender.query import Layout, Part, strength
from tests.recommender.spaces import on_a_sphere

LAYOUT = Layout((Part("sound", 0, 16, "1", 2.0), Part("tempo", 16, 20, "1", 1.0)))
GENERATOR = np.random.default_rng(7)


def stored(count: int) -> np.ndarray:
    return np.hstack([on_a_sphere(count, 16, seed=1), on_a_sphere(count, 4, seed=2)])


def a_line(count: int) -> np.ndarray:
    """Candidates on the straight way from (0, 0, ..) to (1, 0, ..), a little beside it."""
    points = GENERATOR.normal(0, 0.01, (count, 8)).astype(np.float32)
    points[:, 0] += np.linspace(0.02, 0.98, count)
    return points


START, STOP = np.zeros(8, np.float32), np.eye(8, dtype=np.float32)[0]


def test_distances_are_what_the_sliders_mean() -> None:
    vectors, sliders = stored(2), {"sound": 0.3, "tempo": 0.8}
    one, two = paths.listening_space(vectors, sliders, LAYOUT)
    expected = 0.0
    for part in LAYOUT.parts:
        likeness = float(vectors[0, part.start : part.stop] @ vectors[1, part.start : part.stop])
        expected += 2 * strength(sliders[part.name]) * part.scale * (1 - likeness)
    assert float(np.sum((one - two) ** 2)) == pytest.approx(expected, rel=1e-4)


def test_sliders_below_nothing_count_nothing() -> None:
    assert not paths.listening_space(stored(1), {"sound": -1.0}, LAYOUT).any()


@settings(deadline=None)  # the machine may be busy
@given(st.floats(0, 1))
def test_points_between_keep_unit_facets_and_their_share_of_the_angle(share: float) -> None:
    start, stop = stored(2)
    middle = paths.between(start, stop, share, LAYOUT)
    for part in LAYOUT.parts:
        place = slice(part.start, part.stop)
        assert np.linalg.norm(middle[place]) == pytest.approx(1, abs=1e-3)
        whole, turned = np.arccos(start[place] @ stop[place]), np.arccos(np.clip(start[place] @ middle[place], -1, 1))
        assert turned == pytest.approx(share * whole, abs=2e-3)


def test_opposite_and_equal_ends_have_a_middle() -> None:
    start = stored(1)[0]
    assert np.allclose(paths.between(start, start, 0.5, LAYOUT), start, atol=1e-6)
    assert np.isfinite(paths.between(start, -start, 0.5, LAYOUT)).all()


def test_curves_bend_in_the_middle_only() -> None:
    arch = paths.curve(paths.Curve.ARCH, 1.0, 2.0, 5, bend=0.5)
    assert arch == pytest.approx(
        [1.0, 1.25 + 0.5 * np.sin(np.pi / 4), 2.0, 1.75 + 0.5 * np.sin(np.pi / 4), 2.0], abs=1e-6
    )
    assert paths.curve(paths.Curve.VALLEY, 1.0, 1.0, 3, bend=0.5)[1] == pytest.approx(0.5)
    assert paths.curve(paths.Curve.STRAIGHT, 1.0, 3.0, 3, bend=9.0)[1] == pytest.approx(2.0)


def test_on_a_line_steps_are_even() -> None:
    points = a_line(200)
    way = paths.walk(points, START, STOP, 8)
    steps = paths.step_lengths(np.vstack([START, points[way], STOP]))
    assert steps.max() / steps.mean() < 1.15
    assert np.all(np.diff(paths.progress(points[way], START, STOP)) > 0)


def test_a_hole_in_the_middle_is_crossed_once() -> None:
    points = np.concatenate([a_line(100)[:30], a_line(100)[70:]])
    way = paths.walk(points, START, STOP, 7)
    assert np.all(np.diff(paths.progress(points[way], START, STOP)) > 0)


def test_among_unrelated_tracks_the_way_is_smoother_than_a_search_at_each_point() -> None:
    points = on_a_sphere(300, 12, seed=3)
    start, stop = on_a_sphere(2, 12, seed=4)
    way = paths.walk(points, start, stop, 9)
    steps = paths.step_lengths(np.vstack([start, points[way], stop]))
    wanted = [start + (stop - start) * share for share in np.linspace(0, 1, 9)[1:-1]]
    nearest = [int(np.argmin(np.sum((points - each) ** 2, axis=1))) for each in wanted]
    naive = paths.step_lengths(np.vstack([start, points[nearest], stop]))
    assert steps.max() < naive.max()
    assert len(set(way)) == 7


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 12), st.integers(2, 15))
def test_nothing_is_played_twice_however_few_there_are(count: int, steps: int) -> None:
    points = on_a_sphere(count, 8, seed=count)
    way = paths.walk(points, START, STOP, steps)
    assert len(way) == len(set(way)) == max(min(steps - 2, count), 0)


def test_one_artist_is_not_played_twice_in_a_row_without_need() -> None:
    points = np.repeat(a_line(40), 2, axis=0)
    points[1::2] += GENERATOR.normal(0, 0.02, (40, 8))
    artists = [1, 2] * 40
    way = paths.walk(points, START, STOP, 8, artists=artists)
    played = [artists[each] for each in way]
    assert all(one != other for one, other in pairwise(played))


def test_a_curve_is_followed() -> None:
    points = a_line(300)
    value = GENERATOR.uniform(0, 1, 300).astype(np.float32)
    wanted = paths.curve(paths.Curve.ARCH, 0.2, 0.2, 9, bend=0.6)[1:-1]
    plain = paths.walk(points, START, STOP, 9)
    bent = paths.walk(points, START, STOP, 9, off_curve=(value[None, :] - wanted[:, None]) ** 2 * 10)
    assert np.abs(value[bent] - wanted).mean() < np.abs(value[plain] - wanted).mean() / 2


def test_the_same_question_has_the_same_answer() -> None:
    points = on_a_sphere(100, 12, seed=5)
    start, stop = on_a_sphere(2, 12, seed=6)
    assert paths.walk(points, start, stop, 8) == paths.walk(points.copy(), start, stop, 8)
