"""DJ order: what a transition costs, and that the order found is the best or close to it."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.mixing import Cue, camelot, costs, order, total, transition

A_MINOR, C_MAJOR, G_MAJOR = Cue(120.0, 9, "minor"), Cue(120.0, 0), Cue(120.0, 7)
FAR = Cue(120.0, 6)  # F sharp major: the other side of the circle

cues = st.builds(
    Cue,
    bpm=st.none() | st.floats(40, 220),
    tonic=st.none() | st.integers(0, 11),
    mode=st.sampled_from(["major", "minor"]),
)


@pytest.mark.parametrize(
    ("cue", "name"),
    [(A_MINOR, "8A"), (C_MAJOR, "8B"), (G_MAJOR, "9B"), (Cue(None, 5), "7B"), (Cue(None, 8, "minor"), "1A")],
)
def test_keys_have_the_names_that_djs_give_them(cue: Cue, name: str) -> None:
    assert camelot(cue) == name


def test_no_key_has_no_name() -> None:
    assert camelot(Cue(120.0, None)) == ""


def test_keys_that_go_together_cost_less() -> None:
    same, relative, fifth, far = (transition(C_MAJOR, other).cost for other in (C_MAJOR, A_MINOR, G_MAJOR, FAR))
    assert same == 0
    assert same < relative == fifth < far
    assert transition(C_MAJOR, FAR).clashes
    assert not transition(C_MAJOR, A_MINOR).clashes
    assert transition(C_MAJOR, A_MINOR).keys == "8B → 8A"


def test_a_pitch_fader_reaches_six_percent() -> None:
    near, far = (transition(Cue(120.0, 0), Cue(bpm, 0)) for bpm in (126.0, 132.0))
    assert near.in_reach
    assert near.stretch == pytest.approx(120 / 126 - 1, abs=1e-6)
    assert not far.in_reach
    assert near.cost < far.cost


def test_half_time_fits_at_a_price() -> None:
    found = transition(Cue(140.0, 0), Cue(70.0, 0))
    assert found.stretch == pytest.approx(0)
    assert found.octave == 1
    assert 0 < found.cost < transition(Cue(140.0, 0), Cue(100.0, 0)).cost


def test_no_beat_meets_no_beat_for_nothing() -> None:
    assert transition(Cue(None, 0), Cue(None, 0)).cost == 0
    assert transition(Cue(None, 0), Cue(120.0, 0)).cost > 0
    assert not transition(Cue(None, 0), Cue(120.0, 0)).in_reach


def test_unlike_sounds_cost_more() -> None:
    assert transition(C_MAJOR, C_MAJOR, 0.1).cost > transition(C_MAJOR, C_MAJOR, 0.9).cost


@settings(deadline=None)  # the machine may be busy
@given(cues, cues)
def test_a_transition_costs_the_same_both_ways(one: Cue, other: Cue) -> None:
    there, back = transition(one, other).cost, transition(other, one).cost
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there < 10


def a_table(count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    drawn = [
        Cue(float(generator.uniform(80, 160)), int(generator.integers(12)), str(generator.choice(["major", "minor"])))
        for _ in range(count)
    ]
    return costs(drawn)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("first", [None, 2])
def test_short_lists_are_ordered_exactly(seed: int, first: int | None) -> None:
    table = a_table(6, seed)
    every = [way for way in permutations(range(6)) if first is None or way[0] == first]
    assert total(order(table, first=first), table) == pytest.approx(min(total(way, table) for way in every), abs=1e-5)


@settings(deadline=None, max_examples=25)  # the machine may be busy
@given(st.integers(0, 40), st.integers(0, 3))
def test_every_track_is_played_once(count: int, seed: int) -> None:
    assert sorted(order(a_table(count, seed))) == list(range(count))


def test_long_lists_open_as_asked_and_come_close_to_the_best() -> None:
    generator = np.random.default_rng(1)
    place = generator.permutation(60)  # tempi in a hidden order: the best way is known
    table = costs([Cue(80 * 1.02**each, 0) for each in place])
    best = 59 * transition(Cue(80.0, 0), Cue(80 * 1.02, 0)).cost
    assert total(order(table), table) <= best * 1.15
    opened = order(table, first=5)
    assert opened[0] == 5
    jumps = [abs(int(place[a]) - int(place[b])) for a, b in pairwise(opened)]
    assert sum(jumps) < 2.2 * 59
