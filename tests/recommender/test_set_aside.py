"""Tracks that a curator has set aside: gone for everybody, kept whole, brought back as they were."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog import intake, playlists
from catalog.gate import Refusal
from catalog.models import Track
from catalog.streaming import stream_url
from recommender import index_versions, listening, outbox, questions
from recommender.facets import FACETS
from recommender.index.base import NOBODY, Filter
from recommender.index.exact import ExactIndex
from recommender.models import IndexedVector
from recommender.questions import Asker
from tests.rows import a_library, a_track, a_user

pytestmark = pytest.mark.django_db
TRACKS = "admin:catalog_track_changelist"
WEIGHTS = {facet.name: facet.default_weight for facet in FACETS}


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> ExactIndex:
    made = ExactIndex()
    monkeypatch.setattr(index_versions, "index", lambda: made)
    return made


@pytest.fixture
def tracks(index: ExactIndex) -> list[Track]:
    found = a_library([60, 75, 90, 105, 120, 140])
    send()
    return found


@pytest.fixture
def ada() -> User:
    return a_user("ada")


@pytest.fixture
def desk() -> Client:
    curator = a_user("curator", is_staff=True)
    curator.groups.add(Group.objects.get(name="Curators"))
    client = Client()
    client.force_login(curator)
    return client


def send() -> None:
    version = index_versions.active()
    assert version is not None
    outbox.send(version)


def act(desk: Client, action: str, *tracks: Track) -> str:
    chosen = {"action": action, "_selected_action": [track.pk for track in tracks]}
    return desk.post(reverse(TRACKS), chosen, follow=True).content.decode()


def in_index(index: ExactIndex, viewer: User) -> set[int]:
    version = index_versions.active()
    assert version is not None
    query = index_versions.stack([version.vectors.order_by("pk")[0].vector])[0]
    return {int(pk) for pk in index.search(version.collection, query, 100, Filter(viewer_id=viewer.pk)).ids}


def alike(seed: Track, viewer: User) -> set[int]:
    return {result.track.pk for result in questions.similar(seed, WEIGHTS, Asker.of(viewer), k=20).results}


def test_a_curator_sets_aside_and_brings_back_at_the_desk(desk: Client, tracks: list[Track], ada: User) -> None:
    page = act(desk, "set_aside", *tracks[:2])
    assert "2 set aside" in page
    assert page.count("Nobody: set aside") == 3  # two rows, and the filter
    assert "All of them were set aside already" in act(desk, "set_aside", *tracks[:2])
    assert set(Track.objects.visible_to(ada)) == set(tracks[2:])
    found = desk.get(reverse(TRACKS), {"heard_by": "none"}).context["cl"].result_list
    assert set(found) == set(tracks[:2])
    assert desk.get(reverse(TRACKS), {"heard_by": "public"}).context["cl"].result_count == 4
    row = desk.get(reverse("admin:catalog_track_change", args=[tracks[0].pk])).content.decode()
    assert "Set aside at" in row
    assert "View on site" not in row
    assert "1 brought back" in act(desk, "bring_back", tracks[0], tracks[5])
    assert "None of them was set aside" in act(desk, "bring_back", tracks[5])
    assert tracks[0] in Track.objects.visible_to(ada)
    said = LogEntry.objects.order_by("pk").values_list("object_id", "change_message")
    assert [(int(pk), what) for pk, what in said] == [
        *((track.pk, "Set aside.") for track in sorted(tracks[:2], key=lambda one: -one.pk)),
        (tracks[0].pk, "Brought back."),
    ]


def test_its_owner_does_not_find_it_either(ada: User) -> None:
    mine = a_track("Mine", owner=ada, private=True)
    intake.set_aside(Track.objects.filter(pk=mine.pk))
    assert not Track.objects.visible_to(ada).exists()
    assert not Track.objects.visible_to(a_user("other")).exists()
    intake.bring_back(Track.objects.all())
    assert list(Track.objects.visible_to(ada)) == [mine]
    assert not Track.objects.visible_to(User.objects.get(username="other")).exists()


def test_the_index_hears_of_it_and_gets_it_back(tracks: list[Track], index: ExactIndex, ada: User) -> None:
    gone = tracks[1]
    assert gone.pk in alike(tracks[0], ada)
    intake.set_aside(Track.objects.filter(pk=gone.pk))
    assert gone.pk not in alike(tracks[0], ada)  # the index does not know it yet: rows are looked up
    assert IndexedVector.objects.get(indexed_at=None).track_id == gone.pk
    send()
    assert in_index(index, ada) == {track.pk for track in tracks} - {gone.pk}
    assert index_versions.attributes_of([gone.pk])[gone.pk].owner_id == NOBODY
    intake.bring_back(Track.objects.filter(pk=gone.pk))
    send()
    assert in_index(index, ada) == {track.pk for track in tracks}
    assert gone.pk in alike(tracks[0], ada)


def test_nothing_plays_it_and_nothing_of_it_is_lost(tracks: list[Track], ada: User) -> None:
    gone = tracks[1]
    listening.toggle_like(ada, gone)
    playlist = playlists.create(ada, "Evening", tracks[:3])
    address = stream_url(gone, ada)
    site = Client()
    site.force_login(ada)
    intake.set_aside(Track.objects.filter(pk=gone.pk))
    pages = [address, gone.get_absolute_url(), f"/radio/?from=track:{gone.pk}", f"/tracks/{gone.pk}/wave/"]
    assert [site.get(page).status_code for page in pages] == [404] * 4
    for page in (reverse("tracks"), reverse("liked"), f"/queue/?ids={gone.pk}", reverse("search") + "?q=piece"):
        assert f'data-track="{gone.pk}"' not in site.get(page).content.decode(), page
    assert [entry.track for entry in playlists.entries(playlist, ada)] == [tracks[0], tracks[2]]
    intake.bring_back(Track.objects.filter(pk=gone.pk))
    assert [entry.track for entry in playlists.entries(playlist, ada)] == tracks[:3]
    assert f'data-track="{gone.pk}"' in site.get(reverse("liked")).content.decode()


def test_the_same_file_is_refused_meanwhile(ada: User, settings: object, tmp_path: object) -> None:
    settings.MEDIA_DIR = tmp_path
    data, public = b"OggS\0\2" + bytes(3000), Track.Visibility.PUBLIC

    def sent(by: User, visibility: Track.Visibility) -> object:
        return intake.add_track(
            io.BytesIO(data), original_name="song.ogg", owner=by, visibility=visibility, urgent=False
        )

    first = sent(ada, public)
    assert isinstance(first, intake.Stored)
    intake.set_aside(Track.objects.all())
    for by, visibility in ((ada, public), (a_user("other"), public), (a_user("third"), Track.Visibility.PRIVATE)):
        refused = sent(by, visibility)
        assert isinstance(refused, intake.Refused)
        assert refused.code == Refusal.SET_ASIDE
    intake.bring_back(Track.objects.all())
    assert isinstance(sent(ada, public), intake.Duplicate)


def test_whoever_removes_a_track_may_set_it_aside_instead(desk: Client, tracks: list[Track], ada: User) -> None:
    address = reverse("track-remove", args=[tracks[0].pk])
    assert "Set it aside" in desk.get(address).content.decode()
    assert "is set aside" in desk.post(address, {"aside": "1"}, follow=True).content.decode()
    assert tracks[0] in Track.objects.exclude(set_aside_at=None)
    assert desk.get(address).status_code == 404
    mine = a_track("Mine", owner=ada, private=True)
    site = Client()
    site.force_login(ada)
    assert not re.search("[Ss]et it aside", site.get(reverse("track-remove", args=[mine.pk])).content.decode())


def test_many_tracks_wake_the_index_once(
    tracks: list[Track], django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]]
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        assert intake.set_aside(Track.objects.all()) == len(tracks)
    assert len(callbacks) == 1


@pytest.mark.parametrize("batch", [1, 3, 500])
def test_many_tracks_are_few_statements_and_all_of_them_are_sent_again(
    tracks: list[Track], batch: int, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    monkeypatch.setattr(intake, "BATCH", batch)
    IndexedVector.objects.update(indexed_at=timezone.now())
    kept = tracks[0].pk
    with django_assert_max_num_queries(3 + 2 * -(-(len(tracks) - 1) // batch)):
        assert intake.set_aside(Track.objects.exclude(pk=kept)) == len(tracks) - 1
    assert list(Track.objects.filter(set_aside_at=None)) == [tracks[0]]
    assert set(IndexedVector.objects.exclude(indexed_at=None).values_list("track_id", flat=True)) <= {kept}
    assert intake.set_aside(Track.objects.all()) == 1
    assert intake.bring_back(Track.objects.all()) == len(tracks)
    assert not Track.objects.exclude(set_aside_at=None).exists()
