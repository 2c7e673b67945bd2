"""Recommendations for a playlist."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from catalog import playlists
from catalog.models import Playlist, Track
from recommender import index_versions, outbox
from recommender.index.exact import ExactIndex
from recommender.questions.blends import NOTHING_LEFT
from tests.rows import a_library, a_track, a_user


def an_evening(client: Client, sounds: int, of: int) -> tuple[list[Track], Playlist]:
    """Six analysed tracks, and a playlist with the first of them whose owner is signed in."""
    library = a_library([120.0, 121.0, 90.0, 122.0, 60.0, 123.0], sounds=sounds)
    outbox.send(index_versions.ensure_current())
    user = a_user("ada")
    client.force_login(user)
    return library, playlists.create(user, "Evening", library[:of])


@pytest.mark.django_db
def test_what_goes_with_a_playlist(index: ExactIndex, client: Client) -> None:
    library, playlist = an_evening(client, sounds=2, of=2)
    user = playlist.owner
    response = client.get(reverse("playlist-extend", args=[playlist.pk]))
    found = [result.track for result in response.context["answer"].results]
    assert found
    assert not set(found) & set(library[:2])
    append, row = reverse("playlist-append", args=[playlist.pk]), {"HX-Request": "true"}
    assert response.content.decode().count(f'hx-post="{append}"') == len(found)  # each row has its button
    assert ">Added<" in client.post(append, {"track": found[0].pk}, headers=row).content.decode()
    assert ">Not added<" in client.post(append, {"track": found[0].pk}, headers=row).content.decode()
    assert playlist.entries.count() == 3
    client.post(append, {"track": [track.pk for track in found]})
    assert playlist.entries.count() == 2 + len(found)
    fresh = playlists.create(user, "Unheard", [a_track("Unheard")])
    page = client.get(reverse("playlist-extend", args=[fresh.pk])).content.decode()
    assert "still being analysed" in page
    empty = playlists.create(user, "Empty")
    page = client.get(reverse("playlist-extend", args=[empty.pk])).content.decode()
    assert "This playlist is empty" in page
    assert "still being analysed" not in page


@pytest.mark.django_db
def test_sliders_and_filters_hold_for_what_goes_with_a_playlist(index: ExactIndex, client: Client) -> None:
    _, playlist = an_evening(client, sounds=6, of=1)
    address = reverse("playlist-extend", args=[playlist.pk])
    by_tempo = client.get(address, {"tempo": "1", "sound": "0", "mood": "0"}).context["answer"].results
    assert [one.track.title for one in by_tempo][-1] == "Piece 2"  # all others are of this tempo, or of its half
    slow = client.get(address, {"bpm_max": "95"})
    assert {one.track.title for one in slow.context["answer"].results} == {"Piece 2", "Piece 4"}
    nothing = client.get(address, {"bpm_min": "290"}).content.decode()
    assert NOTHING_LEFT in nothing
    assert 'id="steer"' in nothing
    part = client.get(address, {"bpm_max": "95"}, headers={"HX-Request": "true", "HX-Target": "answer"})
    assert b"<html" not in part.content
    assert "bpm_max=95" in part["HX-Replace-Url"]
    bare = client.get(reverse("playlist-extend", args=[playlists.create(playlist.owner, "Empty").pk])).content.decode()
    assert 'id="steer"' not in bare
