"""The map as bytes: reads back, shows the whole at every length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender import mapfile
from recommender.mapfile import Places


def a_map(count: int, seed: int = 0) -> Places:
    generator = np.random.default_rng(seed)
    points = generator.beta(0.4, 0.4, (count, 2)).astype(np.float32)
    ids = generator.permutation(count * 3)[:count].astype(np.uint32) + 1
    return Places(ids, mapfile.quantised(points), generator.integers(0, 256, count).astype(np.uint8))


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, 200))
def test_bytes_read_back(count: int) -> None:
    places = a_map(count)
    again = mapfile.unpack(mapfile.pack(places))
    assert (again.ids == places.ids).all()
    assert (again.xy == places.xy).all()
    assert (again.shade == places.shade).all()


def test_a_track_costs_nine_bytes() -> None:
    assert len(mapfile.pack(a_map(1000))) == 12 + 9 * 1000


@pytest.mark.parametrize(
    "spoiled", [b"", b"SEGM", b"x" * 40, mapfile.pack(a_map(5))[:-1], b"GIF8" + mapfile.pack(a_map(5))[4:]]
)
def test_other_bytes_are_refused(spoiled: bytes) -> None:
    with pytest.raises(ValueError, match="no map"):
        mapfile.unpack(spoiled)


def test_quantising_moves_nothing_visibly() -> None:
    points = np.random.default_rng(1).uniform(0, 1, (100, 2)).astype(np.float32)
    assert np.abs(mapfile.opened(mapfile.quantised(points)) - points).max() < 1e-5
    assert mapfile.quantised(np.array([[-1.0, 2.0]], np.float32)).tolist() == [[0, 65535]]


def cells(xy: np.ndarray, side: int) -> set[tuple[int, int]]:
    return {(int(x), int(y)) for x, y in xy.astype(int) * side // 65536}


def test_every_beginning_shows_the_whole_map() -> None:
    places = a_map(5000)
    order = mapfile.coarse_first(places.xy, places.ids)
    assert sorted(order) == list(range(5000))
    for side in (4, 8, 16):
        first = places.xy[order][: side * side]
        assert cells(first, side) == cells(places.xy, side)


def test_a_coarser_map_of_what_one_may_see() -> None:
    places = a_map(50)
    seen = places.only(places.shade > 100).first(5)
    assert len(seen.ids) == len(seen.xy) == 5
    assert (seen.shade > 100).all()
