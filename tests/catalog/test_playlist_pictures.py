"""The list of playlists: a picture of each, made of those of its tracks."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import User
from catalog import playlists
from catalog.models import Album
from tests.catalog.conftest import SignIn
from tests.rows import a_track

pytestmark = pytest.mark.django_db


def test_a_playlist_shows_four_different_pictures_of_what_its_viewer_hears(owner: User, other: User) -> None:
    tracks = [a_track(f"Song {number}", cover=f"{number // 2:064}") for number in range(6)]
    hidden = a_track("Hidden", owner=other, private=True)
    playlist = playlists.create(owner, "Evening", [hidden, *tracks, a_track("Drawn"), a_track("Also drawn")])
    empty = playlists.create(owner, "Empty")
    found = playlists.faces([playlist, empty], owner)
    assert [track.title for track in found[playlist.pk]] == ["Song 0", "Song 2", "Song 4", "Drawn"]
    assert empty.pk not in found
    assert playlists.of(owner).get(title="Evening").entry_count == 8


def test_the_list_of_playlists_takes_no_query_per_playlist(
    owner: User, sign_in: SignIn, django_assert_num_queries: object
) -> None:
    site = sign_in(owner)

    def asked(count: int) -> str:
        for number in range(count):
            playlists.create(owner, f"List {number}", [a_track(f"{count} {number} {place}") for place in range(5)])
        with django_assert_num_queries(5):  # session, who asks, the playlists, their pictures, liked tracks
            return site.get(reverse("playlists")).content.decode()

    playlists.create(owner, "Empty")
    playlists.create(owner, "Short", [a_track("Alone")])
    assert asked(2).count("mosaic") == 2
    page = asked(20)
    assert page.count('class="art mosaic"') == 22
    assert page.count('class="art"') == 1
    assert page.count("art--none") == 1


def test_its_own_page_shows_its_picture_and_how_long_it_lasts(owner: User, other: User, sign_in: SignIn) -> None:
    tracks = [a_track(f"Song {number}", cover=f"{number:064}", seconds=1500.0) for number in range(5)]
    hidden = a_track("Hidden", owner=owner, private=True, cover="f" * 64, seconds=600.0)
    playlist = playlists.create(owner, "Evening", [hidden, *tracks])
    token = playlists.share(playlist)
    page = sign_in(owner).get(playlist.get_absolute_url()).content.decode()
    head = page[page.index('id="entry-art"') : page.index("<h1")]
    assert 'class="art mosaic art--large"' in head
    assert [track.title for track in (hidden, *tracks) if f"/tracks/{track.pk}/cover/" in head] == [
        "Hidden", "Song 0", "Song 1", "Song 2",
    ]  # fmt: skip
    assert "6 tracks &middot; 2\u00a0h\u00a015\u00a0min" in page
    shared = sign_in(other).get(reverse("playlist-shared", args=[token])).content.decode()
    assert "5 tracks &middot; 2\u00a0h\u00a05\u00a0min" in shared
    assert f"/tracks/{hidden.pk}/cover/" not in shared
    assert 'class="art mosaic art--large"' in shared


def test_artists_and_albums_show_what_there_is_of_them(owner: User, sign_in: SignIn) -> None:
    album = Album.objects.create(title="Suite")
    tracks = [a_track(f"Song {number}", cover=f"{number:064}", album=album, seconds=90.0) for number in range(4)]
    site = sign_in(owner)
    artist = site.get(tracks[0].artist.get_absolute_url()).content.decode()
    assert 'class="art mosaic art--large"' in artist
    assert "4 tracks" in artist
    assert "4 tracks &middot; 6\u00a0min" in site.get(album.get_absolute_url()).content.decode()
