"""From hits to a list: variety, caps, the same recording once, reasons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import ranking
from recommender.facets import FACETS, reference, seen_by
from recommender.ranking import Caps, Reason, Scale
from tests.rows import a_measurement

SLICES = {"sound": slice(0, 8), "tempo": slice(8, 12)}
DIM = 12


def rows(count: int, seed: int = 0) -> np.ndarray:
    """Stored vectors of two facets, each of unit length."""
    values = np.random.default_rng(seed).normal(size=(count, DIM))
    for place in SLICES.values():
        values[:, place] /= np.linalg.norm(values[:, place], axis=1, keepdims=True)
    return values.astype(np.float32)


many = st.integers(3, 25).flatmap(lambda count: st.tuples(st.just(count), st.integers(0, 1000)))


@given(many, st.floats(0, 1))
def test_diversity_reorders_and_drops_nothing(size: tuple[int, int], amount: float) -> None:
    vectors = rows(*size)
    scores = np.sort(vectors @ vectors[0])[::-1].astype(np.float32)
    order = ranking.diverse(vectors, scores, np.ones(DIM, np.float32), amount=amount)
    assert sorted(order) == list(range(size[0]))
    assert order[0] == 0


@given(many)
def test_no_diversity_keeps_the_order(size: tuple[int, int]) -> None:
    vectors = rows(*size)
    order = ranking.diverse(vectors, np.zeros(size[0], np.float32), np.ones(DIM, np.float32), amount=0)
    assert order.tolist() == list(range(size[0]))


def crowd() -> tuple[np.ndarray, np.ndarray]:
    """Five rows nearly alike, then one that differs: the scores fall slowly."""
    vectors = np.vstack([np.repeat(rows(1), 5, axis=0), rows(1, seed=9)])
    vectors += np.random.default_rng(1).normal(scale=0.01, size=vectors.shape)
    return vectors.astype(np.float32), np.linspace(1, 0.8, 6).astype(np.float32)


def test_diversity_brings_forward_what_differs() -> None:
    vectors, scores = crowd()
    order = ranking.diverse(vectors, scores, np.ones(DIM, np.float32), amount=0.6).tolist()
    assert order.index(5) == 1


def test_what_the_listener_does_not_weigh_makes_no_variety() -> None:
    vectors, scores = crowd()
    vectors[:, SLICES["tempo"]] = vectors[0, SLICES["tempo"]]  # the last row differs in sound only
    weighting = np.zeros(DIM, np.float32)
    weighting[SLICES["tempo"]] = 1.0
    order = ranking.diverse(vectors, scores, weighting, amount=0.6).tolist()
    assert order.index(5) > 1


def test_more_diversity_means_less_alike_neighbours() -> None:
    vectors = rows(60)
    scores = vectors @ vectors[0]
    best = np.argsort(-scores)[1:31]
    near, close = vectors[best], scores[best]

    def alike(amount: float) -> float:
        shown = near[ranking.diverse(near, close, np.ones(DIM, np.float32), amount=amount)[:10]]
        return float((shown @ shown.T)[np.triu_indices(10, 1)].mean())

    assert alike(0.8) < alike(0.4) < alike(0.0)


names = st.lists(st.integers(0, 4), min_size=1, max_size=40)


@given(names, st.integers(1, 5), st.data())
def test_no_artist_and_no_album_is_crowded(artists: list[int], most: int, data: st.DataObject) -> None:
    albums = data.draw(st.lists(st.integers(0, 3), min_size=len(artists), max_size=len(artists)))
    kept = ranking.capped(artists, albums, Caps(artist=most, album=2))
    assert kept == sorted(kept)
    for known, cap in ((artists, most), (albums, 2)):
        shown = [known[position] for position in kept if known[position] != 0]
        assert all(shown.count(name) <= cap for name in shown)


def test_caps_skip_only_what_is_crowded() -> None:
    assert ranking.capped([1, 1, 1, 2, 0, 0, 0], [0] * 7, Caps(artist=2)) == [0, 1, 3, 4, 5, 6]
    assert ranking.capped([1, 1, 2], [7, 7, 7], Caps(album=1)) == [0]
    assert ranking.capped([1, 1, 1], [7, 7, 7], Caps()) == [0, 1, 2]


def test_an_artist_and_an_album_do_not_follow_themselves() -> None:
    assert ranking.spaced([1, 1, 2, 3], [0, 0, 0, 0]) == [0, 2, 3, 1]
    assert ranking.spaced([1, 2, 3], [7, 7, 8]) == [0, 2, 1]
    assert ranking.spaced([0, 0, 0], [0, 0, 0]) == [0, 1, 2]  # unknown is no name
    assert ranking.spaced([1, 2, 3], [0, 8, 9], before=[(1, 0), (4, 8)]) == [2, 0, 1]
    assert ranking.spaced([1, 1, 2], [5, 5, 5]) == [0, 2, 1]  # an album rather than an artist
    assert ranking.spaced([], [], before=[(1, 1)]) == []


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_spacing_loses_nothing(names: list[tuple[int, int]]) -> None:
    order = ranking.spaced([artist for artist, _ in names], [album for _, album in names])
    assert sorted(order) == list(range(len(names)))


def test_the_same_recording_is_folded_into_its_first_row() -> None:
    vectors = rows(4)
    vectors[2] = vectors[0]
    found = ranking.twins(vectors, SLICES)
    assert [(one.position, one.copies) for one in found] == [(0, (2,)), (1, ()), (3, ())]


def test_the_same_sound_at_another_tempo_is_another_recording() -> None:
    vectors = rows(2)
    vectors[1, SLICES["sound"]] = vectors[0, SLICES["sound"]]
    assert len(ranking.twins(vectors, SLICES)) == 2


@pytest.mark.parametrize(
    ("sound", "tempo", "once"),
    [
        (0.9656, 0.9998, True),  # Vorbis at quality 3; all of these are measured, the worst of 15 tracks
        (0.9485, 1.0, True),  # 3 dB quieter
        (0.9884, 0.9881, True),  # without the first two seconds
        (0.9297, 0.9955, True),  # cut, quieter and MP3
        (0.9541, 0.988, False),  # two jingles by one composer
        (0.9162, 1.0, False),  # two others, had they one tempo
        (0.8931, 0.761, False),  # two pieces of one game
    ],
)
def test_what_codecs_levels_and_cuts_leave_is_the_same_recording(sound: float, tempo: float, once: bool) -> None:
    first, second = np.zeros(DIM, np.float32), np.zeros(DIM, np.float32)
    for place, alike in ((SLICES["sound"], sound), (SLICES["tempo"], tempo)):
        first[place.start] = 1.0
        second[place.start : place.start + 2] = alike, np.sqrt(1 - alike**2)
    assert len(ranking.twins(np.stack([first, second]), SLICES)) == (1 if once else 2)


def test_versions_need_the_title_and_the_sound() -> None:
    vectors = rows(4)
    near = vectors[0] + np.random.default_rng(2).normal(scale=0.12, size=DIM)
    for place in SLICES.values():
        near[place] /= np.linalg.norm(near[place])
    vectors[1] = near
    titles = ["yesterday", "yesterday", "yesterday", "help"]
    found = ranking.twins(vectors, SLICES, titles)
    assert found[0].versions == (1,)  # row 2 has the title but sounds different
    assert all(not one.versions for one in ranking.twins(vectors, SLICES, ["", "", "", ""]))


def test_many_rows_are_folded_as_one_after_the_other() -> None:
    chance = np.random.default_rng(3)
    kinds = chance.integers(0, 12, 150)
    vectors = rows(12)[kinds] + chance.normal(scale=0.05, size=(150, DIM)).astype(np.float32)
    for place in SLICES.values():
        vectors[:, place] /= np.linalg.norm(vectors[:, place], axis=1, keepdims=True)
    titles = [f"{kind % 5 or ''}" for kind in kinds]
    found = ranking.twins(vectors, SLICES, titles)

    def alike(one: int, other: int) -> bool:
        sound, tempo = (float(vectors[one, SLICES[name]] @ vectors[other, SLICES[name]]) for name in ("sound", "tempo"))
        return any(sound >= heard and tempo >= beaten for heard, beaten in ranking.SAME_RECORDING)

    firsts: list[int] = []
    for position in range(150):
        if not any(alike(one, position) for one in firsts):
            firsts.append(position)
    assert [one.position for one in found] == firsts
    assert 12 < len(firsts) < 150
    assert any(one.versions for one in found)
    assert sorted(other for one in found for other in (one.position, *one.copies)) == list(range(150))
    for one in found:
        named = [other for other in firsts if other > one.position and titles[other] == titles[one.position] != ""]
        sound = vectors[:, SLICES["sound"]] @ vectors[one.position, SLICES["sound"]]
        assert list(one.versions) == [other for other in named if sound[other] >= ranking.ANOTHER_VERSION]


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_closer_pair_has_no_smaller_percentile(one: float, other: float) -> None:
    scale = ranking.scale_of(rows(50), SLICES)
    low, high = sorted((one, other))
    assert 0 <= scale.percentile("sound", low) <= scale.percentile("sound", high) <= 1


def test_among_equals_nobody_is_special() -> None:
    assert Scale({"key": np.ones(100, np.float32)}).percentile("key", 1.0) == 0.5
    assert Scale({"key": np.zeros(0, np.float32)}).percentile("key", 1.0) == 0.0


def test_a_reason_is_never_a_bare_distance() -> None:
    assert Reason("sound", "Sound", 0.973, "").words == "closer than 97\N{NO-BREAK SPACE}% of pairs"
    assert Reason("sound", "Sound", 1.0, "").words == "closer than 99\N{NO-BREAK SPACE}% of pairs"


def test_reasons_follow_the_facets_and_the_summary_follows_the_sliders() -> None:
    seed, other = a_measurement(bpm=118.0), a_measurement(bpm=120.0)
    scale = Scale({facet.name: np.linspace(-1, 1, 100, dtype=np.float32) for facet in FACETS})
    found = ranking.reasons(seen_by(reference.shipped()), seed, other, {facet.name: 0.9 for facet in FACETS}, scale)
    assert [reason.facet for reason in found] == [facet.name for facet in FACETS]
    assert ranking.summary(found, {"tempo": 1.0}).startswith("118 and 120 BPM")


@pytest.mark.parametrize("weights", [{}, {"sound": 1.0}])
def test_without_words_the_closest_facet_speaks(weights: dict[str, float]) -> None:
    found = [Reason("sound", "Sound", 0.91, ""), Reason("mood", "Mood", 0.42, "")]
    assert ranking.summary(found, weights) == "closer in sound than 91\N{NO-BREAK SPACE}% of pairs"


def test_both_is_said_once_in_a_line() -> None:
    texts = ("118 and 120 BPM", "both calm", "both in A minor")
    found = [Reason(f"facet{place}", "Any", 0.9, text) for place, text in enumerate(texts)]
    assert ranking.summary(found, {one.facet: 1.0 for one in found}) == "118 and 120 BPM, both calm, in A minor"


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Love Theme (live in Paris)", "Love Theme"),
        ("Love Theme - 2011 Remaster", "Love Theme"),
        ("Love Theme [Radio Edit]", "Love Theme"),
        ("Alive", "Alive"),
        ("Live and Let Die", "Live and Let Die"),
        ("Prelude - Lively", "Prelude - Lively"),
        ("(Live)", "(Live)"),
        ("Love Theme (Part 2)", "Love Theme (Part 2)"),
    ],
)
def test_a_title_without_what_tells_takes_apart(title: str, plain: str) -> None:
    assert ranking.plain_title(title) == plain
