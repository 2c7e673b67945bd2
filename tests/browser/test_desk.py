"""The curators' desk by keyboard alone, in the colours of the site, under axe."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog.models import Album, Track
from recommender.models import Analysis
from tests.browser.pages import enter, overflow, photograph, violations
from tests.browser.windows import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TRACKS = "admin:catalog_track_changelist"


def focus(page: Page) -> str:
    """What has the focus, in words."""
    names = "ariaLabel, labels, innerText, value"
    return page.evaluate(
        f"(({{ {names} }}) => ariaLabel || labels?.[0]?.innerText || innerText || value || '')(document.activeElement)"
    )


def tab_to(page: Page, words: str, *, key: str = "Tab", most: int = 90) -> None:
    """Press Tab until something of that name has the focus, and can be seen to have it."""
    for _ in range(most):
        page.keyboard.press(key)
        if focus(page).strip().lower().startswith(words.lower()):
            ring = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(ring) != "none", f"nothing shows that {words} has the focus"
            return
    pytest.fail(f"{words} is not reached by Tab; the last was {focus(page)}")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_no_page_of_the_desk_violates_a_rule(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    complaints: Complaints,
    library: list[Track],
    curator: User,
    theme: str,
    width: int,
) -> None:
    page = open_window(theme=theme, width=width)
    enter(page, live_server.url)
    addresses = {
        "desk": reverse("admin:index"),
        "desk-tracks": reverse(TRACKS),
        "desk-analyses": reverse("admin:recommender_analysis_changelist"),
        "desk-track": reverse("admin:catalog_track_change", args=[library[0].pk]),
        "desk-remove": reverse("admin:catalog_track_delete", args=[library[0].pk]),
        "desk-artist": reverse("admin:catalog_artist_change", args=[library[0].artist_id]),
    }
    problems = []
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        assert complaints.heard == []
        problems += violations(page) + overflow(page)
        complaints.heard.clear()  # axe styles what it looks at, which our policy forbids
        photograph(page, f"{name}-{theme}-{width}")
    assert problems == [], "\n".join(problems)


@pytest.mark.parametrize("width", [1280, 390])
def test_what_matters_is_seen_without_pushing_the_list_aside(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User, width: int
) -> None:
    album = Album.objects.create(title="The Complete Recordings of the Provincial Orchestra, Volume the Seventeenth")
    Track.objects.filter(pk=library[0].pk).update(title="Donaudampfschifffahrtsgesellschaftskapitän" * 6, album=album)
    Analysis.objects.filter(track=library[1]).update(state="quarantined", error_code="cell_crashed", attempts=3)
    page = open_window(width=width)
    enter(page, live_server.url)
    for list_of, last in ((TRACKS, "heard_by"), ("admin:recommender_analysis_changelist", "finished_at")):
        page.goto(live_server.url + reverse(list_of))
        assert page.locator(".results").evaluate("box => box.scrollWidth - box.clientWidth") == 0
        assert overflow(page) == []
        for cell in page.locator(f"#result_list tbody .field-{last}").all():
            box = cell.bounding_box()
            assert box, f"{last} is not shown"
            assert box["x"] + box["width"] <= width
        photograph(page, f"{list_of.rsplit('_', 2)[1]}-list-{width}")
    expect(page.locator("#result_list")).to_contain_text("the decoder crashed on it")


def test_a_curator_edits_and_tries_again_by_keys_alone(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User
) -> None:
    broken = library[0]
    Analysis.objects.filter(track=broken).update(state="quarantined", error_code="cell_crashed", attempts=3)
    page = open_window()
    enter(page, live_server.url)
    page.goto(f"{live_server.url}{reverse(TRACKS)}?analysis__state__exact=quarantined")
    tab_to(page, "Action")
    page.keyboard.type("Retry")
    tab_to(page, "Select this object")
    page.keyboard.press("Space")
    tab_to(page, "Go", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_have_text("1 queued for analysis.")
    assert Analysis.objects.get(track=broken).state == "queued"
    page.goto(live_server.url + reverse(TRACKS))
    tab_to(page, broken.title)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{broken.pk}/change/**")
    tab_to(page, "Artist")
    page.keyboard.press("Control+a")
    page.keyboard.type("Somebody Else")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    page.wait_for_load_state()
    broken.refresh_from_db()
    assert str(broken.artist) == "Somebody Else"
    tab_to(page, "Upload tracks")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Upload music")
    tab_to(page, "Drop files here")
