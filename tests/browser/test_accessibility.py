"""Every page against axe-core's rules for WCAG 2.2 AA, in both themes, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts import setup
from accounts.limits import Limit
from accounts.models import User
from catalog import playlists
from catalog.models import Track
from config import limits
from recommender import listening
from recommender.models import Analysis, Listen
from tests.browser.pages import enter, overflow, photograph, sign_in, swept, violations
from tests.browser.windows import Complaints
from tests.rows import a_track

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_violates_a_rule(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    library: list[Track],
    curator: User,
    theme: str,
    width: int,
) -> None:
    listening.note(curator, library[1], Listen.Kind.PLAYED)
    waiting, failed = a_track("Waiting for a worker that takes its time"), a_track("Broken")
    Analysis.objects.update_or_create(track=waiting, defaults={"state": "running", "queued_at": waiting.added_at})
    Analysis.objects.update_or_create(
        track=failed, defaults={"state": "failed", "queued_at": failed.added_at, "error_code": "undecodable"}
    )
    site = live_server.url
    page = open_window(theme=theme, width=width)
    page.goto(f"{site}{reverse('login')}")
    problems = violations(page) + overflow(page)
    sign_in(page, site)
    addresses = {
        "home": "/",
        "tracks": reverse("tracks"),
        "search": f"{reverse('tracks')}?q=piece",
        "nothing-found": f"{reverse('tracks')}?q=xyzzy",
        "track": library[4].get_absolute_url(),
        "track-problems": f"{library[4].get_absolute_url()}?tempo=loud",
        "track-running": waiting.get_absolute_url(),
        "track-failed": failed.get_absolute_url(),
        "artist": library[0].artist.get_absolute_url() if library[0].artist else "/",
        "upload": reverse("upload"),
        "edit": reverse("track-edit", args=[library[4].pk]),
        "remove": reverse("track-remove", args=[library[4].pk]),
        "password": reverse("password"),
        "missing": "/nowhere/",
    }
    problems += swept(page, site, addresses, f"{theme}-{width}")
    assert problems == [], "\n".join(problems)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_player_and_its_sheets_violate_no_rule(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User, theme: str
) -> None:
    page = open_window(theme=theme)
    enter(page, live_server.url)
    page.goto(live_server.url + library[4].get_absolute_url())
    page.locator("#neighbours [data-play]").first.click()
    page.keyboard.press("q")
    problems = violations(page)
    photograph(page, f"queue-{theme}", whole=False)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    problems += violations(page)
    page.keyboard.press("Escape")
    page.click("summary")
    problems += violations(page)
    photograph(page, f"menu-{theme}", whole=False)
    assert problems == [], "\n".join(problems)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_what_belongs_to_one_person_violates_no_rule(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    library: list[Track],
    curator: User,
    theme: str,
    width: int,
) -> None:
    mine = playlists.create(curator, "An evening in the garden that does not want to end", library[:3])
    addresses = {
        "playlists": reverse("playlists"),
        "playlist": mine.get_absolute_url(),
        "shared": reverse("playlist-shared", args=[playlists.share(mine)]),
        "extend": reverse("playlist-extend", args=[mine.pk]),
        "account": reverse("account"),
        "link-over": reverse("door", args=["nothing"]),
    }
    page = open_window(theme=theme, width=width)
    enter(page, live_server.url)
    problems = swept(page, live_server.url, addresses, f"{theme}-{width}")
    assert problems == [], "\n".join(problems)


def test_links_for_others_and_refused_files_fit_on_a_phone(
    live_server: LiveServer, open_window: Callable[..., Page], curator: User
) -> None:
    page = open_window(theme="dark", width=390)
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("people"))
    page.get_by_role("button", name="Create a link", exact=True).click()
    page.locator("#link").wait_for()
    problems = violations(page) + overflow(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#link").input_value()
    photograph(page, "invited-dark-390")
    page.goto(live_server.url + reverse("upload"))
    sent = {"name": f"{'endless' * 12}.mp3", "mimeType": "audio/mpeg", "buffer": b"this is text" * 100}
    page.set_input_files("#files", sent)
    page.locator(".outcome--refused").wait_for()
    problems += violations(page) + overflow(page)
    photograph(page, "refused-dark-390")
    assert problems == [], "\n".join(problems)


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_who_is_turned_away_reads_a_page_without_a_violation(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    complaints: Complaints,
    curator: User,
    monkeypatch: pytest.MonkeyPatch,
    theme: str,
    width: int,
) -> None:
    page = open_window(theme=theme, width=width)
    page.goto(f"{live_server.url}{reverse('login')}")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        page.fill("[name=username]", "ada")
        page.fill("[name=password]", "guessed")
        with page.expect_navigation():  # or the next name is written on the page that goes
            page.click("main button[type=submit]")
    expect(page.locator("h1")).to_have_text("Too many attempts")
    problems = violations(page) + overflow(page)
    photograph(page, f"locked-{theme}-{width}")
    enter(page, live_server.url)
    monkeypatch.setattr(limits, "LIMITS", {"words": Limit(0, 60, limits.ALL)})
    page.goto(f"{live_server.url}{reverse('words')}?q=calm")
    expect(page.locator("h1")).to_have_text("Not so fast")
    problems += violations(page) + overflow(page)
    photograph(page, f"limited-{theme}-{width}")
    assert problems == [], "\n".join(problems)
    complaints.forgive("status of 429")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_the_first_visit_violates_no_rule(
    live_server: LiveServer, open_window: Callable[..., Page], theme: str, width: int
) -> None:
    page = open_window(theme=theme, width=width)
    page.goto(live_server.url)
    problems = violations(page) + overflow(page)
    page.goto(f"{live_server.url}{reverse('setup')}?token={setup.current_token()}")
    problems += violations(page) + overflow(page)
    photograph(page, f"setup-{theme}-{width}")
    assert problems == [], "\n".join(problems)


def test_an_empty_library_welcomes_without_a_violation(
    live_server: LiveServer, open_window: Callable[..., Page], curator: User
) -> None:
    for theme, width in (("light", 1280), ("dark", 390)):
        page = open_window(theme=theme, width=width)
        sign_in(page, live_server.url)
        assert violations(page) + overflow(page) == []
        photograph(page, f"welcome-{theme}-{width}")


def test_a_menu_closes_behind_somebody_who_tabs_on(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User
) -> None:
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("tracks"))
    menu = page.locator("#main .track details[data-menu]").first
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    choices = menu.locator("a:visible, button:visible")
    choices.first.wait_for()
    for _ in range(choices.count()):
        page.keyboard.press("Tab")
        assert menu.evaluate("menu => menu.open && menu.contains(document.activeElement)")
    page.keyboard.press("Tab")
    assert not menu.evaluate("menu => menu.open || menu.contains(document.activeElement)")
