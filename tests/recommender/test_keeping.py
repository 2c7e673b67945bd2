"""What is kept: likes in order, history, and everything as one file, each for one person only."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog import playlists
from catalog.models import Track
from recommender import keeping, listening
from recommender.models import Listen
from tests.rows import a_track

pytestmark = pytest.mark.django_db
Kind = Listen.Kind


def test_liked_tracks_are_those_liked_at_present(ada: User, eve: User, site: Client) -> None:
    first, second, taken_back, again, hers = (a_track(title) for title in ("A", "B", "C", "D", "E"))
    for track in (again, first, taken_back, second, taken_back, again, again):
        listening.toggle_like(ada, track)
    listening.toggle_like(eve, hers)
    response = site.get(reverse("liked"))
    assert [track.title for track in response.context["tracks"]] == ["D", "B", "A"]
    assert response.context["page"].paginator.count == 3
    first.owner, first.visibility = eve, Track.Visibility.PRIVATE
    first.save()
    assert [track.title for track in site.get(reverse("liked")).context["tracks"]] == ["D", "B"]


def test_history_is_ones_own_and_may_be_deleted(ada: User, eve: User, site: Client) -> None:
    track, hers = a_track("Mine"), a_track("Hers", owner=eve, private=True)
    listening.note(ada, track, Kind.PLAYED)
    listening.note(ada, track, Kind.LIKED)
    listening.note(ada, hers, Kind.PLAYED)
    listening.note(eve, hers, Kind.PLAYED)
    response = site.get(reverse("history"))
    assert [result.track.title for result in response.context["heard"]] == ["Mine"]
    assert "just now" in response.content.decode()
    Listen.objects.update(at=timezone.now() - timedelta(days=2))
    assert "2\xa0days ago" in site.get(reverse("history")).content.decode()
    assert site.get(reverse("history-forget")).status_code == 405
    site.post(reverse("history-forget"))
    assert set(Listen.objects.values_list("user__username", "kind")) == {("ada", "liked"), ("eve", "played")}


def test_what_was_played_most_comes_first_when_asked_for(ada: User, eve: User, site: Client) -> None:
    often, once, newer, hidden = (a_track(title) for title in ("Often", "Once", "Newer", "Hidden"))
    for track in (often, hidden, hidden, hidden, hidden, once, often, newer, often):
        listening.note(ada, track, Kind.PLAYED)
    listening.note(ada, once, Kind.FINISHED)  # part of the same time
    for _ in range(5):
        listening.note(eve, once, Kind.PLAYED)
    Track.objects.filter(pk=hidden.pk).update(owner=eve, visibility=Track.Visibility.PRIVATE)
    response = site.get(reverse("history"), {"by": "plays"})
    assert [(result.track.title, result.summary) for result in response.context["heard"]] == [
        ("Often", "3 times, last just now"),
        ("Newer", "1 time, last just now"),
        ("Once", "1 time, last just now"),
    ]
    assert '<a class="chip" href="?by=plays" aria-current="true">' in response.content.decode()
    assert len(site.get(reverse("history"), {"by": "nonsense"}).context["heard"]) == 5


def test_what_was_left_in_the_middle_can_be_continued(ada: User) -> None:
    length = 200.0
    for title, kind, seconds in (
        ("Left", Kind.SKIPPED, 90.0),
        ("Looked at", Kind.SKIPPED, 10.0),
        ("Almost", Kind.SKIPPED, 198.0),
        ("Finished", Kind.FINISHED, 200.0),
        ("Page closed", Kind.PLAYED, 5.0),
    ):
        track = a_track(title, seconds=length)
        listening.note(ada, track, Kind.PLAYED, seconds=5.0)
        listening.note(ada, track, kind, seconds=seconds)
    assert [track.title for track in keeping.unfinished(ada)] == ["Page closed", "Left"]


def test_everything_that_is_mine(ada: User, eve: User, site: Client) -> None:
    mine = a_track("Mine", owner=ada, private=True)
    shared = a_track("Shared")
    secret = a_track("Secret", owner=eve, private=True)
    playlists.create(ada, "Evening", [mine, shared, secret])
    playlists.create(eve, "Hers", [shared])
    listening.note(ada, shared, Kind.PLAYED, seconds=12.0)
    listening.note(ada, secret, Kind.PLAYED)
    listening.note(eve, shared, Kind.LIKED)
    response = site.get(reverse("export"))
    assert response["Content-Disposition"].startswith("attachment")
    document = json.loads(response.content)
    assert document["account"]["name"] == "ada"
    assert [track["title"] for track in document["tracks"]] == ["Mine"]
    assert [track["title"] for track in document["playlists"][0]["tracks"]] == ["Mine", "Shared"]
    assert len(document["playlists"]) == 1
    assert [(row["track"]["title"], row["what"], row["seconds"]) for row in document["listens"]] == [
        ("Shared", "played", 12.0)
    ]
    assert "password" not in response.content.decode()
    assert "Secret" not in response.content.decode()


def test_liked_tracks_of_later_pages_are_played_with_the_first(ada: User, site: Client) -> None:
    tracks = [a_track(f"Piece {number}") for number in range(52)]
    for track in tracks:
        listening.note(ada, track, Listen.Kind.LIKED)
    body = site.get(reverse("liked")).content.decode()
    assert f'data-later="{tracks[1].pk},{tracks[0].pk}"' in body
    assert "data-later" not in site.get(reverse("liked"), {"page": 2}).content.decode()


@pytest.mark.parametrize("page", ["liked", "history"])
def test_as_many_queries_for_fifty_rows_as_for_one(
    page: str, ada: User, site: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(60):
        track = a_track(f"Piece {number}", artist=f"Artist {number}")
        listening.note(ada, track, Kind.LIKED)
        listening.note(ada, track, Kind.PLAYED)
    with django_assert_max_num_queries(10):
        assert site.get(reverse(page)).status_code == 200


@pytest.mark.parametrize(
    ("page", "words"),
    [("liked", "Press the heart beside a track to keep it here"), ("history", "What you play is listed here")],
)
def test_empty_pages_say_what_to_do(page: str, words: str, site: Client) -> None:
    assert words in site.get(reverse(page)).content.decode()


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "just now"), (50, "just now"), (61, "1 minute ago"), (3 * 3600 + 60, "3 hours ago")]
)
def test_how_long_ago_something_was(seconds: int, said: str) -> None:
    assert keeping.ago(timezone.now() - timedelta(seconds=seconds)).replace("\N{NO-BREAK SPACE}", " ") == said
