"""Like several tracks, unlike others."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import User
from recommender import questions
from recommender.questions import Asker
from tests.rows import a_library, a_measurement, a_track, a_user, analysed

TEMPO = {"tempo": 1.0}
EVEN = {"sound": 0.5, "mood": 0.5, "tempo": 0.5}


def titles(answer: questions.Answer) -> list[str]:
    return [result.track.title for result in answer.results]


def test_one_track_has_its_neighbours(viewer: User, searched: Callable[[], None]) -> None:
    seed, *_ = a_library([100.0, 101.0, 150.0, 80.0])
    searched()
    answer = questions.blend([seed], [], EVEN, Asker.of(viewer))
    assert titles(answer) == titles(questions.similar(seed, EVEN, Asker.of(viewer)))
    assert {result.near for result in answer.results} == {""}  # the page says which track it is


def test_a_blend_is_near_to_both(viewer: User, searched: Callable[[], None]) -> None:
    slow, fast, *_ = a_library([100.0, 132.0, 101.0, 131.0, 115.0, 170.0], sounds=6)
    searched()
    answer = questions.blend([slow, fast], [], TEMPO, Asker.of(viewer))
    assert set(titles(answer)[:2]) == {"Piece 2", "Piece 3"}
    assert slow.title not in titles(answer)
    by_seed = {result.track.title: result.summary for result in answer.results}
    assert "100 and 101" in by_seed["Piece 2"]  # explained by the seed that it is like
    assert "132 and 131" in by_seed["Piece 3"]
    near = {result.track.title: result.near for result in answer.results}
    assert (near["Piece 2"], near["Piece 3"]) == (slow.title, fast.title)


def test_minus_pushes_away(viewer: User, searched: Callable[[], None]) -> None:
    seed, other, *_ = a_library([100.0, 113.0, 88.0, 112.0], sounds=6)
    searched()
    before = titles(questions.blend([seed], [], TEMPO, Asker.of(viewer)))
    after = titles(questions.blend([seed], [other], TEMPO, Asker.of(viewer)))
    assert after.index("Piece 2") < after.index("Piece 3")
    assert other.title in before
    assert other.title not in after


def test_what_waits_is_left_out_of_the_blend(viewer: User, searched: Callable[[], None]) -> None:
    seed, near, _ = a_library([100.0, 101.0, 160.0])
    searched()
    waiting = a_track("Waiting")
    assert titles(questions.blend([seed, waiting], [], TEMPO, Asker.of(viewer)))[0] == near.title
    assert "analysed" in questions.blend([waiting], [], TEMPO, Asker.of(viewer)).problem


def test_others_private_tracks_stay_hidden(viewer: User, searched: Callable[[], None]) -> None:
    seed, *_ = a_library([100.0, 101.0])
    analysed(a_track("Secret", owner=a_user("other"), private=True), a_measurement(bpm=100.0, sound=7))
    searched()
    assert "Secret" not in titles(questions.blend([seed], [], EVEN, Asker.of(viewer)))


def test_variety_changes_the_order_but_not_the_first(viewer: User, searched: Callable[[], None]) -> None:
    seed, *_ = a_library([100.0, 100.5, 101.0, 101.5, 120.0, 125.0, 90.0, 80.0], sounds=8)
    searched()
    near = titles(questions.blend([seed], [], TEMPO, Asker.of(viewer)))
    mixed = titles(questions.blend([seed], [], TEMPO, Asker.of(viewer), variety=0.9))
    assert near[0] == mixed[0]
    assert near != mixed
    assert set(near) == set(mixed)


def test_where_all_else_is_another_take_there_is_nothing_to_vary(viewer: User, searched: Callable[[], None]) -> None:
    takes = [analysed(a_track("Only", artist=name), a_measurement()) for name in ("Ada", "Bob", "Cleo")]
    searched()
    answer = questions.blend([takes[0]], [], EVEN, Asker.of(viewer), variety=0.3)
    assert (answer.results, bool(answer.problem)) == ([], True)


def test_an_empty_library_says_so(viewer: User) -> None:
    assert questions.blend([a_track("Only")], [], EVEN, Asker.of(viewer)).problem
