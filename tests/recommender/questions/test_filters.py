"""What narrows a question: addresses and back, bounds inside the search, listening and style."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from catalog.models import Track
from recommender import index_versions, listening, questions
from recommender.models import Listen
from recommender.questions import Asker, Filters
from tests.rows import a_library, a_measurement, a_track, a_user, analysed

EVEN = {"sound": 0.5, "mood": 0.5, "tempo": 0.5}


def titles(answer: questions.Answer) -> set[str]:
    return {result.track.title for result in answer.results}


def near(seed: Track, viewer: User, filters: Filters) -> set[str]:
    return titles(questions.blend([seed], [], EVEN, Asker.of(viewer), filters))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "bpm_min=90&bpm_max=120.5",
        "minutes_min=2&minutes_max=7.5&year_min=1970",
        "without_artist=3&without_artist=17&liked=1&fresh=30&style=solo+piano",
    ],
)
def test_addresses_are_read_and_written(address: str) -> None:
    found = Filters.parse(QueryDict(address))
    assert found.query == address
    assert found.active == bool(address)


@pytest.mark.parametrize(
    "address", ["bpm_min=fast", "bpm_min=-3&year_max=nan", "without_artist=1;drop", "fresh=x&liked=no", "bpm_min=inf"]
)
def test_nonsense_narrows_nothing(address: str) -> None:
    assert not Filters.parse(QueryDict(address)).active


def test_bounds_the_wrong_way_round_are_turned() -> None:
    assert Filters.parse(QueryDict("bpm_min=120&bpm_max=90")).bpm == (90.0, 120.0)


def test_numbers_are_bounds_of_the_search(viewer: User, searched: Callable[[], None]) -> None:
    seed, *_ = a_library([100.0, 90.0, 120.0, None])
    analysed(a_track("Long", artist="L", seconds=900.0, year=1999), a_measurement(bpm=100.0, sound=9))
    searched()
    assert near(seed, viewer, Filters(bpm=(85.0, 95.0))) == {"Piece 1"}
    assert near(seed, viewer, Filters(seconds=(600.0, None))) == {"Long"}
    assert near(seed, viewer, Filters(year=(1990, 2000))) == {"Long"}
    artist = Track.objects.get(title="Piece 1").artist_id
    assert artist is not None
    assert "Piece 1" not in near(seed, viewer, Filters(without_artists=frozenset({artist})))


def test_only_what_is_liked(viewer: User, searched: Callable[[], None]) -> None:
    seed, liked, unliked, _ = a_library([100.0, 90.0, 120.0, 130.0])
    searched()
    for track in (liked, unliked):
        listening.toggle_like(viewer, track)
    listening.toggle_like(viewer, unliked)
    listening.toggle_like(a_user("other"), seed)
    assert near(seed, viewer, Filters(liked=True)) == {liked.title}


def test_nothing_that_was_played_lately(viewer: User, searched: Callable[[], None]) -> None:
    seed, today, long_ago, _ = a_library([100.0, 90.0, 120.0, 130.0])
    searched()
    for track in (today, long_ago):
        listening.note(viewer, track, Listen.Kind.PLAYED)
    Listen.objects.filter(track=long_ago).update(at=timezone.now() - timedelta(days=40))
    found = near(seed, viewer, Filters(fresh_days=30))
    assert today.title not in found
    assert long_ago.title in found


def test_a_style_is_what_the_file_says_and_what_sounds_so(viewer: User, searched: Callable[[], None]) -> None:
    seed, *_ = a_library([100.0 + number for number in range(70)], sounds=70)
    tagged = analysed(a_track("Tagged", artist="T", genre="Free Jazz"), a_measurement(bpm=100.0, sound=90))
    hidden = a_track("Hidden", artist="T", genre="Jazz", owner=a_user("other"), private=True)
    analysed(hidden, a_measurement(bpm=100.0, sound=91))
    searched()
    lens = index_versions.lens()
    assert lens is not None
    jazz = questions.of_style("jazz", lens, viewer)
    assert tagged.pk in jazz
    assert hidden.pk not in jazz
    assert 30 <= len(jazz) <= 36
    assert jazz != questions.of_style("metal", lens, viewer)
    found = questions.blend([seed], [], EVEN, Asker.of(viewer), Filters(style="jazz"), k=50)
    assert {result.track.pk for result in found.results} <= jazz
    assert questions.of_style("quokka", lens, viewer) == set()


def test_filters_that_leave_nothing_say_so(viewer: User, searched: Callable[[], None]) -> None:
    seed, *_ = a_library([100.0, 90.0])
    searched()
    answer = questions.blend([seed], [], EVEN, Asker.of(viewer), Filters(bpm=(200.0, 210.0)))
    assert not answer.results
    assert "filters" in answer.problem


def test_bounds_of_words_and_of_the_form_both_hold() -> None:
    assert Filters(bpm=(90.0, None)).within((80.0, 120.0)).bpm == (90.0, 120.0)
    assert Filters(bpm=(None, 100.0)).within((None, None)).bpm == (None, 100.0)
