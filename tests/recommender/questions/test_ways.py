"""From one track to another: the ends are given, the steps even, nothing twice, curves followed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from accounts.models import User
from catalog.models import Track
from recommender import questions
from recommender.questions import Along, Asker, Course, Curve, Filters
from tests.rows import a_library, a_measurement, a_track, a_user, analysed

TEMPO = {"tempo": 1.0}


@pytest.fixture
def ladder(searched: Callable[[], None]) -> list[Track]:
    """Tempi from 90 to 140, each with its own sound."""
    tracks = a_library([float(bpm) for bpm in np.geomspace(90, 140, 24)], sounds=24)
    searched()
    return tracks


def bpms(answer: questions.PathAnswer) -> list[float]:
    return [step.result.track.measurement.bpm for step in answer.steps]


def test_a_way_has_its_ends_and_even_steps(viewer: User, ladder: list[Track]) -> None:
    answer = questions.path(ladder[0], ladder[-1], 7, TEMPO, Asker.of(viewer))
    order = [step.result.track for step in answer.steps]
    assert order[0] == ladder[0]
    assert order[-1] == ladder[-1]
    assert len(order) == len(set(order)) == 7
    assert np.all(np.diff(bpms(answer)) > 0)
    assert np.allclose(np.diff(np.log2(bpms(answer))), np.log2(140 / 90) / 6, atol=0.06)
    assert answer.evenness > 0.7
    assert [step.progress for step in answer.steps] == sorted(step.progress for step in answer.steps)


def test_each_step_is_explained_by_the_one_before(viewer: User, ladder: list[Track]) -> None:
    answer = questions.path(ladder[0], ladder[-1], 10, TEMPO, Asker.of(viewer))
    assert answer.steps[0].result.reasons == ()
    assert all(step.result.reasons for step in answer.steps[1:])
    assert any("BPM" in step.result.summary for step in answer.steps[1:])
    assert np.mean([step.distance for step in answer.steps[1:]]) == pytest.approx(1, abs=1e-3)


def test_a_tempo_curve_bends_the_way(viewer: User, searched: Callable[[], None]) -> None:
    tracks = a_library([float(bpm) for bpm in np.geomspace(80, 150, 40)], sounds=40)
    searched()
    start, stop = tracks[8], tracks[10]
    arch = questions.path(start, stop, 7, {"tempo": 0.5}, Asker.of(viewer), None, Course(Along.TEMPO, Curve.ARCH))
    valley = questions.path(start, stop, 7, {"tempo": 0.5}, Asker.of(viewer), None, Course(Along.TEMPO, Curve.VALLEY))
    straight = questions.path(start, stop, 7, {"tempo": 0.5}, Asker.of(viewer), None, Course(Along.TEMPO))
    assert max(bpms(arch)) == pytest.approx(124, abs=5)
    assert int(np.argmax(bpms(arch))) in {2, 3, 4}
    assert min(bpms(valley)) < 85
    assert int(np.argmin(bpms(valley))) in {2, 3, 4}
    assert all(86 < bpm < 103 for bpm in bpms(straight))


def test_an_arousal_curve_is_answered(viewer: User, ladder: list[Track]) -> None:
    answer = questions.path(ladder[0], ladder[-1], 6, TEMPO, Asker.of(viewer), None, Course(Along.AROUSAL, Curve.ARCH))
    assert len(answer.steps) == 6


def test_a_short_library_gives_a_short_way(viewer: User, searched: Callable[[], None]) -> None:
    tracks = a_library([90.0, 100.0, 110.0], sounds=3)
    searched()
    assert len(questions.path(tracks[0], tracks[2], 12, TEMPO, Asker.of(viewer)).steps) == 3


def test_filters_hold_between_the_ends(viewer: User, ladder: list[Track]) -> None:
    answer = questions.path(ladder[0], ladder[-1], 8, TEMPO, Asker.of(viewer), Filters(bpm=(100.0, 120.0)))
    assert all(100 <= bpm <= 120 for bpm in bpms(answer)[1:-1])


def test_others_private_tracks_are_no_stepping_stones(viewer: User, searched: Callable[[], None]) -> None:
    tracks = a_library([90.0, 110.0], sounds=2)
    analysed(a_track("Secret", owner=a_user("other"), private=True), a_measurement(bpm=100.0, sound=9))
    searched()
    answer = questions.path(tracks[0], tracks[1], 3, TEMPO, Asker.of(viewer))
    assert not answer.steps
    assert answer.problem


def test_what_cannot_be_answered_says_why(viewer: User, ladder: list[Track]) -> None:
    assert "different" in questions.path(ladder[0], ladder[0], 5, TEMPO, Asker.of(viewer)).problem
    assert "analysed" in questions.path(ladder[0], a_track("Waiting"), 5, TEMPO, Asker.of(viewer)).problem


def test_a_set_is_ordered_and_costed(viewer: User, searched: Callable[[], None]) -> None:
    tracks = [
        analysed(a_track(f"{bpm} {tonic}"), a_measurement(bpm=bpm, tonic=tonic, sound=1))
        for bpm, tonic in [(120.0, 0), (128.0, 6), (121.0, 7), (127.0, 1), (124.0, 2)]
    ]
    searched()
    waiting = a_track("Waiting")
    answer = questions.dj_order([*tracks, waiting], Asker.of(viewer))
    assert {step.track for step in answer.steps} == set(tracks)
    assert answer.left_out == (waiting,)
    assert answer.cost < answer.cost_before
    assert answer.steps[0].transition is None
    assert sum(step.transition.cost for step in answer.steps if step.transition) == pytest.approx(answer.cost, abs=1e-4)
    assert answer.steps[0].camelot
    opened = questions.dj_order(tracks, Asker.of(viewer), first=tracks[1])
    assert opened.steps[0].track == tracks[1]


def test_an_empty_set_is_empty(viewer: User) -> None:
    waiting = a_track("Waiting")
    assert questions.dj_order([waiting], Asker.of(viewer)).left_out == (waiting,)
