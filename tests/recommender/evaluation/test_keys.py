"""Names of keys, and how near two of them are."""

from __future__ import annotations

import pytest

from recommender.evaluation import keys


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C major", (0, "major")),
        ("a minor", (9, "minor")),
        ("F#m", (6, "minor")),
        ("Bb", (10, "major")),
        ("E♭:min", (3, "minor")),
        ("h moll", (11, "minor")),
        ("8B", (0, "major")),
        ("8A", (9, "minor")),
        ("9B", (7, "major")),
        ("5a", (0, "minor")),
    ],
)
def test_keys_as_people_write_them(text: str, expected: tuple[int, str]) -> None:
    assert keys.parse(text) == expected


@pytest.mark.parametrize("text", ["", "no key", "13A", "C lydian", "x"])
def test_what_is_no_key_is_none(text: str) -> None:
    assert keys.parse(text) is None


@pytest.mark.parametrize(
    ("estimate", "score"),
    [
        ((0, "major"), 1.0),
        ((7, "major"), 0.5),
        ((5, "major"), 0.0),
        ((9, "minor"), 0.3),
        ((0, "minor"), 0.2),
        ((2, "major"), 0.0),
        (None, 0.0),
    ],
)
def test_scores_against_c_major(estimate: keys.Parsed | None, score: float) -> None:
    assert keys.mirex(estimate, (0, "major")) == score


def test_the_relative_of_a_minor_is_c_major() -> None:
    assert keys.mirex((0, "major"), (9, "minor")) == 0.3
