"""Playlists: order, sharing, files in and out, and that they belong to one person."""

from __future__ import annotations

import gzip
import json
from xml.etree import ElementTree as ET

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from catalog import playlist_files, playlist_views, playlists
from catalog.models import Album, Playlist, PlaylistEntry, Track
from tests.catalog.conftest import SignIn
from tests.rows import a_track

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(owner: User) -> Playlist:
    return playlists.create(owner, "Evening", [a_track(title) for title in ("A", "B", "C")])


def order(playlist: Playlist, viewer: User) -> str:
    return "".join(entry.track.title for entry in playlists.entries(playlist, viewer))


def entry(playlist: Playlist, title: str) -> PlaylistEntry:
    return playlist.entries.get(track__title=title)


@pytest.mark.parametrize(
    ("title", "place", "expected"),
    [("A", 2, "BCA"), ("A", 1, "BAC"), ("C", 0, "CAB"), ("B", 1, "ABC"), ("B", 99, "ACB"), ("C", 1, "ACB")],
)
def test_entries_move(title: str, place: int, expected: str, three: Playlist, owner: User) -> None:
    playlists.move(entry(three, title), place, owner)
    assert order(three, owner) == expected


def test_moving_is_about_what_the_owner_sees(three: Playlist, owner: User, other: User) -> None:
    hidden = entry(three, "B").track
    hidden.owner, hidden.visibility = other, Track.Visibility.PRIVATE
    hidden.save()
    assert order(three, owner) == "AC"
    playlists.move(entry(three, "C"), 0, owner)
    assert order(three, owner) == "CA"
    hidden.visibility = Track.Visibility.PUBLIC
    hidden.save()
    assert sorted(order(three, owner)) == ["A", "B", "C"]


def test_a_track_may_stand_in_it_twice_and_there_is_an_end(
    three: Playlist, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playlists, "MOST_ENTRIES", 4)
    again = entry(three, "A").track
    assert playlists.add(three, [again, again]) == 1
    assert order(three, owner) == "ABCA"


def test_a_removed_track_leaves_no_hole(three: Playlist, owner: User) -> None:
    entry(three, "B").track.delete()
    playlists.move(entry(three, "C"), 0, owner)
    assert order(three, owner) == "CA"


# -- pages -------------------------------------------------------------------------------------------------------------


def test_an_evening_with_a_playlist(owner: User, sign_in: SignIn) -> None:
    track = a_track("Prelude")
    client = sign_in(owner)
    assert "No playlists yet" in client.get(reverse("playlists")).content.decode()
    page = reverse("playlist-add", args=[track.pk])
    assert client.post(page, {"title": "", "playlist": ""}).status_code == 200
    came_from = f"http://testserver{reverse('tracks')}?sort=bpm"
    assert client.post(page, {"title": "Night", "back": came_from})["Location"] == came_from
    playlist = Playlist.objects.get()
    client.post(page, {"playlist": playlist.pk})
    assert order(playlist, owner) == "PreludePrelude"
    append = reverse("playlist-append", args=[playlist.pk])
    client.post(append, {"track": [track.pk, a_track("Fugue").pk, "x", "999999"]})
    assert order(playlist, owner) == "PreludePreludeFugue"  # what it holds already is no suggestion
    client.post(playlist.get_absolute_url(), {"title": "  Later\n"})
    first = playlists.entries(playlist, owner)[0]
    client.post(reverse("entry-remove", args=[first.pk]))
    response = client.get(playlist.get_absolute_url())
    assert "Later" in response.content.decode()
    assert len(response.context["entries"]) == 2
    client.get(reverse("playlist-remove", args=[playlist.pk]))
    assert Playlist.objects.exists()
    client.post(reverse("playlist-remove", args=[playlist.pk]))
    assert not Playlist.objects.exists()


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_adding_leads_nowhere_else(back: str, owner: User, sign_in: SignIn) -> None:
    track = a_track()
    response = sign_in(owner).post(reverse("playlist-add", args=[track.pk]), {"title": "Night", "back": back})
    assert response["Location"] == track.get_absolute_url()


def test_moving_over_http(three: Playlist, owner: User, sign_in: SignIn) -> None:
    client = sign_in(owner)
    url = reverse("entry-move", args=[entry(three, "C").pk])
    assert client.post(url, {"to": "0"})["Location"] == three.get_absolute_url()
    assert order(three, owner) == "CAB"
    assert client.post(url, {"to": "-1"}).status_code == 400
    assert client.get(url).status_code == 405


