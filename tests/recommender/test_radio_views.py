"""The radio's page and button: where it may begin, what the player gets, what steers it."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog import playlists
from catalog.models import Album, Track
from recommender.models import Listen
from tests.recommender.test_discover_views import body, library, rows
from tests.rows import a_user

__all__ = ["library"]  # a fixture

PLAYER = {"HX-Request": "true", "HX-Target": "queue"}


def begin(site: Client, start: str, **asked: str) -> str:
    return body(site, f"{reverse('radio')}?from={start}" + "".join(f"&{name}={value}" for name, value in asked.items()))


def onward(page: str) -> str:
    found = re.search(r'data-radio="([^"]+)"', page)
    assert found
    return found[1]


def test_its_page_shows_how_it_would_begin_and_goes_on_in_one_session(
    site: Client, ada: User, library: list[Track]
) -> None:
    page = begin(site, f"track:{library[3].pk}", tempo="1")
    assert library[3].title in page
    assert rows(page)[0] == library[3].pk
    address = onward(page)
    assert "tempo=1" in address
    answer = site.post(address, {"track": library[4].pk, "kind": "skipped", "seconds": 4})
    following = html.unescape(answer.content.decode())
    assert onward(following) == address
    assert f'data-track="{library[4].pk}"' not in following
    assert Listen.objects.get(user=ada).radio in address


def test_filters_hold_while_it_goes_on(site: Client, library: list[Track]) -> None:
    address = onward(begin(site, f"track:{library[0].pk}", bpm_min="120"))
    answer = site.post(address, {"track": library[0].pk, "kind": "finished", "seconds": 200}).content.decode()
    tempi = set(Track.objects.filter(pk__in=re.findall(r'data-track="(\d+)"', answer)).values_list("measurement__bpm"))
    assert tempi
    assert all(bpm >= 120 for (bpm,) in tempi)


def test_a_surprise_gets_an_address_and_the_player_gets_rows_alone(site: Client, library: list[Track]) -> None:
    response = site.get(reverse("radio"), {"from": "surprise:"})
    assert response.status_code == 302
    assert "from=track%3A" in response["Location"]
    played = site.get(reverse("radio"), {"from": "surprise:"}, headers=PLAYER).content.decode()
    assert "<html" not in played
    assert "data-radio" in played


@pytest.mark.parametrize("start", ["", "nothing:1", "track:999999", "album:", "words:", "playlist:1", "shared:x"])
def test_a_beginning_that_is_nowhere_is_not_found(site: Client, library: list[Track], start: str) -> None:
    assert site.get(reverse("radio"), {"from": start}).status_code == 404


def test_words_that_mean_nothing_say_so_on_the_page(site: Client, library: list[Track]) -> None:
    assert "quokka" in begin(site, "words:quokka")


def test_every_collection_has_a_button_for_its_radio(site: Client, ada: User, library: list[Track]) -> None:
    first = library[0]
    assert first.artist
    album = Album.objects.create(title="Twins", artist=first.artist)
    Track.objects.filter(pk=first.pk).update(album=album)
    playlist = playlists.create(ada, "Evening", library[:3])
    token = playlists.share(playlist)
    pages = {
        first.get_absolute_url(): f"track:{first.pk}",
        album.get_absolute_url(): f"album:{album.pk}",
        first.artist.get_absolute_url(): f"artist:{first.artist.pk}",
        playlist.get_absolute_url(): f"playlist:{playlist.pk}",
        reverse("playlist-shared", args=[token]): f"shared:{token}",
        f"{reverse('search')}?q=piece": "words:piece",
        f"{reverse('words')}?q=calm+piano": "words:calm piano",
        f"{reverse('blend')}?track={first.pk}&minus={library[2].pk}": f"tracks:{first.pk},-{library[2].pk}",
        reverse("home"): "surprise:",
        reverse("kinds"): "words:",
    }
    for address, start in pages.items():
        assert f'name="from" value="{start}' in body(site, address), address


def test_others_lists_do_not_exist(site: Client, library: list[Track]) -> None:
    other = playlists.create(a_user("other"), "Secret list", library[:2])
    assert site.get(reverse("radio"), {"from": f"playlist:{other.pk}"}).status_code == 404
