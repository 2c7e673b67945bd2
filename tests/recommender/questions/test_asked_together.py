"""What is asked together is answered as if it were asked one after the other, and costs one search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from accounts.models import User
from catalog.models import Track
from recommender import index_versions, listening, outbox, questions
from recommender.index.base import Filter, Hits
from recommender.index.exact import ExactIndex
from recommender.models import Listen
from recommender.questions import Asker, opinions
from tests.rows import a_library

EVEN = {"sound": 0.5, "mood": 0.3, "tempo": 0.5}
Asked = Callable[[User, list[Track]], Any]


class Counting(ExactIndex):
    """Knows how often it was asked, and can be made to answer one question after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.one_by_one = False

    def search_each(self, collection: str, queries: Any, k: int, where: Filter, *, effort: int = 256) -> list[Hits]:
        self.asked += 1
        parts = np.array_split(queries, len(queries)) if self.one_by_one else [queries]
        return [hits for part in parts for hits in super(Counting, self).search_each(collection, part, k, where)]


@pytest.fixture
def index(viewer: User, monkeypatch: pytest.MonkeyPatch) -> Counting:
    found = Counting()
    monkeypatch.setattr(index_versions, "index", lambda: found)
    return found


@pytest.fixture
def music(index: Counting, viewer: User, monkeypatch: pytest.MonkeyPatch) -> list[Track]:
    """Sixty tracks, of which the listener likes the slowest and the fastest."""
    now = timezone.now() + timedelta(hours=1)  # likes fade by the second, and these weigh the same
    monkeypatch.setattr(opinions, "timezone", SimpleNamespace(now=lambda: now))
    tracks = a_library([float(bpm) for bpm in np.geomspace(70, 160, 60)], sounds=12)
    for track in [*tracks[:5], *tracks[-5:]]:
        listening.note(viewer, track, Listen.Kind.LIKED)
    outbox.send(index_versions.ensure_current())
    return tracks


def a_path(viewer: User, music: list[Track]) -> list[tuple[int, str, float]]:
    answer = questions.path(music[0], music[-1], 9, EVEN, Asker.of(viewer))
    return [(step.result.track.pk, step.result.summary, step.progress) for step in answer.steps]


def a_shelf(viewer: User, _music: list[Track]) -> list[tuple[int, str]]:
    return [(one.track.pk, one.summary) for one in questions.for_you(Asker.of(viewer), EVEN, k=12).results]


def the_mixes(viewer: User, _music: list[Track]) -> list[tuple[str, list[int]]]:
    return [(mix.name, [one.track.pk for one in mix.results]) for mix in questions.mixes(Asker.of(viewer), EVEN)]


def more_for_a_list(viewer: User, music: list[Track]) -> list[tuple[int, str]]:
    answer = questions.extend_playlist([*music[:4], *music[-4:]], EVEN, Asker.of(viewer))
    return [(one.track.pk, one.summary) for one in answer.results]


@pytest.mark.parametrize("ask", [a_path, a_shelf, the_mixes, more_for_a_list])
def test_together_they_answer_as_each_alone_in_one_search(
    viewer: User, music: list[Track], index: Counting, ask: Asked
) -> None:
    together = ask(viewer, music)
    assert index.asked == 1
    assert len(together) > 1
    index.one_by_one = True
    assert ask(viewer, music) == together


def test_reasons_are_told_of_the_mix_that_is_opened(viewer: User, music: list[Track]) -> None:
    closed, opened = questions.mixes(Asker.of(viewer), EVEN), questions.mixes(Asker.of(viewer), EVEN, opened=2)
    assert len(opened) > 1
    assert [[one.track for one in mix.results] for mix in closed] == [
        [one.track for one in mix.results] for mix in opened
    ]
    told = [{mix.number for mix in made for one in mix.results if one.reasons} for made in (closed, opened)]
    assert told == [set(), {2}]


def test_a_shelf_without_reasons_has_the_same_tracks(viewer: User, music: list[Track]) -> None:
    told, silent = (questions.for_you(Asker.of(viewer), EVEN, k=12, explained=asked).results for asked in (True, False))
    assert [one.track for one in silent] == [one.track for one in told]
    assert all(one.reasons for one in told)
    assert not any(one.reasons for one in silent)
