"""The neighbours of one track: weights, privacy, reasons, the fallback."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from recommender import index_versions, outbox, questions
from recommender.errors import IndexUnavailable
from recommender.index.exact import ExactIndex
from recommender.questions import Asker
from tests.rows import a_library, a_measurement, a_track, a_user, analysed

EVEN = {"sound": 0.5, "mood": 0.5, "tempo": 0.5}


@pytest.fixture(params=["index", "database"])
def searched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Each question is asked with a working index and with one that is down."""
    found = ExactIndex()

    def down(*_args: object, **_options: object) -> None:
        raise IndexUnavailable("nobody there")

    monkeypatch.setattr(index_versions, "index", lambda: found)

    def send() -> None:
        outbox.send(index_versions.ensure_current())
        if request.param == "database":
            monkeypatch.setattr(found, "search_each", down)

    return send


def titles(answer: questions.Answer) -> list[str]:
    return [result.track.title for result in answer.results]


def test_sliders_decide_who_is_nearest(viewer: User, searched: Callable[[], None]) -> None:
    seed = analysed(a_track("Seed", artist="A"), a_measurement(bpm=120.0, sound=1))
    analysed(a_track("Same sound", artist="B"), a_measurement(bpm=77.0, sound=2))
    analysed(a_track("Same tempo", artist="C"), a_measurement(bpm=120.0, sound=3))
    near = a_measurement(bpm=77.0, sound=1)
    analysed(a_track("Near sound", artist="D"), near)
    searched()
    by_tempo = questions.similar(seed, {"tempo": 1.0}, Asker.of(viewer))
    assert titles(by_tempo)[0] == "Same tempo"
    assert "120" in by_tempo.results[0].summary


def test_the_answer_says_when_the_database_was_searched(
    viewer: User, searched: Callable[[], None], request: pytest.FixtureRequest
) -> None:
    seed, *_ = a_library([100.0, 101.0, 102.0])
    searched()
    answer = questions.similar(seed, EVEN, Asker.of(viewer))
    assert answer.searched == ("database" if "database" in request.node.callspec.id else "")
    assert len(answer.results) == 2


def test_private_tracks_of_others_never_appear(viewer: User, searched: Callable[[], None]) -> None:
    other = a_user("other")
    seed, *_ = a_library([100.0, 101.0])
    analysed(a_track("Secret", owner=other, private=True), a_measurement(bpm=100.0, sound=1))
    analysed(a_track("Mine", owner=viewer, private=True), a_measurement(bpm=100.0, sound=2))
    searched()
    found = titles(questions.similar(seed, EVEN, Asker.of(viewer)))
    assert "Secret" not in found
    assert "Mine" in found


def test_the_same_recording_is_shown_once(viewer: User, searched: Callable[[], None]) -> None:
    seed = analysed(a_track("Seed"), a_measurement(sound=1))
    for number in range(3):
        analysed(a_track(f"Copy {number}", artist=f"X{number}"), a_measurement(sound=2))
    searched()
    assert len(titles(questions.similar(seed, EVEN, Asker.of(viewer)))) == 1


def test_every_facet_gives_a_reason(viewer: User, searched: Callable[[], None]) -> None:
    seed, *_ = a_library([100.0, 101.0, 150.0, 80.0])
    searched()
    for result in questions.similar(seed, EVEN, Asker.of(viewer)).results:
        assert {"sound", "mood", "tempo", "key"} == {reason.facet for reason in result.reasons}
        assert all(0 <= reason.percentile <= 1 for reason in result.reasons)
        assert result.summary


def test_a_track_that_waits_has_no_neighbours_yet(viewer: User, searched: Callable[[], None]) -> None:
    a_library([100.0])
    searched()
    answer = questions.similar(a_track("Waiting"), EVEN, Asker.of(viewer))
    assert answer.results == []
    assert "still being analysed" in answer.problem


def test_an_empty_library_says_so(viewer: User) -> None:
    assert "Nothing has been analysed" in questions.similar(a_track("Only"), EVEN, Asker.of(viewer)).problem


def test_another_take_is_shown_and_flagged(viewer: User, searched: Callable[[], None]) -> None:
    seed = analysed(a_track("Love Theme"), a_measurement(sound=1))
    take = a_measurement(bpm=124.0, sound=1)
    live = analysed(a_track("Love theme (Live in Paris)", artist="Somebody"), take)
    analysed(a_track("Copy of the take", artist="Else"), take)
    analysed(a_track("Another piece", artist="Third"), a_measurement(sound=2))
    searched()
    found = questions.similar(seed, EVEN, Asker.of(viewer))
    assert titles(found) == [live.title, "Another piece"]
    assert found.results[0].summary.startswith("another version of Love Theme, ")
    assert "version" not in found.results[1].summary


def test_the_title_of_somebody_elses_private_track_is_not_told(viewer: User, searched: Callable[[], None]) -> None:
    seed = analysed(a_track("Love Theme", owner=a_user("owner"), private=True), a_measurement(sound=1))
    analysed(a_track("Love Theme (live)", artist="Somebody"), a_measurement(bpm=124.0, sound=1))
    searched()
    assert "version" not in questions.similar(seed, EVEN, Asker.of(viewer)).results[0].summary
