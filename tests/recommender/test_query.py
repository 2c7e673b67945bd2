"""Questions as vectors: the weighted sum of facet similarities, exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import query
from recommender.facets import FACETS, reference
from tests.rows import a_measurement

LAYOUT = query.present_layout(reference.shipped())
NAMES = [facet.name for facet in FACETS]
weights = st.fixed_dictionaries({name: st.floats(-1, 1) for name in NAMES})


def stored(**values: object) -> np.ndarray:
    return query.vector(a_measurement(**values), reference.shipped())


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
    expected = sum(query.strength(sliders[name]) * scale[name] * float(alike[name][0]) for name in NAMES)
    assert float(query.weighted(seed, sliders, LAYOUT) @ other) == pytest.approx(expected, abs=1e-3)


def test_a_slider_at_its_end_rules() -> None:
    assert query.strength(0.0) == 0.0
    assert query.strength(1.0) > 15 * query.strength(0.5)
    assert query.strength(0.3) < query.strength(0.4) < query.strength(0.5)
    assert query.strength(-0.7) == -query.strength(0.7)
    assert query.strength(3.0) == query.strength(1.0)


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
    sliders = {"sound": 0.5, "mood": 0.5}
    before = query.weighted(seed, sliders, LAYOUT)
    after = query.weighted(query.steer(seed, [liked], [skipped]), sliders, LAYOUT)
    assert after @ liked / np.linalg.norm(after) > before @ liked / np.linalg.norm(before)
    assert after @ skipped / np.linalg.norm(after) < before @ skipped / np.linalg.norm(before)
    assert np.allclose(query.steer(seed, [], []), seed)


def test_a_first_skip_leaves_the_seed_something_to_go_by() -> None:
    seed, other = stored(sound=1), stored(sound=2)
    near = (0.9 * seed + 0.1 * other).astype(np.float32)

    def kept(skipped: list[np.ndarray]) -> float:
        steered = query.steer(seed, [], skipped)
        return float(steered @ seed / np.linalg.norm(steered) / np.linalg.norm(seed))

    assert kept([near]) > 0.98
    assert kept([near] * 8) > 0.9  # the eighth in a row
    far = [query.steer(seed, [other], [near] * count) @ seed for count in (1, 5)]
    assert far[0] > far[1] + 0.5  # with something to go to, five skips push more than one


def test_the_newest_opinion_counts_most() -> None:
    seed, one, two = stored(sound=1), stored(sound=2), stored(sound=3)
    assert query.steer(seed, [one, two], []) @ one > query.steer(seed, [two, one], []) @ one


@pytest.mark.parametrize(
    ("sliders", "expected"),
    [
        ({"sound": 0.5, "tempo": 0.5}, query.EFFORT),
        ({"sound": 0.8, "tempo": 0.5}, query.MORE_EFFORT),
        ({"sound": 0.5, "tempo": 1.0}, query.MOST_EFFORT),
        ({"tempo": 0.3}, query.MOST_EFFORT),
        ({"sound": 0.5, "tempo": -0.5}, query.MOST_EFFORT),
    ],
)
def test_lopsided_questions_search_harder(sliders: dict[str, float], expected: int) -> None:
    assert query.effort(sliders) == expected
    assert query.effort(sliders, blended=True) == query.effort(sliders, filtered=True) == query.MOST_EFFORT


def crowded(*tracks: np.ndarray) -> np.ndarray:
    rows = np.stack(tracks)
    return query.crowded(rows, rows, LAYOUT)


def test_a_hub_gives_way_to_what_is_as_near_but_less_crowded() -> None:
    """Two tracks are equally far from the seed; one of them has a crowd of its own."""
    rng = np.random.default_rng(0)
    width = LAYOUT.parts[0].stop
    axes = np.linalg.qr(rng.normal(size=(width, 3)))[0].T
    rest = stored()[width:]

    def track(*sound: float) -> np.ndarray:
        point = sum(share * axis for share, axis in zip(sound, axes, strict=True))
        return np.concatenate([point / np.linalg.norm(point), rest]).astype(np.float32)

    seed, hub, lonely = track(1, 0, 0), track(1, 1, 0), track(1, 0, 1)
    crowd = [track(1, 1 + 0.02 * step, 0.01 * step) for step in range(1, 25)]
    rows = crowded(seed, hub, lonely, *crowd)
    asked = query.weighted(seed, {"sound": 0.5}, LAYOUT)
    assert seed @ hub == pytest.approx(seed @ lonely, abs=1e-5)
    assert asked @ rows[2] > asked @ rows[1]


def test_less_can_be_held_against_a_crowd() -> None:
    place = LAYOUT.place(query.CROWDING)
    asked = query.weighted(stored(), {"sound": 0.5, "mood": 0.3}, LAYOUT)
    less = query.weighted(stored(), {"sound": 0.5, "mood": 0.3}, LAYOUT, correction=0.25)
    assert np.array_equal(less[place], asked[place] / 4)
    assert np.array_equal(less[: place.start], asked[: place.start])


def test_all_rows_of_an_index_are_equally_long() -> None:
    rows = crowded(*(stored(sound=number) for number in range(30)))
    plain = np.stack([stored(sound=number) for number in range(30)])
    assert np.allclose(np.linalg.norm(rows, axis=1), np.linalg.norm(plain[0]), atol=1e-5)


def test_keys_and_lonely_libraries_are_left_alone() -> None:
    rows = crowded(*(stored(bpm=100.0 + number, sound=number) for number in range(30)))
    place = LAYOUT.place(query.CROWDING)
    assert not query.weighted(rows[0], {"key": 0.5}, LAYOUT)[place].any()
    assert np.array_equal(crowded(stored())[0], stored())


def test_a_copy_of_a_track_makes_no_crowd() -> None:
    others = [stored(sound=number) for number in range(2, 50)]
    place = LAYOUT.place(query.CROWDING)
    alone = query.crowded(stored(sound=1)[None], np.stack(others), LAYOUT)[0, place]
    doubled = query.crowded(stored(sound=1)[None], np.stack([stored(sound=1), *others]), LAYOUT)[0, place]
    assert np.allclose(alone, doubled, atol=1e-6)


def test_a_popular_tempo_gives_way_a_little() -> None:
    """Of two tempi equally far from the seed's the one that everybody has comes second."""
    rows = crowded(*(stored(bpm=bpm, sound=1) for bpm in (100.0, 102.0, 98.04, *np.linspace(102.0, 104.0, 40))))
    asked = query.weighted(rows[0], {"tempo": 1.0}, LAYOUT)
    place = LAYOUT.place("tempo")
    assert rows[0, place] @ rows[1, place] == pytest.approx(rows[0, place] @ rows[2, place], abs=0.002)
    assert asked @ rows[2] > asked @ rows[1] + 0.1


def test_layouts_with_fewer_corrected_facets_stay_searchable() -> None:
    """As versions were before tempo was corrected."""
    *facets, last = LAYOUT.parts
    old = query.Layout((*facets, query.Part(last.name, last.start, last.stop - 1, "2", 1.0)))
    plain = np.stack([stored(bpm=90.0 + number, sound=number)[:-1] for number in range(30)])
    rows, now = query.crowded(plain, plain, old), crowded(*(stored(bpm=90.0 + n, sound=n) for n in range(30)))
    assert rows.shape == plain.shape
    assert np.allclose(rows[:, :-1], now[:, : old.dim - 1])
    asked = query.weighted(rows[0], {"sound": 0.5, "tempo": 1.0}, old)
    assert asked[-1] == 0
    assert np.array_equal(asked[:-1], query.weighted(now[0], {"sound": 0.5, "tempo": 1.0}, LAYOUT)[: old.dim - 1])


def test_old_layouts_without_the_correction_stay_searchable() -> None:
    old = query.Layout(LAYOUT.facets)
    seed = stored()[: old.dim]
    assert query.weighted(seed, {"sound": 0.5}, old).shape == (old.dim,)
    assert np.array_equal(query.crowded(seed[None], seed[None], old)[0], seed)
