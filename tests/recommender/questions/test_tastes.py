"""For you, mixes of the day, more for a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone

from accounts.models import User
from catalog.models import Track
from recommender import listening, questions
from recommender.asking import NO_MUSIC, Answer
from recommender.facets import reference
from recommender.models import Listen
from recommender.questions import Asker, opinions
from tests.rows import a_library, a_measurement, a_track, a_user, all_analysed, analysed

EVEN = {"sound": 0.5, "mood": 0.3, "tempo": 0.5}
TODAY = date(2026, 3, 1)


@pytest.fixture
def music(viewer: User, searched: Callable[[], None]) -> list[Track]:
    """Two kinds of music: 16 slow pieces of one sound, 16 fast ones of another; no piece sounds like the next."""
    usual, pieces = reference.shipped(), []
    for number in range(32):
        slow = number < 16
        kind, own = np.random.default_rng(1 if slow else 2), np.random.default_rng(100 + number)
        base = a_measurement(bpm=(70.0 if slow else 150.0) + number / 10, sound=1 if slow else 2)
        embedding = usual.mean + usual.deviation * some(kind, own, len(usual.mean))
        timbre = usual.timbre_mean + usual.timbre_deviation * some(kind, own, len(usual.timbre_mean))
        measured = replace(base, embedding=embedding, timbre=timbre, loudness=-14.0 + float(own.normal()))
        pieces.append((a_track(f"{'slow' if slow else 'fast'} {number}", artist=f"A{number}"), measured))
    tracks = all_analysed(pieces)
    searched()
    return tracks


def some(kind: np.random.Generator, own: np.random.Generator, dim: int) -> np.ndarray:
    """Deviations from the usual: those of the kind and as many that only this track has."""
    return (kind.normal(size=dim) + own.normal(size=dim)).astype(np.float32)


def like(viewer: User, tracks: list[Track], *, days_ago: float = 0.0) -> None:
    for track in tracks:
        event = listening.note(viewer, track, Listen.Kind.LIKED)
        Listen.objects.filter(pk=event.pk).update(at=timezone.now() - timedelta(days=days_ago))


def kinds(results: list[questions.Result]) -> list[str]:
    return [result.track.title.split()[0] for result in results]


def test_without_a_taste_there_is_something_to_begin_with(viewer: User, music: list[Track]) -> None:
    answer = questions.for_you(Asker.of(viewer), EVEN, k=8)
    assert len(answer.results) == 8
    assert "yours" in answer.problem


def test_what_is_liked_is_found_more_of(viewer: User, music: list[Track]) -> None:
    like(viewer, music[:6])
    answer = questions.for_you(Asker.of(viewer), EVEN, boldness=0.0, k=8)
    assert kinds(answer.results) == ["slow"] * 8
    assert not {result.track for result in answer.results} & set(music[:6])
    assert all(result.summary for result in answer.results)
    assert {result.near for result in answer.results} <= {track.title for track in music[:6]}
    assert all(result.near for result in answer.results)


def test_two_tastes_are_both_served(viewer: User, music: list[Track]) -> None:
    like(viewer, [*music[:6], *music[16:22]])
    found = kinds(questions.for_you(Asker.of(viewer), EVEN, boldness=0.0, k=10).results)
    assert found.count("slow") == found.count("fast") == 5
    assert len(set(found[:2])) == 2


def test_old_likes_fade(viewer: User, music: list[Track]) -> None:
    like(viewer, music[:6], days_ago=200)
    like(viewer, music[16:22])
    found = kinds(questions.for_you(Asker.of(viewer), EVEN, boldness=0.0, k=10).results)
    assert found.count("fast") >= 8


def test_a_like_taken_back_is_no_taste(viewer: User, music: list[Track]) -> None:
    for track in music[:4]:
        listening.toggle_like(viewer, track)
        listening.toggle_like(viewer, track)
    assert "yours" in questions.for_you(Asker.of(viewer), EVEN).problem


def test_skips_are_not_offered_again(viewer: User, music: list[Track]) -> None:
    like(viewer, music[:3])
    first = questions.for_you(Asker.of(viewer), EVEN, boldness=0.0, k=5).results[0].track
    listening.note(viewer, first, Listen.Kind.SKIPPED)
    assert first not in [result.track for result in questions.for_you(Asker.of(viewer), EVEN, boldness=0.0).results]


def test_boldness_is_the_same_all_day_and_another_tomorrow(viewer: User, music: list[Track]) -> None:
    like(viewer, music[:4])

    def order(day: date, boldness: float) -> list[Track]:
        answer = questions.for_you(Asker.of(viewer), EVEN, boldness=boldness, day=day, k=12)
        return [one.track for one in answer.results]

    assert order(TODAY, 0.8) == order(TODAY, 0.8)
    assert order(TODAY, 0.8) != order(TODAY + timedelta(days=1), 0.8)
    assert order(TODAY, 0.0) == order(TODAY + timedelta(days=1), 0.0)


def test_mixes_are_one_a_taste_with_names(viewer: User, music: list[Track]) -> None:
    like(viewer, [*music[:6], *music[16:22]], days_ago=2)
    made = questions.mixes(Asker.of(viewer), EVEN)
    assert [mix.number for mix in made] == [1, 2]
    assert len({mix.name for mix in made}) == 2
    for mix in made:
        titles = kinds(mix.results)
        assert max(titles.count("slow"), titles.count("fast")) >= 0.75 * len(titles)
        known = {result.track for result in mix.results} & set(music[:6] + music[16:22])
        assert 0 < len(known) < len(mix.results)
        assert len({result.track for result in mix.results}) == len(mix.results)
    assert "slow" in " ".join(mix.name.lower() for mix in made)


def test_what_was_only_played_is_not_said_to_be_liked(viewer: User, music: list[Track]) -> None:
    like(viewer, music[:3], days_ago=2)
    for track in music[3:6]:
        listening.note(viewer, track, Listen.Kind.FINISHED)
    Listen.objects.filter(kind=Listen.Kind.FINISHED).update(at=timezone.now() - timedelta(days=2))
    [mix] = questions.mixes(Asker.of(viewer), EVEN)
    said = {result.track: result.summary for result in mix.results if result.track in music[:6]}
    assert {said[track] for track in music[:3]} == {"You like this"}
    assert {said[track] for track in music[3:6]} == {"You have played this"}


def test_what_happens_during_the_day_leaves_its_mixes_alone(viewer: User, music: list[Track]) -> None:
    like(viewer, music[:6], days_ago=2)
    before = questions.mixes(Asker.of(viewer), EVEN)
    like(viewer, music[16:24])
    after = questions.mixes(Asker.of(viewer), EVEN)
    assert [[result.track for result in mix.results] for mix in before] == [
        [result.track for result in mix.results] for mix in after
    ]
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    assert len(questions.mixes(Asker.of(viewer), EVEN, day=tomorrow)) == 2


def test_without_a_taste_there_are_no_mixes(viewer: User, music: list[Track]) -> None:
    assert questions.mixes(Asker.of(viewer), EVEN) == []


def test_a_list_is_extended_in_its_directions(viewer: User, music: list[Track]) -> None:
    answer = questions.extend_playlist([*music[:4], *music[16:20]], EVEN, Asker.of(viewer), k=6)
    assert sorted(kinds(answer.results)) == ["fast"] * 3 + ["slow"] * 3
    assert not {result.track for result in answer.results} & set(music[:4] + music[16:20])
    assert "analysed" in questions.extend_playlist([a_track("Waiting")], EVEN, Asker.of(viewer)).problem


def test_of_a_long_list_nothing_comes_again(viewer: User, music: list[Track], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opinions, "OPINIONS", 4)
    answer = questions.extend_playlist(music[:10], EVEN, Asker.of(viewer), k=12)
    assert answer.results
    assert not {result.track for result in answer.results} & set(music[:10])


def test_others_tastes_and_private_tracks_stay_theirs(
    viewer: User, music: list[Track], searched: Callable[[], None]
) -> None:
    other = a_user("other")
    like(other, music[16:22])
    secret = analysed(a_track("slow secret", owner=other, private=True), a_measurement(bpm=70.0, sound=1))
    searched()
    like(viewer, music[:4])
    found = [result.track for result in questions.for_you(Asker.of(viewer), EVEN, boldness=0.0, k=6).results]
    assert secret not in found
    assert set(kinds(questions.for_you(Asker.of(viewer), EVEN, boldness=0.0, k=6).results)) == {"slow"}
    for mix in questions.mixes(Asker.of(viewer), EVEN):
        assert secret not in [result.track for result in mix.results]
    newcomer = a_user("newcomer")
    assert secret not in [result.track for result in questions.for_you(Asker.of(newcomer), EVEN, k=40).results]


def test_with_nothing_that_one_may_hear_nothing_is_promised(viewer: User, searched: Callable[[], None]) -> None:
    analysed(a_track("Secret", owner=a_user("owner"), private=True), a_measurement())
    searched()
    assert questions.for_you(Asker.of(viewer), EVEN) == Answer([], problem=NO_MUSIC)
    assert questions.words("calm", Asker.of(viewer)).answer == Answer([], problem=NO_MUSIC)


def test_an_empty_library_says_so(viewer: User) -> None:
    assert questions.for_you(Asker.of(viewer), EVEN).problem
    assert questions.mixes(Asker.of(viewer), EVEN) == []
    assert a_library([]) == []
