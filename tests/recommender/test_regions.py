"""A part of the map: drawn round or named, listed, kept."""

from __future__ import annotations

import re

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Playlist, Track
from recommender import drawing, mapfile, maps
from tests.recommender.test_discover_views import body, library, rows, send
from tests.rows import a_measurement, a_track, a_user, analysed

__all__ = ["library"]  # a fixture

EVERYWHERE = "-1,-1;2,-1;2,2;-1,2"
PART = {"HX-Request": "true", "HX-Target": "selection"}


def test_a_line_encloses_by_the_even_odd_rule() -> None:
    square = np.array([(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)], np.float32)
    points = np.array([(0.5, 0.5), (0.1, 0.5), (0.9, 0.5), (0.5, 0.1), (0.5, 0.9)], np.float32)
    assert mapfile.within(points, square).tolist() == [True, False, False, False, False]
    bow = np.array([(0, 0), (1, 1), (1, 0), (0, 1)], np.float32)  # crosses itself in the middle
    assert mapfile.within(np.array([(0.2, 0.5), (0.8, 0.5), (0.5, 0.2)], np.float32), bow).tolist() == [
        True, True, False,
    ]  # fmt: skip


def around(track: Track, viewer: User, reach: float = 0.002) -> str:
    places = mapfile.unpack(maps.served(viewer))
    x, y = mapfile.opened(places.xy)[list(places.ids).index(track.pk)]
    return ";".join(f"{x + dx * reach:.5f},{y + dy * reach:.5f}" for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1)))


def test_what_lies_inside_is_listed_and_kept(site: Client, ada: User, library: list[Track]) -> None:
    drawing.draw()
    address = f"{reverse('map-region')}?outline={around(library[3], ada)}"
    page = body(site, address)
    assert library[3].pk in rows(page)
    assert len(rows(page)) < len(library)
    part = body(site, address, **PART)
    assert "<html" not in part
    assert rows(part) == rows(page)
    [lasting] = re.findall(r'<h2[^>]*><a href="([^"]*)">', part)  # what was drawn can be handed on
    assert rows(body(site, lasting)) == rows(page)
    response = site.post(address, {"title": "From the map"})
    playlist = Playlist.objects.get(owner=ada)
    assert response["Location"] == playlist.get_absolute_url()
    assert playlist.title == "From the map"
    assert {entry.track_id for entry in playlist.entries.all()} == set(rows(page))


def test_a_playlist_needs_a_title(site: Client, library: list[Track]) -> None:
    drawing.draw()
    response = site.post(f"{reverse('map-region')}?outline={EVERYWHERE}", {"title": " "})
    assert response.status_code == 200
    assert "This field is required" in response.content.decode()
    assert not Playlist.objects.exists()


def test_every_neighbourhood_of_the_list_is_a_selection(site: Client, ada: User, library: list[Track]) -> None:
    drawing.draw()
    page = body(site, reverse("map"))
    for region in maps.regions(ada):
        address = f"{reverse('map-region')}?region={region.number}"
        assert address in page
        shown = body(site, address)
        assert region.name in shown
        assert f"{region.count} track" in shown
    assert site.get(reverse("map-region"), {"region": 99}).status_code == 404


@pytest.mark.parametrize(
    "asked",
    ["region=x", "outline=", "outline=0,0;1,1", "outline=0,0;1,1;nan,0", "outline=a,b;c,d;e,f", "outline=1;2;3"],
)
def test_nonsense_is_refused(site: Client, library: list[Track], asked: str) -> None:
    assert site.get(f"{reverse('map-region')}?{asked}").status_code == 400


def test_others_private_tracks_lie_nowhere(site: Client, library: list[Track]) -> None:
    secret = analysed(a_track("Secret", owner=a_user("other"), private=True), a_measurement(bpm=101.0))
    send()
    drawing.draw()
    page = body(site, f"{reverse('map-region')}?outline={EVERYWHERE}")
    assert "Secret" not in page
    assert secret.pk not in rows(page)


def test_before_a_map_was_drawn_nothing_is_there(site: Client, library: list[Track]) -> None:
    assert "no tracks inside this line" in body(site, f"{reverse('map-region')}?outline={EVERYWHERE}")
    assert site.get(reverse("map-region"), {"region": 0}).status_code == 404


def test_the_first_points_cover_the_map(site: Client, ada: User, library: list[Track]) -> None:
    drawing.draw()
    first = site.get(reverse("map-points"), {"first": 5}).content
    assert len(mapfile.unpack(first).ids) == 5
    assert len(mapfile.unpack(site.get(reverse("map-points"), {"first": "x"}).content).ids) == len(library)
