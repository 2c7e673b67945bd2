"""Recommendations for a playlist."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from catalog import playlists
from recommender import index_versions, outbox
from recommender.index.exact import ExactIndex
from tests.rows import a_library, a_track, a_user


@pytest.mark.django_db
def test_what_goes_with_a_playlist(index: ExactIndex, client: Client) -> None:
    library = a_library([120.0, 121.0, 90.0, 122.0, 60.0, 123.0], sounds=2)
    outbox.send(index_versions.ensure_current())
    user = a_user("ada")
    client.force_login(user)
    playlist = playlists.create(user, "Evening", library[:2])
    response = client.get(reverse("playlist-extend", args=[playlist.pk]))
    found = [result.track for result in response.context["answer"].results]
    assert found
    assert not set(found) & set(library[:2])
    client.post(reverse("playlist-append", args=[playlist.pk]), {"track": [track.pk for track in found]})
    assert playlist.entries.count() == 2 + len(found)
    fresh = playlists.create(user, "Unheard", [a_track("Unheard")])
    page = client.get(reverse("playlist-extend", args=[fresh.pk])).content.decode()
    assert "still being analysed" in page
    empty = playlists.create(user, "Empty")
    page = client.get(reverse("playlist-extend", args=[empty.pk])).content.decode()
    assert "This playlist is empty" in page
    assert "still being analysed" not in page
