"""The list of playlists: a picture of each, made of those of its tracks."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import User
from catalog import playlists
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
        with django_assert_num_queries(4):  # session, who asks, the playlists, their pictures
            return site.get(reverse("playlists")).content.decode()

    playlists.create(owner, "Empty")
    playlists.create(owner, "Short", [a_track("Alone")])
    assert asked(2).count("mosaic") == 2
    page = asked(20)
    assert page.count('class="art mosaic"') == 22
    assert page.count('class="art"') == 1
    assert page.count("art--none") == 1
