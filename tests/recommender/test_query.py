"""Questions as vectors: the weighted sum of facet similarities, exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import query
from recommender.facets import FACETS
from tests.library import a_measurement

LAYOUT = query.present_layout()
NAMES = [facet.name for facet in FACETS]
weights = st.fixed_dictionaries({name: st.floats(-1, 1) for name in NAMES})


def stored(**values: object) -> np.ndarray:
    return query.vector(a_measurement(**values))


def test_the_layout_covers_the_vector_without_gaps() -> None:
    assert LAYOUT.dim == len(stored())
    assert [part.start for part in LAYOUT.parts[1:]] == [part.stop for part in LAYOUT.parts[:-1]]
    assert query.Layout.from_json(LAYOUT.to_json()) == LAYOUT


def test_the_fingerprint_changes_with_a_facet() -> None:
    other = LAYOUT.to_json()
    other[0]["version"] += "x"
    assert query.Layout.from_json(other).fingerprint != LAYOUT.fingerprint


@given(weights)
def test_one_inner_product_is_the_weighted_sum(sliders: dict[str, float]) -> None:
    seed, other = stored(bpm=100.0, sound=1), stored(bpm=104.0, sound=2, tonic=3)
    alike = query.similarities(seed, other[None], LAYOUT)
    scale = {part.name: part.scale for part in LAYOUT.parts}
    expected = sum(sliders[name] * scale[name] * float(alike[name][0]) for name in NAMES)
    assert float(query.weighted(seed, sliders, LAYOUT) @ other) == pytest.approx(expected, abs=1e-3)


def test_the_tempo_slider_changes_who_is_nearest() -> None:
    seed = stored(bpm=120.0, sound=1)
    same_sound, same_tempo = stored(bpm=77.0, sound=1), stored(bpm=120.0, sound=2)
    by_sound = query.weighted(seed, {"sound": 1.0, "tempo": 0.1}, LAYOUT)
    by_tempo = query.weighted(seed, {"sound": 0.1, "tempo": 1.0}, LAYOUT)
    assert by_sound @ same_sound > by_sound @ same_tempo
    assert by_tempo @ same_tempo > by_tempo @ same_sound


def test_a_blend_is_nearer_to_both_than_they_are_to_each_other() -> None:
    one, two = stored(sound=1), stored(sound=2)
    middle = query.blend([one, two])
    assert middle @ one > two @ one
    assert query.blend([one], minus=[two]) @ two < one @ two


def test_likes_pull_and_skips_push() -> None:
    seed, liked, skipped = stored(sound=1), stored(sound=2), stored(sound=3)
    moved = query.steer(seed, [liked], [skipped])
    assert moved @ liked > seed @ liked
    assert moved @ skipped < seed @ skipped
    assert np.allclose(query.steer(seed, [], []), seed)


def test_the_newest_opinion_counts_most() -> None:
    seed, one, two = stored(sound=1), stored(sound=2), stored(sound=3)
    assert query.steer(seed, [one, two], []) @ one > query.steer(seed, [two, one], []) @ one


@pytest.mark.parametrize(
    ("sliders", "expected"),
    [
        ({"sound": 0.5, "tempo": 0.5}, query.EFFORT),
        ({"sound": 0.9, "tempo": 0.1}, query.MORE_EFFORT),
        ({"sound": 0.5, "tempo": -0.5}, query.MOST_EFFORT),
    ],
)
def test_lopsided_questions_search_harder(sliders: dict[str, float], expected: int) -> None:
    assert query.effort(sliders) == expected
