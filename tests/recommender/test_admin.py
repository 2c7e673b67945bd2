"""The curators' desk: what it shows, to whom, and that everything goes through the same functions as elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Album, Artist, Track
from recommender.admin.tracks import TempoFilter
from recommender.models import Analysis, IndexVersion, Measurement
from tests.rows import a_library, a_measurement, a_track, a_user, analysed

pytestmark = pytest.mark.django_db
State = Analysis.State
TRACKS = "admin:catalog_track_changelist"


@pytest.fixture(autouse=True)
def _media(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_DIR = tmp_path


@pytest.fixture
def curator() -> User:
    user = a_user("curator", is_staff=True)
    user.groups.add(Group.objects.get(name="Curators"))
    return user


@pytest.fixture
def desk(curator: User) -> Client:
    client = Client()
    client.force_login(curator)
    return client


@pytest.fixture
def root() -> Client:
    client = Client()
    client.force_login(a_user("root", is_staff=True, is_superuser=True))
    return client


def queued(track: Track, state: str, **values: object) -> Analysis:
    return Analysis.objects.update_or_create(
        track=track, defaults={"state": state, "queued_at": track.added_at, "attempts": 3, **values}
    )[0]


def act(client: Client, page: str, action: str, *rows: int) -> object:
    return client.post(reverse(page), {"action": action, "_selected_action": rows}, follow=True)


def test_curators_have_what_they_need_and_no_more(desk: Client) -> None:
    assert desk.get(reverse("admin:index")).status_code == 200
    for page in (
        "catalog_track",
        "catalog_artist",
        "catalog_album",
        "recommender_analysis",
        "recommender_indexversion",
    ):
        assert desk.get(reverse(f"admin:{page}_changelist")).status_code == 200, page
    assert desk.get(reverse("admin:accounts_user_changelist")).status_code == 403
    assert desk.get(reverse("admin:auth_group_changelist")).status_code == 403


def figures(client: Client) -> dict[str, str]:
    page = client.get(reverse("admin:index")).content.decode()
    found = re.findall(r'<a href="([^"]*)"><strong>([\d,]+)</strong> ([^<]+)</a>', page)
    return {name: f"{count} {client.get(address).context['cl'].result_count}" for address, count, name in found}


def test_the_desk_begins_with_how_far_the_work_is(desk: Client, root: Client) -> None:
    for number, state in enumerate((State.DONE, State.DONE, State.FAILED, State.QUARANTINED, State.QUEUED)):
        queued(a_track(f"Piece {number}"), state)
    queued(a_track("Diary", owner=a_user("eve"), private=True), State.RUNNING)
    mine = {"Waiting": "1 1", "Analysed": "2 2", "Cannot be analysed": "1 1", "Given up": "1 1"}
    assert figures(desk) == {"Tracks": "5 5", "Being analysed": "0 0", **mine}  # each leads to as many rows
    assert figures(root) == {"Tracks": "6 6", "Being analysed": "1 1", **mine}
    page = root.get(reverse("admin:index")).content.decode()
    assert page.count("glance__one--alarming") == 2
    assert page.index("Catalogue") < page.index("Analysis and index") < page.index("Accounts") < page.index("Lock-outs")


def test_a_list_of_the_desk_is_called_what_it_holds_and_tells_the_time_in_24_hours(desk: Client) -> None:
    queued(a_track("Piece"), State.DONE, queued_at="2026-11-25T22:33:00Z")
    page = desk.get(reverse("admin:recommender_analysis_changelist")).content.decode()
    assert "<h1>Analyses</h1>" in page
    assert "25 Nov 2026, 22:33<" in page


def test_every_page_of_the_desk_opens(root: Client) -> None:
    track = a_library([120.0, None])[0]
    queued(track, State.FAILED, error_code="silent", error_detail="nothing to hear")
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert root.get(reverse(f"admin:{name}_changelist")).status_code == 200, name
        row = model._default_manager.first()
        if row is not None:
            assert root.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200, name


def test_tracks_show_what_was_heard(desk: Client) -> None:
    track = analysed(a_track("Prelude", cover="ab" * 32), a_measurement(bpm=118.04, tonic=9, mode="minor"))
    failed = a_track("Silence")
    queued(failed, State.FAILED, error_code="silent", error_detail="nothing to hear")
    page = desk.get(reverse(TRACKS)).content.decode()
    assert "118.0" in page
    assert "A minor" in page
    assert "it is nothing but silence" in page
    assert "Cannot be analysed" in page
    row = desk.get(reverse("admin:catalog_track_change", args=[failed.pk])).content.decode()
    assert "silent: nothing to hear" in row
    assert f'src="{reverse("cover", args=[track.pk])}?size=small' in page
    assert reverse("upload") in page


def test_the_list_of_tracks_has_no_query_per_row(desk: Client, django_assert_max_num_queries: object) -> None:
    a_library([float(tempo) for tempo in range(60, 110)], sounds=50)
    with django_assert_max_num_queries(16):  # filters and who asks included
        desk.get(reverse(TRACKS))


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"bpm": "none"}, {"Piece 0"}),
        ({"bpm": "60"}, {"Piece 1"}),
        ({"bpm": "120"}, {"Piece 2"}),
        ({"bpm": "999"}, {"Piece 3"}),
        ({"bpm": "nonsense"}, {"Piece 0", "Piece 1", "Piece 2", "Piece 3"}),
        ({"q": "piece 2"}, {"Piece 2"}),
        ({"analysis__state__exact": "failed"}, {"Piece 1"}),
    ],
)
def test_filters_and_search(desk: Client, query: dict[str, str], titles: set[str]) -> None:
    tracks = a_library([None, 50.0, 100.0, 150.0])
    queued(tracks[1], State.FAILED)
    found = desk.get(reverse(TRACKS), query).context["cl"].result_list
    assert {track.title for track in found} == titles


def test_the_filter_of_tempi_finds_what_its_words_say(desk: Client) -> None:
    tempi = [45.0, 60.0, 75.0, 90.0, 119.9, 130.0, 150.0, 200.0, None]
    a_library(tempi)
    choices = {words: value for value, words in TempoFilter.lookups(None, None, None)}
    found = {}
    for words, value in choices.items():
        rows = desk.get(reverse(TRACKS), {"bpm": value}).context["cl"].result_list
        found[words] = {tempi[int(track.title.removeprefix("Piece "))] for track in rows}
    assert found == {
        "No clear beat": {None},
        "Below 60 BPM": {45.0},
        "60 to 90 BPM": {60.0, 75.0},
        "90 to 120 BPM": {90.0, 119.9},
        "120 to 150 BPM": {130.0},
        "150 BPM and more": {150.0, 200.0},
    }


def test_moods_are_in_the_words_of_listeners_and_numbers_are_rounded(root: Client) -> None:
    track = analysed(a_track("Prelude"), a_measurement(bpm=118.04, tonic=9, mode="minor"))
    Measurement.objects.filter(track=track).update(moods={"arousal": 0.1, "joy": 0.99}, tempo_clarity=0.123456)
    page = root.get(reverse(TRACKS)).content.decode()
    assert re.search(r'class="field-mood">Happy<', page)
    measured = root.get(reverse("admin:recommender_measurement_changelist")).content.decode()
    for words in ("118.0", "A minor", "0.12", "-14.0"):
        assert f">{words}<" in measured, words


def test_others_private_tracks_are_the_administrators_business_only(desk: Client, root: Client) -> None:
    track = analysed(a_track("Secret", owner=a_user("ada"), private=True, cover="ab" * 32), a_measurement())
    row = reverse("admin:catalog_track_change", args=[track.pk])
    for page in (TRACKS, "admin:recommender_analysis_changelist", "admin:recommender_measurement_changelist"):
        assert "Secret" not in desk.get(reverse(page)).content.decode()
        assert "Secret" in root.get(reverse(page)).content.decode()
    assert desk.get(row).status_code == 302  # Django's way of saying that there is no such row
    assert root.get(row).status_code == 200
    assert "/cover/" not in root.get(reverse(TRACKS)).content.decode()  # the picture stays the owner's


def test_retry_takes_those_that_failed(desk: Client) -> None:
    done, failed, aside = a_library([100.0, 110.0, 120.0])
    queued(done, State.DONE)
    queued(failed, State.FAILED, error_code="undecodable")
    queued(aside, State.QUARANTINED, error_code="cell_crashed")
    response = act(desk, TRACKS, "retry", done.pk, failed.pk, aside.pk)
    assert "2 queued for analysis" in response.content.decode()
    states = dict(Analysis.objects.values_list("track_id", "state"))
    assert states == {done.pk: State.DONE, failed.pk: State.QUEUED, aside.pk: State.QUEUED}
    assert set(Analysis.objects.filter(state=State.QUEUED).values_list("attempts", "error_code")) == {(0, "")}
    assert "None of them has failed" in act(desk, TRACKS, "retry", done.pk).content.decode()


def test_analysing_again_takes_all_behind_everything_else(desk: Client) -> None:
    tracks = a_library([100.0, 110.0])
    rows = [queued(track, State.DONE) for track in tracks]
    act(desk, "admin:recommender_analysis_changelist", "reanalyse", *(row.pk for row in rows))
    assert set(Analysis.objects.values_list("state", "queue", "generation")) == {(State.QUEUED, Analysis.Queue.BULK, 1)}


def test_actions_need_the_right(curator: User, desk: Client) -> None:
    Group.objects.get(name="Curators").permissions.filter(codename="change_analysis").delete()
    track = a_library([100.0])[0]
    queued(track, State.FAILED)
    act(desk, TRACKS, "retry", track.pk)
    assert Analysis.objects.get().state == State.FAILED


def test_editing_goes_through_the_intake(desk: Client) -> None:
    track = a_track("Old", artist="Clara")
    fanny = Artist.objects.create(name="Fanny")
    suite = Album.objects.create(title="Suite", artist=fanny)
    url = reverse("admin:catalog_track_change", args=[track.pk])
    fields = {"title": "New", "artist_name": "Fanny", "album_title": "Suite", "visibility": "public"}
    assert desk.post(url, fields).status_code == 302
    track.refresh_from_db()
    assert (track.title, track.artist, track.described) == ("New", fanny, True)
    assert track.album == suite
    shown = desk.get(url).content.decode()
    assert re.search(r'name="artist_name" value="Fanny"', shown)
    assert re.search(r'name="album_title" value="Suite"', shown)


def test_names_that_several_tracks_bear_stand_there_once(desk: Client) -> None:
    album = Album.objects.create(title="Suite")
    for number in range(3):
        a_track(f"Piece {number}", artist="Clara", album=album)
    Artist.objects.create(name="Nobody's")
    a_track("Secret", artist="Hidden", owner=a_user("eve"), private=True)
    listed = desk.get(reverse("admin:catalog_artist_changelist")).context["cl"].queryset
    assert [(str(one), one.track_count) for one in listed] == [("Clara", 3), ("Nobody's", 0)]
    for row in (album, Artist.objects.get(name="Clara")):
        page = reverse(f"admin:catalog_{row._meta.model_name}_change", args=[row.pk])
        assert desk.get(page).status_code == 200
    hidden = Artist.objects.get(name="Hidden")
    assert desk.get(reverse("admin:catalog_artist_change", args=[hidden.pk])).status_code == 302


def test_tracks_are_narrowed_down_by_key(desk: Client) -> None:
    analysed(a_track("Bright"), a_measurement(tonic=0, mode="major"))
    analysed(a_track("Noise"), a_measurement(tonic=None, sound=1))
    a_track("Waiting")
    for value, title in (("major", "Bright"), ("none", "Noise")):
        shown = desk.get(reverse(TRACKS), {"mode": value}).context["cl"].queryset
        assert [str(track) for track in shown] == [title]


def test_what_cannot_be_is_told_beside_the_field(root: Client) -> None:
    ownerless = a_track("Shared")
    url = reverse("admin:catalog_track_change", args=[ownerless.pk])
    response = root.post(url, {"title": "Shared", "visibility": "private"})
    assert "cannot be private" in response.content.decode()
    copy = a_track("Copy", owner=a_user("ada"), private=True)
    Track.objects.filter(pk=copy.pk).update(sha256=ownerless.sha256)
    url = reverse("admin:catalog_track_change", args=[copy.pk])
    assert "public already" in root.post(url, {"title": "Copy", "visibility": "public"}).content.decode()


def test_deleting_removes_from_the_index_as_well(desk: Client) -> None:
    tracks = a_library([100.0, 110.0, 120.0])
    first, *rest = (track.pk for track in tracks)
    confirm = desk.post(reverse(TRACKS), {"action": "delete_selected", "_selected_action": rest})
    assert "Piece 1" in confirm.content.decode()
    desk.post(reverse(TRACKS), {"action": "delete_selected", "_selected_action": rest, "post": "yes"})
    desk.post(reverse("admin:catalog_track_delete", args=[first]), {"post": "yes"})
    assert not Track.objects.exists()
    version = IndexVersion.objects.first()
    assert version is not None
    assert not version.vectors.filter(removed=False).exists()


def test_names_in_use_stay_and_unused_ones_may_go(desk: Client) -> None:
    used = a_track("Prelude", artist="Clara").artist
    unused = Artist.objects.create(name="Nobody")
    assert desk.post(reverse("admin:catalog_artist_delete", args=[used.pk]), {"post": "yes"}).status_code == 403
    assert desk.post(reverse("admin:catalog_artist_delete", args=[unused.pk]), {"post": "yes"}).status_code == 302
    assert list(Artist.objects.all()) == [used]


def test_nothing_in_our_pages_breaks_the_content_security_policy(root: Client) -> None:
    track = a_library([120.0])[0]
    for url in (reverse(TRACKS), reverse("admin:catalog_track_change", args=[track.pk]), reverse("admin:index")):
        response = root.get(url)
        page = response.content.decode()
        assert "unsafe" not in response["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page), url
        inline = re.findall(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)[^>]*>", page)
        assert not inline, url
