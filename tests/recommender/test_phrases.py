"""Grammar of a line of text: phrases, negation, tempo, key, and the words that nobody knows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.phrases import Parsed, parse, runs

VOCABULARY = {
    word: word.replace(" ", "_")
    for word in ("calm", "piano", "drums", "vocals", "fast", "dark", "hip hop", "acoustic guitar", "guitar", "80s")
}


def wanted(text: str) -> list[tuple[str, float]]:
    return [(clause.entry, clause.strength) for clause in parse(text, VOCABULARY).clauses]


def found(text: str) -> Parsed:
    return parse(text, VOCABULARY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("calm piano", [("calm", 1), ("piano", 1)]),
        ("Some CALM, piano music please!", [("calm", 1), ("piano", 1)]),
        ("acoustic guitar", [("acoustic_guitar", 1)]),  # the longest phrase wins
        ("hip-hop", [("hip_hop", 1)]),
        ("guitars", [("guitar", 1)]),
        ("calm, no drums", [("calm", 1), ("drums", -1)]),
        ("calm -drums", [("calm", 1), ("drums", -1)]),
        ("no drums or vocals, piano", [("drums", -1), ("vocals", -1), ("piano", 1)]),
        ("no drums piano", [("drums", -1), ("piano", 1)]),
        ("without drums and vocals but piano", [("drums", -1), ("vocals", -1), ("piano", 1)]),
        ("not too fast", [("fast", -1)]),
        ("not very fast", [("fast", -1)]),
        ("don't play drums", [("drums", -1)]),
        ("very dark piano", [("dark", 1.6), ("piano", 1)]),
        ("a bit dark, calm", [("dark", 0.5), ("calm", 1)]),
        ("music from the 80s", [("80s", 1)]),
        ("calm-piano", [("calm", 1), ("piano", 1)]),  # no phrase of its own
        ("calm&dark, non-vocals", [("calm", 1), ("dark", 1), ("vocals", -1)]),
        ("anything but guitar", [("guitar", -1)]),
        ("piano instead of guitar", [("piano", 1), ("guitar", -1)]),
        ("nothing but piano", [("piano", 1)]),
        ("anything calm", [("calm", 1)]),
    ],
)
def test_phrases_and_their_strength(text: str, expected: list[tuple[str, float]]) -> None:
    assert wanted(text) == expected
    assert not found(text).unknown


@pytest.mark.parametrize(
    ("text", "bpm", "bounds"),
    [
        ("piano 90 bpm", 90.0, (None, None)),
        ("piano at 90.5BPM", 90.5, (None, None)),
        ("calm 90", 90.0, (None, None)),
        ("90 beats per minute", 90.0, (None, None)),
        ("80-95 bpm", None, (80.0, 95.0)),
        ("between 95 and 80 bpm", None, (80.0, 95.0)),
        ("80 bpm to 95 bpm", None, (80.0, 95.0)),
        ("under 100 bpm", None, (None, 100.0)),
        ("no faster than 100", None, (None, 100.0)),
        ("at least 120 bpm", None, (120.0, None)),
        ("not slower than 120 bpm", None, (120.0, None)),
        ("not over 120 bpm", None, (None, 120.0)),
        ("not under 120 bpm", None, (120.0, None)),
        ("calm 120-130", None, (120.0, 130.0)),
        ("80..95 bpm", None, (80.0, 95.0)),
        ("calm, at 90.", 90.0, (None, None)),
        ("music from the 80s", None, (None, None)),
        ("999 bpm", None, (None, None)),
        ("calm 5", None, (None, None)),
        ("1990 piano", None, (None, None)),
    ],
)
def test_tempo(text: str, bpm: float | None, bounds: tuple[float | None, float | None]) -> None:
    assert (found(text).bpm, found(text).bounds) == (bpm, bounds)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("in A minor", (9, "minor")),
        ("C major", (0, "major")),
        ("piano in c# min", (1, "minor")),
        ("B flat major", (10, "major")),
        ("Bb major", (10, "major")),
        ("a minor thing", (9, "minor")),
        ("techno, 8A", (9, "minor")),
        ("in 12b", (4, "major")),
        ("13a, 0b, 8 a, 4a-side", None),
        ("calm piano", None),
    ],
)
def test_key(text: str, key: tuple[int, str] | None) -> None:
    assert found(text).key == key


def test_unknown_words_are_named_with_a_suggestion() -> None:
    unknown = found("calm quokka pianno").unknown
    assert [(each.word, each.suggestion) for each in unknown] == [("quokka", ""), ("pianno", "piano")]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("999 bpm", ["999 bpm"]),  # no music is that fast
        ("calm, over 400 bpm", ["over 400 bpm"]),
        ("100 bpm or 80 bpm", ["80"]),  # one tempo a line; no decade either
        ("not 80-95 bpm", ["not 80-95 bpm"]),  # one search cannot leave out a span
        ("calm 🎹🎻 ♥️", ["🎹🎻", "♥\ufe0f"]),
        ("in C♯ minor, B♭", ["b"]),
        ("pi-quokka", ["pi-quokka"]),
        ("dark-quokka", ["quokka"]),
    ],
)
def test_nothing_is_dropped_in_silence(text: str, named: list[str]) -> None:
    assert [each.word for each in found(text).unknown] == named


@pytest.mark.parametrize("no", ["no", "not", "without", "not around", "not at"])
def test_a_tempo_can_be_refused(no: str) -> None:
    asked = found(f"calm {no} 90 bpm piano")
    assert (asked.bpm, asked.bpm_refused, asked.unknown) == (90.0, True, [])
    assert wanted(f"calm {no} 90 bpm piano") == [("calm", 1), ("piano", 1)]


def test_behind_a_tempo_that_nobody_can_mean_another_is_read() -> None:
    asked = found("over 400 bpm, no 90 bpm")
    assert (asked.bpm, asked.bpm_refused, asked.bounds) == (90.0, True, (None, None))
    assert [each.word for each in asked.unknown] == ["over 400 bpm"]


def test_a_tempo_after_something_refused_is_wanted() -> None:
    assert not found("no drums, 90 bpm").bpm_refused
    assert not found("no drums 90 bpm").bpm_refused


def test_a_key_can_be_refused() -> None:
    assert (found("not in A minor").key, found("not in A minor").key_refused) == ((9, "minor"), True)
    assert not found("calm, in A minor").key_refused


def test_a_negation_of_the_unknown_does_not_reach_further() -> None:
    assert wanted("no quokka piano") == [("piano", 1)]


@settings(deadline=None)  # the machine may be busy
@given(st.text(max_size=700))
def test_any_text_is_read(text: str) -> None:
    result = found(text)
    assert all(clause.entry in VOCABULARY.values() for clause in result.clauses)


def test_names_are_never_looked_into() -> None:
    names = ("50 cent", "blink-182", "calm")
    asked = parse("calm, no 50 Cent, Blink-182", {"quiet": "quiet"}, names)
    assert [(each.entry, each.strength) for each in asked.clauses] == [("calm", 1), ("50 cent", -1), ("blink-182", 1)]
    assert (asked.bpm, asked.unknown) == (None, [])


def test_the_longest_name_is_meant() -> None:
    asked = parse("like iron maiden, iron", {}, ["iron", "iron maiden"])
    assert [each.entry for each in asked.clauses] == ["iron maiden", "iron"]


def test_pieces_around_a_word_are_as_long_as_a_phrase() -> None:
    assert set(runs("so calm iron maiden", {"iron"})) == {
        "iron", "iron maiden", "calm iron", "calm iron maiden", "so calm iron", "so calm iron maiden",
    }  # fmt: skip
    assert "calm-iron" in runs("calm-iron", {"iron"})
    assert max(len(piece.split()) for piece in runs(" ".join(["iron"] * 40), {"iron"})) == 4
    assert runs("calm piano", {"iron"}) == []
