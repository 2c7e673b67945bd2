"""What a row says of why it is there, and what tells the bars beside it apart."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from catalog.models import Track
from recommender.ranking import Reason
from recommender.templatetags.discovering import legend, strongest
from tests.recommender.test_discover_views import body, library, rows
from tests.rows import a_track

__all__ = ["library"]  # a fixture

SOUND, TEMPO, KEY = (
    Reason(name.lower(), name, share, "") for name, share in (("Sound", 0.7), ("Tempo", 0.97), ("Key", 1.0))
)


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ((SOUND, TEMPO, KEY), "tempo 97 %"),
        ((KEY,), "key 99 %"),
        ((Reason("tempo", "about 90 BPM", 0.9, ""),), "about 90 BPM 90 %"),
        ((Reason("mood", "calm", 0.9, "", told=True), Reason("sound", "piano", 0.5, "")), "piano 50 %"),
        ((Reason("mood", "calm", 0.9, "", told=True),), ""),
        ((), ""),
    ],
)
def test_the_strongest_reason_is_one_that_is_not_said_yet(reasons: tuple[Reason, ...], said: str) -> None:
    assert strongest(reasons).replace("\N{NO-BREAK SPACE}", " ") == said


def test_without_results_there_is_no_legend() -> None:
    assert legend([]) == ""


def test_each_row_says_beside_its_tempo_how_much_it_is_of_the_rest_and_what_the_bars_are(
    site: Client, library: list[Track]
) -> None:
    page = body(site, f"{reverse('words')}?q=piano,+90+bpm")
    said = re.findall(r'class="track__why">(.*?)</span>\s*\n', page)
    assert len(said) == len(rows(page))
    assert all(
        one.count("piano\N{NO-BREAK SPACE}") == 1 for one in said
    )  # in the line if there is much, else behind it
    assert any("piano\N{NO-BREAK SPACE}" in one.partition("<span")[0] for one in said)
    assert any("piano\N{NO-BREAK SPACE}" in one.partition("<span")[2] for one in said)
    assert "bars, from the top: piano, about 90 BPM" in page
    assert 'class="track__why">90.0 BPM</span>' in body(site, f"{reverse('words')}?q=90+bpm")
    assert "bars, from the top: sound, mood, tempo, key" in body(site, f"/blend/?track={library[0].pk}")
    assert "bars, from the top" not in body(site, f"{reverse('words')}?q=quokka")


@pytest.mark.parametrize("text", ["calm piano", "calm piano, no drums, 90 bpm, sad, strings"])
def test_there_is_room_for_as_many_bars_as_words(site: Client, library: list[Track], text: str) -> None:
    page = body(site, f"{reverse('words')}?{urlencode({'q': text})}")
    [(height, bars)] = set(re.findall(r'viewBox="0 0 72 (\d+)".*?</title>(.*?)</svg>', page, re.DOTALL)[:1])
    count = bars.count("bars__track")
    assert count == len(re.findall(r'<li class="chip', page.partition("Understood")[2].partition("</ul>")[0]))
    assert int(height) == 9 * count


def test_a_row_without_any_fact_says_why(site: Client, library: list[Track]) -> None:
    effect = a_track("Door slams")
    page = body(site, reverse("tracks"))
    moods = dict(re.findall(r'data-track="(\d+)".*?class="track__mood">([^<]*)<', page, re.DOTALL))
    assert moods.pop(str(effect.pk)) == "Not analysed"
    assert len(moods) == len(library)
    assert "Not analysed" not in moods.values()
