"""Words in, results out: tempo, bounds, refusals, what was understood and what was not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from accounts.models import User
from catalog.models import Track
from recommender import questions
from recommender.encoders.tag_layer import TagLayer
from recommender.facets import reference
from recommender.questions import Asker, Filters
from recommender.questions.blends import NOTHING_LEFT
from recommender.questions.described import OTHER_TEMPI
from tests.rows import a_library, a_measurement, a_track, a_user, analysed


def sounding(number: int, tag: str, amount: float) -> Track:
    """A track whose embedding has more or less of a tag than usual."""
    layer, usual = TagLayer.shipped(), reference.shipped()
    way = layer.weight[:, layer.column(tag)] * usual.deviation
    generator = np.random.default_rng(number)
    embedding = usual.mean + usual.deviation * (amount * way / np.linalg.norm(way) * 10 + generator.normal(0, 0.3, 400))
    base = a_measurement(bpm=100.0, sound=number)
    measured = replace(base, embedding=embedding.astype(np.float32), tag_logits=layer.logits(embedding[None])[0])
    return analysed(a_track(f"{tag} {amount:+g} {number}", artist=f"A{number}"), measured)


def titles(found: questions.WordsAnswer) -> list[str]:
    return [result.track.title for result in found.answer.results]


@pytest.fixture
def pianos(searched: Callable[[], None]) -> None:
    for number in range(6):
        sounding(number, "mtt:piano", 1.0 if number % 2 else -1.0)
    searched()


@pytest.mark.usefixtures("pianos")
def test_what_is_asked_for_comes_first(viewer: User) -> None:
    found = questions.words("piano", Asker.of(viewer))
    assert all("+1" in title for title in titles(found)[:3])
    assert [term.meaning for term in found.terms] == ["piano"]
    best, worst = found.answer.results[0], found.answer.results[-1]
    assert best.reasons[0].label == "piano"
    assert best.reasons[0].percentile > 0.45 > worst.reasons[0].percentile
    assert best.summary  # nothing stands out among so few: then it says what the track itself is


@pytest.mark.usefixtures("pianos")
def test_what_is_refused_comes_last(viewer: User) -> None:
    found = questions.words("no piano", Asker.of(viewer))
    assert all("-1" in title for title in titles(found)[:3])
    assert found.terms[0].meaning == "no piano"


@pytest.mark.usefixtures("pianos")
def test_unknown_words_are_named(viewer: User) -> None:
    found = questions.words("piano quokka", Asker.of(viewer))
    assert found.answer.results
    assert [each.word for each in found.unknown] == ["quokka"]
    nothing = questions.words("quokka", Asker.of(viewer))
    assert not nothing.answer.results
    assert "quokka" in nothing.answer.problem


@pytest.mark.usefixtures("pianos")
def test_no_words_ask_for_some(viewer: User) -> None:
    assert "Write what" in questions.words("  ", Asker.of(viewer)).answer.problem


def test_a_tempo_and_bounds(viewer: User, searched: Callable[[], None]) -> None:
    a_library([70.0, 80.0, 90.0, 100.0, 120.0, 140.0, None, 91.0], sounds=8)
    searched()
    summaries = {one.track.title: one.summary for one in questions.words("90 bpm", Asker.of(viewer)).answer.results[:2]}
    assert summaries.keys() == {"Piece 2", "Piece 7"}
    assert "90.0 BPM" in summaries["Piece 2"]
    bounded = questions.words("calm 95-130 bpm", Asker.of(viewer))
    assert set(titles(bounded)) == {"Piece 3", "Piece 4"}
    assert bounded.bpm == (95.0, 130.0)
    assert set(titles(questions.words("under 85 bpm", Asker.of(viewer)))) == {"Piece 0", "Piece 1"}
    both = questions.words("95-130 bpm", Asker.of(viewer), Filters(bpm=(110.0, None)))
    assert titles(both) == ["Piece 4"]


def test_private_tracks_of_others_stay_hidden(viewer: User, searched: Callable[[], None]) -> None:
    a_library([100.0, 110.0])
    analysed(a_track("Secret", owner=a_user("other"), private=True), a_measurement(bpm=90.0))
    searched()
    assert "Secret" not in titles(questions.words("90 bpm", Asker.of(viewer)))


def test_an_empty_library_still_tells_what_was_understood(viewer: User) -> None:
    found = questions.words("calm piano", Asker.of(viewer))
    assert found.answer.problem
    assert len(found.terms) == 2


@pytest.mark.usefixtures("pianos")
def test_an_empty_answer_says_what_left_nothing_over(viewer: User) -> None:
    assert questions.words("piano, over 190 bpm", Asker.of(viewer)).answer.problem == OTHER_TEMPI
    assert questions.words("piano", Asker.of(viewer), Filters(year=(1700, 1701))).answer.problem == NOTHING_LEFT
