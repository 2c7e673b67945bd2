"""The front page while the library is analysed: how far it is, and what is drawn anew."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import User
from catalog.models import Track
from recommender import analysis
from recommender.models import Analysis
from recommender.views.home import GROWN
from tests.rows import a_measurement, a_track, analysed


def test_progress_counts_until_all_is_heard(site: Client, library: list[Track]) -> None:
    Analysis.objects.filter(track=library[0]).update(state=Analysis.State.QUEUED)
    body = site.get(reverse("progress")).content.decode()
    assert "7 of 8" in body
    assert "hx-trigger" in body
    Analysis.objects.update(state=Analysis.State.DONE)
    body = site.get(reverse("progress")).content.decode()
    assert "hx-trigger" not in body
    assert "All 8 tracks have been analysed" in body


def test_what_cannot_be_analysed_is_not_said_to_have_been(site: Client, library: list[Track], eve: User) -> None:
    for state, said in (("failed", "1 cannot be, and its page says why"), ("quarantined", "2 cannot be, and their")):
        track = library.pop()
        Analysis.objects.filter(track=track).update(state=state)
        assert f"of 8 tracks have been analysed; {said}" in site.get(reverse("progress")).content.decode()
    Track.objects.filter(pk=track.pk).update(owner=eve, visibility=Track.Visibility.PRIVATE)
    assert "6 of 7 tracks have been analysed; 1 cannot" in site.get(reverse("progress")).content.decode()


def test_a_home_page_drawn_before_the_first_answer_fetches_its_rest(site: Client) -> None:
    track = a_track("First")
    Analysis.objects.update_or_create(track=track, defaults={"state": "queued", "queued_at": track.added_at})
    asking = f"{reverse('progress')}?seen=0&bare=1"
    assert f'hx-get="{escape(asking)}"' in site.get("/").content.decode()
    assert f'hx-get="{escape(asking)}"' in site.get(asking).content.decode()
    analysed(track, a_measurement())
    body = site.get(asking).content.decode()
    assert f'hx-get="{reverse("home")}" hx-trigger="load" hx-target="#main"' in body
    assert "bare" not in site.get("/").content.decode()


def test_a_home_page_need_not_wait_for_the_last_track(site: Client, library: list[Track]) -> None:
    Analysis.objects.filter(track=library[0]).update(state=Analysis.State.QUEUED)
    body = site.get(f"{reverse('progress')}?seen=0&bare=1").content.decode()
    assert f'hx-get="{reverse("home")}" hx-trigger="load"' in body
    assert "7 of 8 tracks have been analysed" in body


def test_a_home_page_that_can_be_asked_draws_its_recommendations_anew_when_twice_as_much_is_heard(
    site: Client, library: list[Track]
) -> None:
    Analysis.objects.filter(track=library[0]).update(state=Analysis.State.QUEUED)
    body = site.get("/").content.decode()
    assert f'hx-get="{reverse("progress")}?seen=7"' in body  # the rest stays: somebody may be typing into its question
    for seen, told, onward in ((7, False, 7), (4, False, 4), (3, True, 7), ("x", True, 7)):
        answer = site.get(f"{reverse('progress')}?seen={seen}")
        assert ("HX-Trigger" in answer.headers) == told
        assert f'hx-get="{reverse("progress")}?seen={onward}"' in answer.content.decode()
    Analysis.objects.update(state=Analysis.State.DONE)
    assert site.get(f"{reverse('progress')}?seen=7").headers["HX-Trigger"] == f'{{"{GROWN}": {{}}}}'
    assert f'hx-trigger="{GROWN} from:body"' in site.get(reverse("yours")).content.decode()


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (20, "less than a minute"),
        (60, "about a minute"),
        (100, "about 2 minutes"),
        (3600, "about 60 minutes"),
        (7000, "about 2 hours"),
    ],
)
def test_how_long_it_takes_is_said_roughly(
    site: Client, library: list[Track], monkeypatch: pytest.MonkeyPatch, seconds: float, said: str
) -> None:
    monkeypatch.setattr(analysis, "_seconds_left", lambda _: seconds)
    Analysis.objects.filter(track=library[0]).update(state=Analysis.State.QUEUED)
    assert f"7 of 8 tracks done, {said} left" in site.get("/").content.decode()
