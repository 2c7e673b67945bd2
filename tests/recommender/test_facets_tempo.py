"""The tempo facet: octaves are near, a few percent matter, music without a beat is near its like."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.facets import reference
from recommender.facets.tempo import SLOPE, TOLERANCE, TempoFacet, octaves_apart
from recommender.measurement import GRID, FloatArray, Key, Measurement, Tempo

TEMPO = TempoFacet(reference.shipped())

NO_KEY = Key(None, "major", 0.0, np.full(24, 1 / 24, np.float32))
BPM = st.floats(40, 250)


def at(bpm: float | None, clarity: float = 1.0, alternatives: tuple[float, ...] = ()) -> Measurement:
    posterior = np.full(len(GRID), 1.0) if bpm is None else np.exp(-0.5 * (np.log2(GRID / bpm) / 0.01) ** 2)
    normal = (posterior / posterior.sum()).astype(np.float32)
    tempo = Tempo(bpm, clarity if bpm else 0.0, 1.0, 0.0, normal, alternatives)
    return Measurement(60.0, tempo, NO_KEY, np.zeros(4, np.float32), np.zeros(4, np.float32))


def similarity(one: Measurement, two: Measurement) -> float:
    return float(TEMPO.vector(one) @ TEMPO.vector(two))


@given(BPM, BPM, st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None, max_examples=60)
def test_a_kernel_of_unit_vectors(one: float, two: float, clear: float, clearer: float) -> None:
    left, right = at(one, clear), at(two, clearer)
    assert np.linalg.norm(TEMPO.vector(left)) == pytest.approx(1, abs=1e-5)
    assert similarity(left, right) == pytest.approx(similarity(right, left), abs=1e-6)
    assert similarity(left, left) == pytest.approx(1, abs=1e-5)
    assert similarity(left, right) <= 1 + 1e-5


@given(st.floats(80, 120))
@settings(deadline=None, max_examples=30)
def test_falls_with_the_distance_inside_half_an_octave(bpm: float) -> None:
    steps = [similarity(at(bpm), at(bpm * 2**distance)) for distance in np.arange(0, 0.46, 0.03)]
    assert (np.diff(steps) < 1e-6).all()


@given(st.floats(50, 120))
@settings(deadline=None, max_examples=30)
def test_octaves_are_near_but_not_the_same(bpm: float) -> None:
    double = similarity(at(bpm), at(2 * bpm))
    assert 0.85 < double < 0.99
    assert double > similarity(at(bpm), at(1.04 * bpm))
    assert double > similarity(at(bpm), at(1.4 * bpm)) + 0.8


def test_six_percent_is_a_clear_difference_and_one_percent_is_none() -> None:
    assert similarity(at(120), at(121.2)) > 0.97
    assert similarity(at(120), at(127.2)) < 0.75


def test_no_beat_is_near_no_beat_only() -> None:
    assert similarity(at(None), at(None)) == pytest.approx(1)
    assert similarity(at(None), at(120)) == pytest.approx(0, abs=1e-3)


def test_clarity_is_a_slope_not_a_cliff() -> None:
    fading = [similarity(at(120), at(120, clarity)) for clarity in (1.0, 0.3, 0.2, 0.1, 0.0)]
    assert (np.diff(fading) <= 0).all()
    assert np.abs(np.diff(fading)).max() < 0.6


def test_a_way_has_a_slope_where_tempi_are_far_apart() -> None:
    """Between tempi further apart than a dancer's patience only `SLOPE` tells which lies nearer."""
    near, far = TEMPO.vector(at(90 * 2**0.25)), TEMPO.vector(at(90 * 2**0.4))
    here = TEMPO.vector(at(90))
    assert here @ near - here @ far < 0.01
    assert (here * SLOPE) @ near - (here * SLOPE) @ far > 0.05


def test_slopes_leave_the_sliders_their_meaning() -> None:
    some = np.stack([TEMPO.vector(at(float(bpm))) for bpm in 60 * 2 ** np.linspace(0, 1, 97)[:-1]])
    assert ((some * SLOPE) @ some.T).std() == pytest.approx((some @ some.T).std(), rel=0.05)


@given(st.floats(30, 300), st.floats(30, 300))
def test_octaves_apart_are_counted_from_either_side(ours: float, theirs: float) -> None:
    apart, back = octaves_apart(ours, theirs), octaves_apart(theirs, ours)
    assert (apart is None and back is None) or (apart is not None and back is not None and apart == -back)
    if apart is not None:
        assert theirs / ours == pytest.approx(2.0**apart, rel=TOLERANCE + 1e-6)


BROKEN: list[FloatArray] = [
    np.full(len(GRID), np.nan, np.float32), np.zeros(len(GRID), np.float32), np.zeros(3, np.float32),
    np.full(len(GRID), np.inf, np.float32), np.full(len(GRID), -1, np.float32),
]  # fmt: skip


@pytest.mark.parametrize("posterior", BROKEN)
@pytest.mark.parametrize("clarity", [0.0, 1.0, np.nan, -5.0, np.inf])
def test_finite_and_of_unit_length_for_any_input(posterior: FloatArray, clarity: float) -> None:
    tempo = Tempo(None, clarity, 0.0, 0.0, posterior)
    vector = TEMPO.vector(Measurement(1.0, tempo, NO_KEY, np.zeros(4, np.float32), np.zeros(4, np.float32)))
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_badges() -> None:
    assert TEMPO.badge(at(118.04)) == "118.0 BPM"
    assert TEMPO.badge(at(75.0, alternatives=(150.0,))) == "75.0 or 150.0 BPM"
    assert TEMPO.badge(at(None)) == "no clear beat"


@pytest.mark.parametrize(
    ("seed", "other", "words"),
    [
        (118.0, 120.0, "118 and 120 BPM"),
        (120.0, 120.3, "both 120 BPM"),
        (70.0, 140.5, "70 and 140 BPM, double time"),
        (140.0, 70.0, "140 and 70 BPM, half time"),
        (120.0, 140.0, ""),
        (40.0, 160.0, ""),
        (None, None, "both without a clear beat"),
        (None, 120.0, ""),
    ],
)
def test_agreements(seed: float | None, other: float | None, words: str) -> None:
    assert TEMPO.agreement(at(seed), at(other)) == words
