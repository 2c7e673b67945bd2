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


def test_a_named_tempo_comes_before_its_octaves_and_all_else_and_what_differs_says_so(
    viewer: User, searched: Callable[[], None]
) -> None:
    """However much the rest of the words speaks for the others: a calmer 180 is no answer to "calm, 90 bpm"."""
    much = 5.0 * reference.shipped().logit_deviation.mean()
    tempi: dict[str, float | None] = {"Double": 180.0, "Half": 45.0, "Other": 154.0, "Beatless": None, "Near": 94.0}
    for number, (title, bpm) in enumerate(tempi.items()):
        logits = a_measurement(sound=number).tag_logits.copy()
        for tag in ("mtt:quiet", "mtt:slow", "mtt:soft"):
            logits[TagLayer.shipped().column(tag)] += -much if title == "Near" else much
        measured = replace(a_measurement(bpm=bpm, sound=number), tag_logits=logits)
        analysed(a_track(title, artist=title), measured)
    octave_open = a_measurement(bpm=180.0, sound=77)
    octave_open = replace(octave_open, tempo=replace(octave_open.tempo, alternatives=(90.0,)))
    analysed(a_track("Open", artist="Open"), octave_open)
    searched()
    found = questions.words("calm, 90 bpm", Asker.of(viewer))
    said = {one.track.title: one.summary for one in found.answer.results}
    assert titles(found)[0] == "Near"
    assert said.keys() == {*tempi, "Open"}
    assert said["Double"].endswith("but 180.0 BPM, double time")
    assert said["Half"].endswith("but 45.0 BPM, half time")
    assert said["Other"].endswith("but 154.0 BPM")
    assert said["Beatless"].endswith("but no clear beat")
    assert "but" not in said["Near"] + said["Open"]
    refused = questions.words("calm, not 90 bpm", Asker.of(viewer))
    assert not any("but" in one.summary for one in refused.answer.results)


def test_a_named_tempo_keeps_to_the_filters(viewer: User, searched: Callable[[], None]) -> None:
    a_library([86.0, 90.0, 94.0, 180.0], sounds=4)
    searched()
    within = questions.words("90 bpm", Asker.of(viewer), Filters(bpm=(91.0, None)))
    assert titles(within) == ["Piece 2", "Piece 3"]
    beside = questions.words("90 bpm", Asker.of(viewer), Filters(bpm=(120.0, None)))
    assert titles(beside) == ["Piece 3"]


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
