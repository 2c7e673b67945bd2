"""The key facet: neighbours on the circle of fifths are near, the relative minor nearest of all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.facets import reference
from recommender.facets.key import KeyFacet, fifths, key_name
from recommender.measurement import FloatArray, Key, Measurement, Tempo

KEY = KeyFacet(reference.shipped())

NO_TEMPO = Tempo(None, 0.0, 0.0, 0.0, np.ones(1, np.float32))
TONIC, MODE = st.integers(0, 11), st.sampled_from(["major", "minor"])


def heard(key: Key) -> Measurement:
    return Measurement(60.0, NO_TEMPO, key, np.zeros(4, np.float32), np.zeros(4, np.float32))


def at(tonic: int | None, mode: str = "major", strength: float = 1.0) -> Measurement:
    profile = np.full(24, 1 / 24, np.float32) if tonic is None else np.zeros(24, np.float32)
    if tonic is not None:
        profile[tonic + 12 * (mode == "minor")] = 1
    return heard(Key(tonic, mode, strength if tonic is not None else 0.0, profile))


def similarity(one: Measurement, two: Measurement) -> float:
    return float(KEY.vector(one) @ KEY.vector(two))


@given(TONIC, MODE, TONIC, MODE, st.floats(0, 1))
@settings(deadline=None, max_examples=60)
def test_a_kernel_of_unit_vectors(one: int, mode: str, two: int, other_mode: str, strength: float) -> None:
    left, right = at(one, mode), at(two, other_mode, strength)
    assert np.linalg.norm(KEY.vector(right)) == pytest.approx(1, abs=1e-5)
    assert similarity(left, right) == pytest.approx(similarity(right, left), abs=1e-6)
    assert similarity(right, right) == pytest.approx(1, abs=1e-5)


@given(TONIC, MODE)
@settings(deadline=None, max_examples=24)
def test_falls_around_the_circle(tonic: int, mode: str) -> None:
    around = [similarity(at(tonic, mode), at((tonic + 7 * step) % 12, mode)) for step in range(7)]
    assert (np.diff(around) < 0).all()


def test_the_relative_minor_is_the_nearest_neighbour() -> None:
    others = {(tonic, mode): similarity(at(0), at(tonic, mode)) for tonic in range(12) for mode in ("major", "minor")}
    del others[0, "major"]
    assert max(others, key=others.__getitem__) == (9, "minor")
    assert others[9, "minor"] > 0.8


def test_no_key_is_near_no_key_only() -> None:
    assert similarity(at(None), at(None)) == pytest.approx(1)
    assert similarity(at(None), at(3)) == pytest.approx(0, abs=1e-5)


BROKEN: list[FloatArray] = [
    np.full(24, np.nan, np.float32), np.zeros(24, np.float32), np.zeros(0, np.float32), np.full(24, np.inf, np.float32)
]  # fmt: skip


@pytest.mark.parametrize("profile", BROKEN)
@pytest.mark.parametrize("strength", [0.0, 1.0, np.nan, -1.0, np.inf])
def test_finite_and_of_unit_length_for_any_input(profile: FloatArray, strength: float) -> None:
    vector = KEY.vector(heard(Key(None, "major", strength, profile)))
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_minor_key_stands_with_its_relative_major() -> None:
    assert fifths(9, "minor") == fifths(0, "major") == 0
    assert fifths(7, "major") == 1


def test_names_and_badges() -> None:
    assert key_name(at(9, "minor").key) == "A minor"
    assert KEY.badge(at(6)) == "F♯ major"
    assert KEY.badge(at(None)) == ""


def test_agreements() -> None:
    assert KEY.agreement(at(9, "minor"), at(9, "minor")) == "both in A minor"
    assert KEY.agreement(at(0), at(9, "minor")) == "C major and its relative A minor"
    assert KEY.agreement(at(0), at(7)) == "C major and G major, a fifth apart"
    assert KEY.agreement(at(0), at(6)) == ""
    assert KEY.agreement(at(None), at(None)) == ""
