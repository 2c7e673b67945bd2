"""Words that only the library explains: its artists and genres, as far as one may hear them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from catalog.models import Artist
from recommender import index_versions, library, questions
from recommender.questions import Asker, named
from tests.rows import a_measurement, a_track, a_user, all_analysed, analysed

PIECES = 4  # of each artist


@pytest.fixture
def bands(searched: Callable[[], None]) -> None:
    """Four artists with a sound of their own, two of them in a genre that no tag hears."""
    all_analysed(
        (
            a_track(f"{artist} {number}", artist=artist, genre=genre),
            a_measurement(bpm=70.0 + 20 * number, sound=sound),
        )
        for sound, (artist, genre) in enumerate(
            [("Quokka 90", "Reggae"), ("The Wombats", "REGGAE"), ("Sigur Rós", ""), ("Numbat", "Rock")]
        )
        for number in range(PIECES)
    )
    searched()


def first(text: str, viewer: User, k: int = PIECES) -> list[str]:
    """Whose the first tracks are, each artist once."""
    found = questions.words(text, Asker.of(viewer), k=k)
    return list(dict.fromkeys(result.track.artist.name for result in found.answer.results))


@pytest.mark.usefixtures("bands")
@pytest.mark.parametrize(
    ("text", "artist", "meaning"),
    [
        ("like Numbat", "Numbat", "like Numbat"),
        ("something like the wombats, please", "The Wombats", "like The Wombats"),
        ("Wombats", "The Wombats", "like The Wombats"),
        ("sigur ros", "Sigur Rós", "like Sigur Rós"),
        ("very much like quokka 90", "Quokka 90", "like Quokka 90"),
    ],
)
def test_an_artist_is_what_their_tracks_sound_like(viewer: User, text: str, artist: str, meaning: str) -> None:
    found = questions.words(text, Asker.of(viewer))
    assert [term.meaning for term in found.terms] == [meaning]
    assert (found.unknown, found.bpm) == ((), (None, None))
    assert first(text, viewer, 2) == [artist]
    best = found.answer.results[0]
    assert best.reasons[0].label == meaning
    assert best.reasons[0].percentile > 0.6


@pytest.mark.usefixtures("bands")
def test_a_genre_is_what_is_tagged_with_it_however_it_is_written(viewer: User) -> None:
    found = questions.words("reggae 90 bpm", Asker.of(viewer))
    assert [term.meaning for term in found.terms] == ["Reggae", "about 90 BPM"]
    assert set(first("reggae", viewer)) == {"Quokka 90", "The Wombats"}
    assert not {"Quokka 90", "The Wombats"} & set(first("no reggae", viewer))


@pytest.mark.usefixtures("bands")
def test_a_word_that_is_known_keeps_its_meaning(viewer: User) -> None:
    asker = Asker.of(viewer)
    assert [term.meaning for term in questions.words("rock, numbat", asker).terms] == ["rock", "like Numbat"]
    Artist.objects.filter(name="Numbat").update(name="Calm", search=" calm")
    assert [term.meaning for term in questions.words("calm", asker).terms] == ["calm"]


@pytest.mark.usefixtures("bands")
def test_who_is_refused_is_left_out_and_no_more(viewer: User) -> None:
    found = questions.words("reggae, but not the Wombats", Asker.of(viewer))
    assert [(term.meaning, term.strength < 0) for term in found.terms] == [
        ("Reggae", False),
        ("without The Wombats", True),
    ]
    assert found.answer.results[0].track.artist.name == "Quokka 90"
    assert "The Wombats" not in first("reggae, but not the Wombats", viewer, 20)
    assert not any("Wombats" in reason.label for one in found.answer.results for reason in one.reasons)
    assert "Write what" in questions.words("no wombats", Asker.of(viewer)).answer.problem


@pytest.mark.usefixtures("bands")
def test_a_radio_understands_the_same(viewer: User) -> None:
    asker = Asker.of(viewer)
    start = questions.start_from("words:like numbat", asker, "s")
    assert start is not None
    assert questions.radio("s", start, {}, asker, k=2).results[0].track.artist.name == "Numbat"
    start = questions.start_from("words:reggae, no wombats", asker, "t")
    assert start is not None
    assert "The Wombats" not in {one.track.artist.name for one in questions.radio("t", start, {}, asker, k=20).results}


def test_what_is_private_explains_nothing_to_others(viewer: User, searched: Callable[[], None]) -> None:
    owner = a_user("owner")
    for number in range(PIECES):
        track = a_track(f"S{number}", artist="Secret Quokka", genre="Quokkacore", owner=owner, private=True)
        analysed(track, a_measurement(sound=1))
        analysed(a_track(f"P{number}", artist="Clara"), a_measurement(sound=2))
    searched()
    for text, unknown in (("quokkacore", ["quokkacore"]), ("secret quokka", ["secret", "quokka"])):
        assert [each.word for each in questions.words(text, Asker.of(viewer)).unknown] == unknown
        assert questions.words(text, Asker.of(owner)).unknown == ()


@pytest.mark.usefixtures("bands")
def test_who_has_not_been_analysed_stays_unknown(viewer: User) -> None:
    a_track("New", artist="Dingo")
    assert [each.word for each in questions.words("dingo", Asker.of(viewer)).unknown] == ["dingo"]


@pytest.mark.usefixtures("bands")
def test_what_is_understood_costs_no_look_into_the_catalogue(
    viewer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asker = Asker(viewer, index_versions.lens())
    with django_assert_num_queries(0):
        questions.named.read("calm piano, no drums, 90 bpm", asker)


@pytest.mark.usefixtures("bands")
def test_another_reader_is_told_the_names(viewer: User, settings: Settings) -> None:
    settings.TEXT_ENCODER = "tests.recommender.another_reader:TagReader"
    found = questions.words("piano numbat", Asker.of(viewer))
    assert {term.meaning for term in found.terms} == {"piano", "like Numbat"}
    assert found.unknown == ()


def test_a_library_of_one_sound_explains_nothing(viewer: User, searched: Callable[[], None]) -> None:
    """Its middle is where its only artist lies, so there is no way from one to the other."""
    for number in range(PIECES):
        analysed(a_track(f"P{number}", artist="Numbat"), a_measurement(sound=1))
    searched()
    found = questions.words("numbat", Asker.of(viewer))
    assert [each.word for each in found.unknown] == ["numbat"]


@pytest.mark.usefixtures("bands")
def test_a_name_is_told_by_no_more_tracks_than_it_says(viewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named, "MOST_TRACKS", PIECES - 1)
    read: list[int] = []
    stored = library.vectors
    monkeypatch.setattr(library, "vectors", lambda version, ids: read.append(len(ids)) or stored(version, ids))
    assert questions.named.read("numbat", Asker(viewer, index_versions.lens())).terms
    assert read == [PIECES / 2]
