"""The radio's page and button: where it may begin, what the player gets, what steers it."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog import playlists
from catalog.models import Album, Track
from recommender import listening
from recommender.asking import NO_MUSIC, NONE_ANALYSED, NOT_ANALYSED
from recommender.models import Analysis, Listen
from recommender.questions.radios import EMPTY
from recommender.views.radio import GONE
from tests.recommender.test_discover_views import body, library, rows
from tests.rows import a_track, a_user

__all__ = ["library"]  # a fixture

PLAYER = {"HX-Request": "true", "HX-Target": "queue"}


def begin(site: Client, start: str, **asked: str) -> str:
    return body(site, f"{reverse('radio')}?from={start}" + "".join(f"&{name}={value}" for name, value in asked.items()))


def unsigned(page: str) -> str:
    """A page without what is drawn anew for every answer."""
    return re.sub(r'content="\w{64}"|value="\w{64}"', "", page)


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
    assert "data-learned" in following
    again = site.post(address, {"track": library[3].pk, "kind": "skipped", "seconds": 4}).content.decode()
    assert "data-learned" not in again  # what it began with stays what it is like


def test_each_row_says_why_and_what_follows_can_be_asked_without_a_report(
    site: Client, ada: User, library: list[Track]
) -> None:
    response = site.get(reverse("radio"), {"from": f"track:{library[3].pk}"}, headers=PLAYER)
    page = html.unescape(response.content.decode())
    assert page.count("data-why") == page.count("<li") - 1  # what it begins with needs no reason
    assert re.search(r"<span data-why>[^<]*BPM", page)
    address = onward(page)
    before = site.get(address).content.decode()
    listening.toggle_like(ada, library[6], radio=address.split("/")[2])
    assert site.get(address).content.decode() != before
    assert not Listen.objects.exclude(kind=Listen.Kind.LIKED).exists()


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


def waiting(number: int, **values: object) -> Track:
    """A track that nobody has analysed yet."""
    return a_track(f"Waiting {number}", artist="Somebody new", **values)


def unanalysed(kind: str, ada: User) -> str:
    """The address of a beginning of two tracks that wait."""
    album = Album.objects.create(title="Soon")
    tracks = [waiting(number, album=album, genre="Soonish") for number in range(2)]
    playlist = playlists.create(ada, "Later", tracks)
    values: dict[str, object] = {
        "album": album.pk,
        "artist": tracks[0].artist_id,
        "genre": "Soonish",
        "playlist": playlist.pk,
        "shared": playlists.share(playlist),
        "tracks": f"{tracks[0].pk},{tracks[1].pk}",
    }
    return f"{kind}:{values[kind]}"


@pytest.mark.parametrize("kind", ["album", "artist", "genre", "playlist", "shared", "tracks"])
def test_a_beginning_that_waits_to_be_analysed_says_so_and_leads_on(
    site: Client, ada: User, library: list[Track], kind: str
) -> None:
    start = unanalysed(kind, ada)
    page = begin(site, start)
    assert NONE_ANALYSED in page
    assert "It never ends" not in page
    assert 'id="steer"' not in page
    way_on = re.search(r'class="empty".*?href="([^"]+)"', page, re.DOTALL)
    assert way_on
    assert site.get(html.unescape(way_on[1])).status_code == 200
    played = site.get(reverse("radio"), {"from": start}, headers=PLAYER)
    assert NONE_ANALYSED in html.unescape(played.content.decode())


def test_a_track_that_waits_is_played_and_says_that_nothing_follows_yet(site: Client, library: list[Track]) -> None:
    track = waiting(1)
    page = begin(site, f"track:{track.pk}")
    assert rows(page) == [track.pk]
    assert NOT_ANALYSED in page


def test_where_all_failed_one_says_why(site: Client, library: list[Track]) -> None:
    album = Album.objects.create(title="Broken")
    for number in range(2):
        track = waiting(number, album=album)
        state, code = Analysis.State.FAILED, "silent"
        Analysis.objects.create(track=track, state=state, error_code=code, queued_at=timezone.now())
    why = "None of these tracks can be compared with anything. “Waiting 0”: "
    assert f"{why}it is nothing but silence. They can be played." in begin(site, f"album:{album.pk}")
    Analysis.objects.filter(track=track).update(error_code="file_missing")
    assert f"{why}it is nothing but silence.<" in begin(site, f"album:{album.pk}")


def test_an_empty_playlist_begins_with_a_word_about_it(site: Client, ada: User, library: list[Track]) -> None:
    """Of one's own and of somebody else by its link; also where all of it is hidden from who asks."""
    other = a_user("other")
    hidden = a_track("Secret", owner=other, private=True)
    shared = playlists.share(playlists.create(other, "Theirs", [hidden]))
    for start in (f"playlist:{playlists.create(ada, 'Bare').pk}", f"shared:{shared}"):
        page = begin(site, start)
        assert EMPTY in page
        assert "Open the playlist" in page
        assert "Secret" not in page


@pytest.mark.usefixtures("site")
def test_a_surprise_without_any_music_says_so(site: Client) -> None:
    page = begin(site, "surprise:")
    assert NO_MUSIC in page
    assert reverse("tracks") in page
    a_track("Secret", owner=a_user("other"), private=True)
    assert unsigned(begin(site, "surprise:")) == unsigned(page)


def test_what_is_hidden_answers_as_what_does_not_exist(site: Client, ada: User, library: list[Track]) -> None:
    """Track by track, and all that is made of nothing but hidden ones; alike to the letter."""
    other = a_user("other")
    album = Album.objects.create(title="Attic")
    secret = a_track("Secret", owner=other, private=True, artist="Hermit", album=album, genre="Hidden")
    theirs = playlists.create(other, "Theirs", library[:2])
    hidden = {
        "track": secret.pk, "album": album.pk, "artist": secret.artist_id, "genre": "Hidden", "tracks": secret.pk,
        "playlist": theirs.pk,
    }  # fmt: skip
    for kind, value in hidden.items():
        answers = [
            site.get(reverse("radio"), {"from": f"{kind}:{one}"})
            for one in (value, "Nothing" if kind == "genre" else 999999)
        ]
        assert [answer.status_code for answer in answers] == [404, 404], kind
        assert unsigned(answers[0].content.decode()) == unsigned(answers[1].content.decode()), kind


def test_what_is_heard_is_written_down_when_the_beginning_is_gone(
    site: Client, ada: User, library: list[Track]
) -> None:
    playlist = playlists.create(ada, "Short-lived", library[:2])
    address = onward(begin(site, f"playlist:{playlist.pk}"))
    playlist.delete()
    answer = site.post(address, {"track": library[3].pk, "kind": "finished", "seconds": 100}).content.decode()
    assert GONE in answer
    assert Listen.objects.get(user=ada).track == library[3]


def test_a_number_with_something_behind_it_gets_its_plain_address(site: Client, library: list[Track]) -> None:
    response = site.get(reverse("radio"), {"from": f"artist:{library[0].artist_id},"})
    assert response.status_code == 302
    assert f"from=artist%3A{library[0].artist_id}&" in response["Location"]


def test_words_that_mean_nothing_say_so_on_the_page(site: Client, library: list[Track]) -> None:
    page = begin(site, "words:quokka")
    assert "quokka" in page
    assert f"{reverse('words')}?q=quokka" in page


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