def test_a_long_one_comes_in_pages_that_know_what_follows(
    owner: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playlist_views, "ROWS", 2)
    tracks = [a_track(title) for title in "ABCDE"]
    playlist = playlists.create(owner, "Long", tracks)
    playlists.share(playlist)
    client, first = sign_in(owner), playlist.get_absolute_url()
    later = [",".join(str(track.pk) for track in tracks[place:]) for place in (2, 4, 5)]
    for address in (first, reverse("playlist-shared", args=[playlist.token])):
        found = [client.get(f"{address}?page={page}") for page in (1, 2, 3)]
        assert [one.context["later"] for one in found] == later
        assert [len(one.context["entries"]) for one in found] == [2, 2, 1]
        assert f'data-later="{later[0]}"' in found[0].content.decode()
        assert "5 tracks" in found[2].content.decode()
    move = reverse("entry-move", args=[entry(playlist, "A").pk])
    assert client.post(move, {"to": "4"})["Location"] == f"{first}?page=3"
    assert order(playlist, owner) == "BCDEA"
    assert client.post(reverse("entry-remove", args=[entry(playlist, "D").pk]))["Location"] == f"{first}?page=2"
    assert client.get(f"{first}?page=99").context["entries"].number == 2


def test_a_page_of_a_thousand_is_light(owner: User, sign_in: SignIn) -> None:
    playlist = playlists.create(owner, "Long", [a_track(f"Piece {n}") for n in range(1_000)])
    response = sign_in(owner).get(playlist.get_absolute_url())
    assert len(gzip.compress(response.content)) < 40_000  # of 150,000 bytes with scripts and styles


def test_to_others_it_does_not_exist(three: Playlist, other: User, curator: User, sign_in: SignIn) -> None:
    place = entry(three, "A").pk
    for user in (other, curator):
        client = sign_in(user)
        assert client.get(three.get_absolute_url()).status_code == 404
        assert client.get(reverse("playlist-export", args=[three.pk, "m3u8"])).status_code == 404
        assert client.get(reverse("playlist-extend", args=[three.pk])).status_code == 404
        for name, number in (
            ("playlist", three.pk), ("playlist-remove", three.pk), ("playlist-share", three.pk),
            ("playlist-append", three.pk), ("entry-move", place), ("entry-remove", place),
        ):  # fmt: skip
            assert client.post(reverse(name, args=[number]), {"title": "Mine now", "to": 0}).status_code == 404
    three.refresh_from_db()
    assert (three.title, three.entries.count()) == ("Evening", 3)


def test_others_private_tracks_cannot_be_added(three: Playlist, owner: User, other: User, sign_in: SignIn) -> None:
    secret = a_track("Secret", owner=other, private=True)
    client = sign_in(owner)
    assert client.post(reverse("playlist-add", args=[secret.pk]), {"title": "x"}).status_code == 404
    client.post(reverse("playlist-append", args=[three.pk]), {"track": [secret.pk]})
    assert three.entries.count() == 3


def test_sharing(three: Playlist, owner: User, other: User, sign_in: SignIn, stranger: Client) -> None:
    playlists.add(three, [a_track("Mine alone", owner=owner, private=True)])
    client = sign_in(owner)
    client.post(reverse("playlist-share", args=[three.pk]))
    three.refresh_from_db()
    link = reverse("playlist-shared", args=[three.token])
    assert len(three.token) > 40
    page = sign_in(other).get(link)
    assert [track.title for track in page.context["tracks"]] == ["A", "B", "C"]
    assert "Mine alone" not in page.content.decode()
    assert stranger.get(link).status_code == 302
    client.post(reverse("playlist-share", args=[three.pk]), {"off": "1"})
    assert sign_in(other).get(link).status_code == 404
    assert sign_in(other).get(reverse("playlist-shared", args=["x" * 43])).status_code == 404


def test_as_many_queries_for_fifty_entries_as_for_one(
    owner: User, sign_in: SignIn, django_assert_max_num_queries: object
) -> None:
    tracks = [a_track(f"Piece {n}", artist=f"Artist {n}", album=Album.objects.create(title=f"{n}")) for n in range(50)]
    playlist = playlists.create(owner, "Long", tracks)
    client = sign_in(owner)
    with django_assert_max_num_queries(10):
        assert client.get(playlist.get_absolute_url()).status_code == 200


