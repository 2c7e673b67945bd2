"""Names say what is true of most of the tracks, and no two lists of a day have the same."""

from __future__ import annotations

from recommender import naming
from recommender.facets import reference
from recommender.naming import Traits
from tests.rows import a_measurement


def tracks(
    count: int = 6, *, bpm: float | None = 100.0, instruments: tuple[str, ...] = (), **moods: float
) -> list[Traits]:
    return [Traits(moods, bpm, instruments)] * count


def test_feeling_tempo_and_instrument() -> None:
    assert naming.name(tracks(bpm=70.0, instruments=("piano",), calm=0.9)) == "Calm and slow, piano"
    assert naming.name(tracks(bpm=150.0, arousal=0.9)) == "Energetic and fast"
    assert naming.name(tracks(joy=0.8, tenderness=0.7)) == "Happy and tender"
    assert naming.name(tracks(instruments=("choir",))) == "Choir"


def test_without_a_mark_the_beat_is_named() -> None:
    assert naming.name(tracks(bpm=111.0)) == "Around 111 BPM"
    assert naming.name(tracks(bpm=None)) == "Without a beat"


def test_what_few_have_is_not_named() -> None:
    mixed = tracks(2, calm=0.9, instruments=("harp",)) + tracks(4, calm=0.4, bpm=120.0)
    assert "harp" not in naming.name(mixed)
    assert "Calm" not in naming.name(mixed)


def test_no_name_is_given_twice() -> None:
    taken: set[str] = set()
    for _ in range(6):
        taken.add(naming.name(tracks(bpm=70.0, instruments=("piano",), calm=0.9), taken))
    assert len(taken) == 6


def test_no_tracks_have_a_name_too() -> None:
    assert naming.name([]) == naming.NAMELESS


def test_traits_of_a_track() -> None:
    found = naming.traits_of(a_measurement(bpm=90.0), reference.shipped())
    assert found.bpm == 90.0
    assert all(0 <= share <= 1 for share in found.moods.values())


def test_the_same_words_in_another_order_are_no_other_name() -> None:
    gentle = tracks(calm=0.9, tenderness=0.8)
    assert naming.name(gentle) == "Calm and tender"
    assert naming.name(gentle, {"Tender and calm"}) not in {"Calm and tender", "Tender and calm"}
