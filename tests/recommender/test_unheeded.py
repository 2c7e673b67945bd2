"""What pages say when a part of a question cannot be heeded: sliders, words, tracks, curves, filters."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog import playlists
from catalog.models import Track
from recommender import listening
from recommender.models import Analysis
from recommender.questions.tastes import NO_TASTE
from tests.recommender.test_discover_views import PART, body, library, rows, send
from tests.rows import a_measurement, a_track, a_user, analysed

__all__ = ["library"]  # a fixture

ZERO = "sound=0&mood=0&tempo=0&key=0"


def test_sliders_that_cannot_be_kept_say_so_on_every_page(site: Client, library: list[Track]) -> None:
    first, other = library[0].pk, library[6].pk
    for page in (
        f"/tracks/{first}/?",
        f"/blend/?track={first}&",
        f"/path/?from={first}&to={other}&",
        "/for-you/?",
        f"/radio/?from=track:{first}&",
    ):
        assert "Every slider is at zero" in body(site, page + ZERO, **PART), page
        assert "Sound: This is not a number." in body(site, f"{page}sound=loud"), page
        assert "Every slider" not in body(site, page), page


def test_a_known_word_takes_the_place_of_an_unknown_one_however_that_was_written(
    site: Client, library: list[Track]
) -> None:
    page = body(site, f"{reverse('words')}?q=Callm+PIANO,+callm,+callmlike")
    assert 'did you mean <a href="?q=calm+PIANO%2C+calm%2C+callmlike&variety=0.2">calm</a>' in page


def test_what_counts_for_nothing_in_a_blend_is_named(site: Client, library: list[Track]) -> None:
    short = a_track("Jingle")
    for role in ("track", "minus"):
        page = body(site, f"/blend/?track={library[0].pk}&{role}={short.pk}")
        assert "“Jingle” has not been analysed, so it does not count here." in page
        assert rows(page)
    assert "counts for nothing" not in body(site, f"/blend/?track={library[0].pk}&minus={library[1].pk}")


def test_a_curve_that_cannot_be_drawn_says_so(site: Client, library: list[Track]) -> None:
    beatless = analysed(a_track("Fog"), a_measurement(bpm=None, sound=1))
    send()
    ends = f"/path/?from={library[0].pk}&to={beatless.pk}"
    assert "“Fog” has no clear beat, so the way follows no curve of tempo." in body(site, f"{ends}&along=tempo")
    for page in (ends, f"{ends}&along=arousal", f"/path/?from={library[0].pk}&to={library[6].pk}&along=tempo"):
        assert "follows no curve" not in body(site, page)


def test_a_set_says_truly_why_there_is_nothing_to_order(site: Client, ada: User, library: list[Track]) -> None:
    empty, unheard = playlists.create(ada, "Empty", []), a_track("Jingle")
    assert "There are no tracks here to put in order." in body(site, f"/dj/?playlist={empty.pk}")
    assert "has been analysed" not in body(site, f"/dj/?playlist={empty.pk}")
    assert "None of these tracks has been analysed, so there is nothing" in body(site, f"/dj/?ids={unheard.pk}")
    assert "Left out, because they have not been analysed: Jingle" in body(
        site, f"/dj/?ids={unheard.pk},{library[0].pk}"
    )


def test_for_you_offers_no_filter_that_leaves_nothing(site: Client, ada: User, library: list[Track]) -> None:
    listening.toggle_like(ada, library[0])
    page = body(site, f"{reverse('for-you')}?liked=1")
    assert rows(page)
    assert "Only what I like" not in page
    assert "in today\N{RIGHT SINGLE QUOTATION MARK}s order" in page
    assert "Everything that matches these filters is known to you" in body(site, f"{reverse('for-you')}?bpm_min=300")


def test_without_a_taste_filters_hold_as_well(site: Client, library: list[Track]) -> None:
    page = body(site, f"{reverse('for-you')}?bpm_min=135")
    assert set(rows(page)) == {track.pk for track in library[8:]}
    assert NO_TASTE in page
    assert "Nothing in the library matches these filters" in body(site, f"{reverse('for-you')}?bpm_min=300")


@pytest.mark.parametrize(
    "address", ["/dj/?ids=abc", "/dj/?playlist=x", "/map/region/?region=x", "/map/region/?outline=1"]
)
def test_an_address_that_was_cut_off_has_a_page(site: Client, library: list[Track], address: str) -> None:
    response = site.get(address)
    assert response.status_code == 400
    said = html.unescape(response.content.decode())
    assert "This link is incomplete" in said
    assert '<nav class="' in said
    part = site.get(address, headers=PART)
    assert (part.status_code, b"<html" in part.content) == (400, False)


def test_a_part_of_the_map_that_is_not_named_is_the_map(site: Client, library: list[Track]) -> None:
    assert site.get(reverse("map-region")).headers["Location"] == reverse("map")


def test_an_artist_can_be_left_out_and_let_in_again(site: Client, library: list[Track]) -> None:
    first, near = library[0], library[6]  # of the same sound
    assert near.artist is not None
    for page in (f"/blend/?track={first.pk}", f"/radio/?from=track:{first.pk}", "/words/?q=piano", "/for-you/?"):
        shown = body(site, page)
        assert near.pk in rows(shown), page
        [leaving] = set(re.findall(rf'href="(\?[^"]*without_artist={near.artist_id})">Leave out {near.artist}<', shown))
        without = body(site, page.partition("?")[0] + leaving)
        assert near.pk not in rows(without), page
        assert f"Without {near.artist}</span>" in without
        assert f'<input type="hidden" name="without_artist" value="{near.artist_id}">' in without  # sliders keep it
        [back] = re.findall(rf'href="(\?[^"]*)" aria-label="Let {near.artist} appear again"', without)
        assert near.pk in rows(body(site, page.partition("?")[0] + back)), page
    shown = body(site, f"/tracks/{first.pk}/")  # has no filters of its own: the blend of one track has
    assert re.search(rf'href="/blend/\?track={first.pk}&[^"]*without_artist={near.artist_id}"', shown)


def test_who_is_left_out_is_named_to_those_who_hear_them(site: Client, library: list[Track]) -> None:
    hidden = a_track("Diary", artist="Secretive", owner=a_user("eve"), private=True)
    assert "Secretive" not in body(site, f"/words/?q=piano&without_artist={hidden.artist_id}")


def test_a_preset_keeps_what_else_was_asked(site: Client, library: list[Track]) -> None:
    first, other = library[0].pk, library[6].pk
    page = body(site, f"/blend/?track={first}&minus={other}&variety=0.4&bpm_min=70&sound=1")
    same_tempo = r"sound=0\.\d+&mood=0\.\d+&tempo=1&key=0"
    assert re.search(rf'href="\?track={first}&minus={other}&variety=0\.4&bpm_min=70&{same_tempo}"', page)
    assert re.search(rf'href="\?variety=0\.4&{same_tempo}"', body(site, f"/tracks/{first}/?variety=0.4"))


def test_what_cannot_be_compared_says_why(site: Client, library: list[Track]) -> None:
    short, waiting = a_track("Jingle"), a_track("Later")
    states = ((short, "failed", "too_short"), (waiting, "queued", ""))
    for track, state, code in states:
        Analysis.objects.create(track=track, state=state, error_code=code, queued_at=track.added_at)
    why = "“Jingle” cannot be compared with anything: it holds less than three seconds of sound."
    for page in (f"/path/?from={library[0].pk}&to={short.pk}", f"/blend/?track={short.pk}", f"/tracks/{short.pk}/"):
        assert why in body(site, page), page
    assert why in body(site, f"/radio/?from=track:{short.pk}")
    assert "still being analysed" in body(site, f"/path/?from={library[0].pk}&to={waiting.pk}")
    assert f"{why} It can be played." in body(site, page)
    Analysis.objects.filter(track=short).update(error_code="undecodable")
    why = "“Jingle” cannot be compared with anything: the file is damaged, and nothing in it can be decoded."
    assert why in (said := body(site, page))
    assert "can be played" not in said