# -- files -------------------------------------------------------------------------------------------------------------


def test_files_out(owner: User, sign_in: SignIn) -> None:
    album = Album.objects.create(title="Suite & <more>")
    track = a_track("Prélude", artist="Clara", album=album, track_number=3, seconds=200.4)
    playlist = playlists.create(owner, 'Late "night"', [track])
    client = sign_in(owner)

    def exported(kind: str) -> str:
        response = client.get(reverse("playlist-export", args=[playlist.pk, kind]))
        assert response["Content-Disposition"].startswith("attachment")
        return response.content.decode()

    assert exported("m3u8").splitlines() == [
        "#EXTM3U", '#PLAYLIST:Late "night"', "#EXTINF:200,Clara - Prélude", "#EXTALB:Suite & <more>", "Prélude.ogg",
    ]  # fmt: skip
    space = {"x": playlist_files.XSPF}
    root = ET.fromstring(exported("xspf"))
    assert root.findtext("x:title", namespaces=space) == 'Late "night"'
    facts = {child.tag.split("}")[1]: child.text for child in root.find("x:trackList/x:track", space)}
    assert facts == {
        "location": "Prélude.ogg", "title": "Prélude", "creator": "Clara", "album": "Suite & <more>", "trackNum": "3",
        "duration": "200400",
    }  # fmt: skip
    assert json.loads(exported("jspf"))["playlist"]["track"][0]["creator"] == "Clara"
    assert client.get(reverse("playlist-export", args=[playlist.pk, "exe"])).status_code == 404


def test_a_file_comes_back_as_it_went_out(owner: User) -> None:
    tracks = [a_track("Prélude", artist="Clara"), a_track("#1 Hit", artist=""), a_track("Song - Live", artist="A - B")]
    found = playlist_files.matched(playlist_files.m3u8("Evening", tracks), owner)
    assert (found.title, found.tracks, found.missing) == ("Evening", tracks, [])


def test_names_match_when_files_are_called_otherwise(owner: User, other: User, sign_in: SignIn) -> None:
    track = a_track("Hoppípolla", artist="Sigur Rós")
    a_track("Secret", artist="Eve", owner=other, private=True)
    text = (
        "\ufeff#EXTM3U\r\n#PLAYLIST:From elsewhere\r\n"
        "#EXTINF:200,SIGUR ROS - hoppipolla\r\nC:\\Music\\07.mp3\r\n"
        "#EXTINF:100,Eve - Secret\r\n/home/eve/Secret.ogg\r\n"
        "file:///music/Hopp%C3%ADpolla.ogg\r\nhttp://127.0.0.1/unheard-of.mp3\r\n"
    )
    client = sign_in(owner)
    sent = SimpleUploadedFile("list.m3u8", text.encode())
    page = client.post(reverse("playlist-import"), {"file": sent}, follow=True).content.decode()
    playlist = Playlist.objects.get()
    assert playlist.title == "From elsewhere"
    assert [one.track for one in playlists.entries(playlist, owner)] == [track, track]
    assert "2 of 4 tracks were found" in page
    assert "Eve - Secret" in page


def test_no_playlist_is_made_of_nothing(owner: User, sign_in: SignIn) -> None:
    sent = SimpleUploadedFile("list.m3u8", b"#EXTM3U\nunheard-of.mp3\nnor-this.mp3\n")
    page = sign_in(owner).post(reverse("playlist-import"), {"file": sent}).content.decode()
    assert "None of the 2 tracks that it names is in the library" in page
    assert not Playlist.objects.exists()


def test_what_is_no_playlist_is_refused(owner: User, sign_in: SignIn) -> None:
    client = sign_in(owner)
    for content in (b"\0\1\2", b"x" * 2_100_000):
        response = client.post(reverse("playlist-import"), {"file": SimpleUploadedFile("list.m3u8", content)})
        assert response.status_code == 200
        assert response.context["import_form"].errors
    assert client.post(reverse("playlist-import")).status_code == 200
    a_track("Prélude")
    latin = SimpleUploadedFile("Été.m3u", "Pr\xe9lude.ogg".encode("latin-1"))
    client.post(reverse("playlist-import"), {"file": latin})
    assert Playlist.objects.get().title == "Été"


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    _, lines = playlist_files.read_m3u8(text)
    assert all(line.name for line in lines)
