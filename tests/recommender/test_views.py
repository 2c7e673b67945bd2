"""What listeners see: each page, each fragment, and that a stranger's private tracks do not exist."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sized
from contextlib import AbstractContextManager
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Track
from recommender import index_versions, listening, outbox
from recommender.errors import IndexUnavailable
from recommender.facets import FACETS
from recommender.index.exact import ExactIndex
from recommender.models import Analysis, Job, Listen, Measurement
from tests.rows import a_measurement, a_track, all_analysed

FRAGMENT = {"HX-Request": "true", "HX-Target": "neighbours"}
PLAYER = {"HX-Request": "true", "HX-Target": "queue"}
BOOSTED = {"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "main"}
RESTORED = {"HX-Request": "true", "HX-History-Restore-Request": "true"}


def page(track: Track) -> str:
    return reverse("track", args=[track.pk])


def ids(body: str) -> list[int]:
    return [int(found) for found in re.findall(r'<li (?:class="track" )?data-track="(\d+)"', body)]


def test_an_empty_library_invites_curators_only(site: Client, desk: Client) -> None:
    assert reverse("demo") in desk.get("/").content.decode()
    body = site.get("/").content.decode()
    assert reverse("demo") not in body
    assert "Only you will hear" in body


def test_home_shows_the_newest_and_what_was_played_last(site: Client, ada: User, library: list[Track]) -> None:
    empty = site.get("/").content.decode()
    assert "Recently played" not in empty
    assert "Continue listening" not in empty
    listening.note(ada, library[1], Listen.Kind.FINISHED, seconds=200)
    listening.note(ada, library[2], Listen.Kind.PLAYED)
    body = site.get("/").content.decode()
    assert body.index("Continue listening") < body.index("New in the library")
    assert library[7].title in body


def test_home_begins_with_what_can_be_compared(site: Client, library: list[Track]) -> None:
    effect = a_track("Door slams")
    Analysis.objects.create(track=effect, state="failed", error_code="too_short", queued_at=effect.added_at)
    assert effect not in site.get("/").context["newest"]
    Track.objects.exclude(pk=effect.pk).delete()
    assert site.get("/").context["newest"] == [effect]  # rather than an invitation to upload something


def test_the_track_page_shows_what_was_heard(site: Client, library: list[Track]) -> None:
    body = site.get(page(library[4])).content.decode()
    assert "120" in body
    assert "E major" in body
    assert f'data-wave="{library[4].pk}"' in body
    assert len(ids(body)) == 7


@pytest.mark.parametrize(("channels", "said"), [(1, "mono"), (2, "stereo"), (6, "6 channels")])
def test_the_track_page_says_how_a_file_holds_its_sound(
    site: Client, library: list[Track], channels: int, said: str
) -> None:
    Measurement.objects.update(sample_rate=44_100, channels=channels, codec="flac")
    assert f"flac, 44.1 kHz, {said}<" in site.get(page(library[4])).content.decode()


@pytest.mark.parametrize("facet", [facet.name for facet in FACETS])
def test_every_facet_has_a_slider_that_keeps_its_place(site: Client, library: list[Track], facet: str) -> None:
    body = site.get(page(library[0]), {facet: "0.35"}).content.decode()
    assert re.search(rf'name="{facet}"[^>]*value="0.35"', body)


def test_sliders_get_the_fragment_links_get_the_page(site: Client, library: list[Track]) -> None:
    fragment = site.get(page(library[0]), {"tempo": "1"}, headers=FRAGMENT)
    assert "<html" not in fragment.content.decode()
    assert 'id="neighbours"' in fragment.content.decode()
    assert "HX-Request" in fragment["Vary"]
    for headers in (BOOSTED, RESTORED, {}):
        assert "<html" in site.get(page(library[0]), headers=headers).content.decode()


def test_what_is_shown_leads_to_its_filters_as_the_sliders_stand(site: Client, library: list[Track]) -> None:
    part = site.get(page(library[0]), {"tempo": "1"}, headers=FRAGMENT).content.decode()
    found = re.search(r'href="([^"]+)">Filter these', part)
    assert found
    narrowed = site.get(html.unescape(found[1]) + "&bpm_min=1000").content.decode()
    assert re.search(r'id="w-tempo"[^>]* value="1"', narrowed)
    assert ids(narrowed) == []


def test_the_sliders_change_the_order(site: Client, library: list[Track]) -> None:
    others = {"sound": 0.0, "mood": 0.0, "key": 0.0, "tempo": 0.0}
    known = {facet.name for facet in FACETS}
    by_sound = {name: value for name, value in {**others, "sound": 1.0}.items() if name in known}
    by_tempo = {name: value for name, value in {**others, "tempo": 1.0}.items() if name in known}
    first = ids(site.get(page(library[0]), by_sound).content.decode())
    second = ids(site.get(page(library[0]), by_tempo).content.decode())
    assert first[0] == library[4].pk  # the same sound, twice as fast
    assert first != second


@pytest.mark.parametrize("value", ["loud", "-1", "7", "nan", "inf", "1e999", "0.5, 0.5"])
def test_a_senseless_weight_falls_back_and_says_so(site: Client, library: list[Track], value: str) -> None:
    response = site.get(page(library[0]), {"tempo": value})
    assert response.status_code == 200
    assert "The usual setting is used instead" in response.content.decode()


def test_all_sliders_at_zero_are_explained(site: Client, library: list[Track]) -> None:
    body = site.get(page(library[0]), {facet.name: 0 for facet in FACETS}).content.decode()
    assert "Every slider is at zero" in body
    assert len(ids(body)) == 7


def test_without_the_index_the_answer_is_exact_and_says_so(
    site: Client, library: list[Track], index: ExactIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: object, **_options: object) -> None:
        raise IndexUnavailable("nobody there")

    monkeypatch.setattr(index, "search_each", down)
    body = site.get(page(library[0])).content.decode()
    assert "Exact search" in body
    assert len(ids(body)) == 7


@pytest.mark.parametrize(
    ("state", "words", "asks_again"),
    [("queued", "Waiting for a worker", True), ("running", "Reading the file", True), ("failed", "damaged", False)],
)
def test_the_state_asks_again_until_there_is_an_answer(site: Client, state: str, words: str, asks_again: bool) -> None:
    track = a_track()
    Analysis.objects.update_or_create(
        track=track, defaults={"state": state, "queued_at": track.added_at, "error_code": "undecodable"}
    )
    address = reverse("track-state", args=[track.pk])
    for body in (site.get(address).content.decode(), site.get(page(track)).content.decode()):
        assert words in body
        assert (f'hx-get="{address}"' in body) == asks_again


def test_a_finished_state_brings_the_new_page_once(site: Client, library: list[Track]) -> None:
    body = site.get(reverse("track-state", args=[library[0].pk])).content.decode()
    assert f'hx-get="{page(library[0])}"' in body
    assert 'id="state"' not in site.get(page(library[0])).content.decode()


def test_likes_are_given_and_taken_back(site: Client, ada: User, library: list[Track]) -> None:
    address = reverse("like", args=[library[0].pk])
    assert 'aria-pressed="true"' in site.post(address, headers={"HX-Request": "true"}).content.decode()
    assert listening.liked_ids(ada, [library[0].pk]) == {library[0].pk}
    assert 'aria-pressed="false"' in site.post(address, headers={"HX-Request": "true"}).content.decode()
    assert site.post(address)["Location"] == page(library[0])  # without scripts: back to the page


def test_a_like_can_belong_to_a_radio(site: Client, ada: User, library: list[Track]) -> None:
    address = reverse("like", args=[library[0].pk])
    assert site.post(address, {"radio": "0123456789abcdef"}).status_code == 303
    assert Listen.objects.get(user=ada, kind="liked").radio == "0123456789abcdef"
    assert site.post(address, {"radio": "/etc/passwd"}).status_code == 400


def test_the_player_reports_what_was_heard(site: Client, ada: User, library: list[Track]) -> None:
    report = {"track": library[0].pk, "kind": "played", "seconds": "12.5"}
    assert site.post(reverse("listens"), report).status_code == 204
    listen = Listen.objects.get(user=ada)
    assert (listen.track_id, listen.kind, listen.seconds) == (library[0].pk, "played", 12.5)


@pytest.mark.parametrize(
    "report",
    [{}, {"kind": "liked"}, {"track": "x"}, {"seconds": "nan"}, {"seconds": "-3"}, {"kind": "played" * 9}],
)
def test_a_broken_report_is_refused(site: Client, library: list[Track], report: dict[str, str]) -> None:
    sent = {"track": library[0].pk, "kind": "played", "seconds": 1, **report} if report else {}
    assert site.post(reverse("listens"), sent).status_code == 400
    assert not Listen.objects.exists()


def test_a_radio_begins_with_its_seed_and_never_repeats(site: Client, ada: User, library: list[Track]) -> None:
    start = site.get(reverse("radio"), {"from": f"track:{library[0].pk}"}, headers=PLAYER).content.decode()
    first = ids(start)
    assert first[0] == library[0].pk
    address = re.search(r'data-radio="([^"]+)"', start)
    assert address is not None
    skip = {"track": first[1], "kind": "skipped", "seconds": 3}
    then = ids(site.post(address[1].replace("&amp;", "&"), skip).content.decode())
    assert then
    assert not {first[0], first[1]} & set(then)
    assert Listen.objects.get(user=ada).radio in address[1]


def test_the_queue_comes_back_in_order_without_what_is_gone(site: Client, eve: User, library: list[Track]) -> None:
    private = a_track("Secret", owner=eve, private=True)
    asked = [library[3].pk, private.pk, 999_999, library[1].pk]
    body = site.get(reverse("queue"), {"ids": ",".join(map(str, asked))}).content.decode()
    assert ids(body) == [library[3].pk, library[1].pk]


@pytest.mark.parametrize("asked", ["", "1,", "a", "1;2", "9" * 40])
def test_a_senseless_queue_is_refused(site: Client, asked: str) -> None:
    assert site.get(reverse("queue"), {"ids": asked}).status_code == 400


def test_others_private_tracks_do_not_exist(site: Client, eve: User) -> None:
    secret = a_track("Secret", owner=eve, private=True)
    for name in ("track", "track-state"):
        assert site.get(reverse(name, args=[secret.pk])).status_code == 404
    assert site.post(reverse("like", args=[secret.pk])).status_code == 404
    begin = {"from": f"track:{secret.pk}"}
    assert site.get(reverse("radio"), begin).status_code == 404
    report = {"track": secret.pk, "kind": "played", "seconds": 1}
    assert site.post(f"{reverse('radio-next', args=['a' * 16])}?{urlencode(begin)}", report).status_code == 404
    assert site.post(reverse("listens"), report).status_code == 404
    assert "Secret" not in site.get("/").content.decode()


def test_only_curators_start_the_demo_library(site: Client, desk: Client) -> None:
    assert site.post(reverse("demo")).status_code == 403
    assert not Job.objects.exists()
    body = desk.post(reverse("demo"), headers={"HX-Request": "true"}).content.decode()
    assert "Waiting for a worker" in body
    desk.post(reverse("demo"))
    assert Job.objects.count() == 1  # asking twice is asking once
    Job.objects.update(state=Job.State.FAILED, detail="no network")
    body = desk.get("/").content.decode()
    assert "no network" in body
    assert "Try again" in body


def test_changes_need_a_post(site: Client, library: list[Track]) -> None:
    assert site.get(reverse("less", args=[library[0].pk])).status_code == 405
    assert site.get(reverse("listens")).status_code == 405


def test_changes_need_the_token(ada: User, library: list[Track]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    response = strict.post(reverse("like", args=[library[0].pk]))
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


def test_strangers_are_sent_to_the_door(client: Client, library: list[Track]) -> None:
    for address in ("/", page(library[0]), reverse("queue") + "?ids=1"):
        assert client.get(address)["Location"].startswith(reverse("login"))


def test_pages_ask_the_database_as_often_for_many_tracks_as_for_few(
    site: Client, library: list[Track], django_assert_max_num_queries: Callable[[int], AbstractContextManager[Sized]]
) -> None:
    def queries(address: str) -> int:
        with django_assert_max_num_queries(24) as seen:
            assert site.get(address).status_code == 200
        return len(seen)

    addresses = ("/", page(library[0]))
    before = [queries(address) for address in addresses]
    version = index_versions.active()
    assert version is not None
    all_analysed(
        (a_track(f"More {number}", artist=f"Artist {number}"), a_measurement(sound=number)) for number in range(12)
    )
    outbox.send(version)
    queries(addresses[1])  # the scale of the grown library is computed once
    for address, was in zip(addresses, before, strict=True):
        assert queries(address) <= was


def test_nothing_on_a_page_needs_unsafe_permissions(site: Client, library: list[Track]) -> None:
    for address in ("/", page(library[0])):
        response = site.get(address)
        body = response.content.decode()
        assert "unsafe" not in response["Content-Security-Policy"]
        assert not re.search(r"\sstyle=", body)
        assert not re.search(r"\son[a-z]+=", body)
        assert not re.search(r"<script(?![^>]*\ssrc=)", body)
