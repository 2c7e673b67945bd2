"""Lists: sorted, narrowed down, page after page without a gap or a repeat, and nothing of others'."""

from __future__ import annotations

import random

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Album, Track
from recommender import browse
from recommender.browse import ORDERS, Narrowing
from recommender.index.exact import ExactIndex
from recommender.models import Measurement
from tests.rows import a_library, a_track, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> list[Track]:
    """Tracks that differ in everything, with gaps and ties, some of them never measured."""
    index = ExactIndex()
    monkeypatch.setattr("recommender.index_versions.index", lambda: index)
    chance = random.Random(3)
    tracks = a_library([None if number % 5 == 0 else 60.0 + 7 * (number % 6) for number in range(23)])
    tracks += [a_track(f"Unheard {number}", artist="" if number % 2 else "Nobody in particular") for number in range(6)]
    albums = [Album.objects.create(title=f"Book {number}") for number in range(3)]
    for track in tracks:
        track.year = chance.choice([None, 1999, 2001, 2010])
        track.seconds = chance.choice([None, 100.0, 200.0, 300.0])
        track.album = chance.choice([None, *albums])
        track.disc_number, track.track_number = chance.choice([None, 1, 2]), chance.choice([None, 1, 2, 3])
        track.genre = chance.choice(["", "Jazz", "Acid Jazz", "Rock"])
        track.save()
    return tracks


def walk(user: User, order: str, size: int) -> list[Track]:
    tracks, cursor = [], ""
    for _ in range(100):
        page = browse.page(Track.objects.visible_to(user), order, cursor, size)
        tracks += page.tracks
        cursor = page.following
        if not cursor:
            return tracks
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("order", [f"{sign}{name}" for name in ORDERS for sign in ("", "-")])
def test_pages_add_up_to_the_list(order: str, library: list[Track], ada: User) -> None:
    whole = walk(ada, order, 1000)
    assert {track.pk for track in whole} == {track.pk for track in library}
    for size in (1, 4, 7):
        assert [track.pk for track in walk(ada, order, size)] == [track.pk for track in whole]


@pytest.mark.parametrize(("order", "rising"), [("bpm", True), ("-bpm", False)])
def test_what_lacks_the_value_comes_last(order: str, rising: bool, library: list[Track], ada: User) -> None:
    known = dict(Measurement.objects.values_list("track_id", "bpm"))
    tempi = [known.get(track.pk) for track in walk(ada, order, 4)]
    there = [bpm for bpm in tempi if bpm is not None]
    assert there == sorted(there, reverse=not rising)
    assert tempi[len(there) :] == [None] * (len(tempi) - len(there))
    assert len(there) == 18


def test_titles_are_sorted_as_people_do(ada: User) -> None:
    for title in ("Zebra", "élan", "Echo", "apple"):
        a_track(title)
    assert [track.title for track in walk(ada, "title", 2)] == ["apple", "Echo", "élan", "Zebra"]


def test_narrowing_down(library: list[Track], ada: User) -> None:
    visible = Track.objects.visible_to(ada)

    def left(**limits: object) -> set[str]:
        return {track.title for track in Narrowing(**limits).of(visible)}

    everything = {track.title for track in library}
    assert left() == everything
    assert left(bpm=(60.0, 67.0)) == {
        row.track.title for row in Measurement.objects.filter(bpm__in=(60.0, 67.0)).select_related("track")
    }
    assert left(year=(2000, None)) == {track.title for track in library if track.year and track.year >= 2000}
    assert left(minutes=(2.0, 4.0)) == {track.title for track in library if track.seconds == 200.0}
    assert left(genre="jazz") == {track.title for track in library if "Jazz" in track.genre}
    assert left(key=(3, "major")) == {f"Piece {number}" for number in (3, 15)}
    assert left(key=(3, "minor")) == set()
    assert left(words="unheard") == {f"Unheard {number}" for number in range(6)}
    Measurement.objects.update(moods={"calm": 0.2})
    Measurement.objects.filter(track__title="Piece 2").update(moods={"calm": 0.9})
    assert left(mood="calm") == {"Piece 2"}
    assert left(mood="joy") == set()


def test_the_page_of_tracks(library: list[Track], ada: User, client: Client) -> None:
    client.force_login(ada)
    response = client.get(reverse("tracks"), {"sort": "-bpm", "bpm_min": "60", "bpm_max": "200", "key": "3-major"})
    assert {track.title for track in response.context["page"].tracks} == {"Piece 3"}
    page = response.content.decode()
    assert 'aria-current="true">BPM' in page
    assert "sort=bpm" in page  # the heading that is chosen turns round
    assert "bpm_min=60" in page
    nonsense = {"sort": "x", "bpm_min": "fast", "key": "99-blue", "mood": "'", "after": "bogus", "year_min": "-1"}
    assert len(client.get(reverse("tracks"), nonsense).context["page"].tracks) == len(library)
    nothing = client.get(reverse("tracks"), {"year_min": "2999"}).content.decode()
    assert "No track matches all of these filters" in nothing


def test_a_cursor_belongs_to_its_order(library: list[Track], ada: User) -> None:
    visible = Track.objects.visible_to(ada)
    first = browse.page(visible, "title", size=5)
    anew = browse.page(visible, "bpm", first.following, size=5)
    assert [track.pk for track in anew.tracks] == [track.pk for track in browse.page(visible, "bpm", size=5).tracks]


def test_private_tracks_of_others_are_neither_listed_nor_counted(ada: User, client: Client) -> None:
    eve = a_user("eve")
    a_track("Hers", owner=eve, private=True, genre="Secret genre")
    a_track("Mine", owner=ada, private=True)
    client.force_login(ada)
    response = client.get(reverse("tracks"))
    assert [track.title for track in response.context["page"].tracks] == ["Mine"]
    assert response.context["count"] == 1
    assert "Secret genre" not in response.content.decode()


@pytest.mark.parametrize("sort", ["added", "bpm", "artist"])
def test_as_many_queries_for_fifty_rows_as_for_one(
    sort: str, ada: User, client: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(60):
        a_track(f"Piece {number}", artist=f"Artist {number}", album=Album.objects.create(title=f"Book {number}"))
    client.force_login(ada)
    with django_assert_max_num_queries(11):
        response = client.get(reverse("tracks"), {"sort": sort})
    assert len(response.context["page"].tracks) == 50
    with django_assert_max_num_queries(11):
        client.get(reverse("tracks"), {"sort": sort, "after": response.context["page"].following})
