"""Lists, playlists and the account in a real browser: by keyboard, by mouse, without script, under axe."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts import tickets
from accounts.models import User
from catalog import playlists
from catalog.models import Album, Track
from recommender import listening
from recommender.models import Listen
from tests.browser.pages import carry, enter, finger, overflow, photograph, sign_in, slide, swept, violations
from tests.rows import a_user

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenWindow = Callable[..., Page]


def titles(page: Page) -> list[str]:
    return page.locator("#entries [data-title]").all_inner_texts()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_no_page_violates_a_rule(
    site: str, open_window: OpenWindow, library: list[Track], curator: User, theme: str, width: int
) -> None:
    album = Album.objects.create(title="An album with a title that is rather long, Volume II", artist=library[0].artist)
    Track.objects.update(album=album)
    for track in library[:3]:
        listening.note(curator, track, Listen.Kind.PLAYED)
        listening.note(curator, track, Listen.Kind.LIKED)
    playlist = playlists.create(curator, "Evening", library)
    token = playlists.share(playlist)
    page = open_window(theme=theme, width=width)
    problems = []
    for name, (_, door) in {
        "invited": tickets.invite(curator),
        "new-password": tickets.new_password(curator, a_user("forgetful")),
    }.items():
        page.goto(site + reverse("door", args=[door]))
        problems += violations(page) + overflow(page)
        photograph(page, f"{name}-{theme}-{width}")
    sign_in(page, site)
    addresses = {
        "search": f"{reverse('search')}?q=piece",
        "lists": f"{reverse('tracks')}?sort=bpm&bpm_min=80",
        "lists-by-length": f"{reverse('tracks')}?sort=-length",
        "artists": reverse("artists"),
        "albums": reverse("albums"),
        "playlists": reverse("playlists"),
        "playlist": playlist.get_absolute_url(),
        "playlist-add": reverse("playlist-add", args=[library[0].pk]),
        "playlist-extend": reverse("playlist-extend", args=[playlists.create(curator, "Two", library[:2]).pk]),
        "shared": reverse("playlist-shared", args=[token]),
        "liked": reverse("liked"),
        "history": reverse("history"),
        "account": reverse("account"),
        "people": reverse("people"),
        "correct": reverse("track-correct", args=[library[0].pk]),
    }
    problems += swept(page, site, addresses, f"{theme}-{width}")
    page.fill("#search", "pice")
    page.wait_for_selector("#found a")
    problems += violations(page) + overflow(page)
    photograph(page, f"found-{theme}-{width}", whole=False)
    assert problems == [], "\n".join(problems)


def test_narrowing_a_list_down_keeps_the_cursor_and_the_back_button(
    site: str, open_window: OpenWindow, library: list[Track]
) -> None:
    page = open_window(width=390, height=844)
    enter(page, site)
    page.goto(site + reverse("tracks"))
    page.click("summary:has-text('Filters')")
    page.fill("[name=bpm_min]", "100")
    page.keyboard.press("Tab")
    expect(page.locator("#list .track")).to_have_count(4)
    expect(page.locator("[name=bpm_max]")).to_be_focused()
    page.wait_for_url("**bpm_min=100*")
    page.get_by_role("link", name="Remove filter: BPM from 100").click()
    expect(page.locator("#list .track")).to_have_count(8)
    page.go_back()
    expect(page.locator("#list .track")).to_have_count(4)


def test_a_playlist_is_put_in_order(site: str, open_window: OpenWindow, library: list[Track], curator: User) -> None:
    playlist = playlists.create(curator, "Evening", library[:3])
    page = open_window()
    enter(page, site)
    page.goto(site + playlist.get_absolute_url())
    assert titles(page) == ["Piece 0", "Piece 1", "Piece 2"]
    down = page.get_by_role("button", name="Move Piece 0 down")
    down.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#entries [data-title]").first).to_have_text("Piece 1")
    expect(page.get_by_role("button", name="Move Piece 0 down")).to_be_focused()
    expect(page.locator("[data-entry]").first).to_have_attribute("draggable", "true")
    with page.expect_response("**/move/"):
        page.locator("[data-entry]", has_text="Piece 2").drag_to(page.locator("[data-entry]").first)
    expect(page.locator("#entries [data-title]").first).to_have_text("Piece 2")
    page.reload()
    assert titles(page) == ["Piece 2", "Piece 1", "Piece 0"]
    page.get_by_role("button", name="Remove Piece 1 from the playlist").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#entries [data-title]")).to_have_count(2)
    expect(page.get_by_role("button", name="Remove Piece 0 from the playlist")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Piece 2 from the playlist")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    expect(page.locator("#entry-count")).to_have_text("0 tracks")
    expect(page.locator("#main").get_by_role("button", name="Play")).to_have_count(0)


def test_on_a_phone_a_playlist_is_put_in_order_with_a_finger(
    site: str, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    playlist = playlists.create(curator, "Evening", library)
    page = open_window(width=390, height=844, has_touch=True, is_mobile=True)
    enter(page, site)
    page.goto(site + playlist.get_absolute_url())
    grips = page.locator("#entries [data-grip]")
    grips.nth(3).scroll_into_view_if_needed()
    lift = carry(page, grips.nth(0), grips.nth(2))
    expect(page.locator(".carried-to--after [data-title]")).to_have_text("Piece 2")
    photograph(page, "carried-390", whole=False)
    with page.expect_response("**/move/"):
        lift()
    expect(page.locator("#entries [data-title]").nth(2)).to_have_text("Piece 0")
    expect(page.locator(".carried, .carried-to")).to_have_count(0)
    page.reload()
    assert titles(page)[:4] == ["Piece 1", "Piece 2", "Piece 0", "Piece 3"]


def test_a_row_carried_to_the_edge_of_a_phone_takes_the_page_along(
    site: str, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    playlist = playlists.create(curator, "Evening", library * 3)
    page = open_window(width=390, height=640, has_touch=True, is_mobile=True)
    # A busy machine shows few frames; the page goes by as fast.
    page.add_init_script("window.requestAnimationFrame = (act) => setTimeout(() => act(performance.now()), 100);")
    enter(page, site)
    page.goto(site + playlist.get_absolute_url())
    last = page.locator("#entries [data-entry]").last
    expect(last).not_to_be_in_viewport()
    page.locator("#entries [data-grip]").first.wait_for()
    grip = page.locator("#entries [data-grip]").first.bounding_box()
    assert grip
    touch = finger(page)
    slide(touch, grip["x"] + 8, grip["y"] + 20, 630)
    expect(last).to_be_in_viewport()
    touch("Cancel")
    expect(page.locator(".carried, .carried-to")).to_have_count(0)
    assert titles(page)[0] == "Piece 0"


def test_all_of_it_without_script(site: str, open_window: OpenWindow, library: list[Track], curator: User) -> None:
    page = open_window(java_script_enabled=False)
    sign_in(page, site)
    page.fill("#search", "piece 2")
    page.press("#search", "Enter")
    page.wait_for_url("**q=piece**")
    page.click("main .track__title >> nth=0")
    page.get_by_role("link", name="Add to playlist").first.click()
    page.fill("main [name=title]", "Night")
    page.get_by_role("button", name="Create and add").click()
    page.get_by_role("link", name="Playlists").first.click()
    page.get_by_role("link", name="Night").click()
    expect(page.locator("#entries [data-title]")).to_have_text(["Piece 2"])
    page.goto(site + reverse("tracks"))
    page.click("summary:has-text('Filters')")
    page.fill("[name=bpm_min]", "100")
    page.click("text=Apply")
    expect(page.locator("main .track")).to_have_count(4)
    page.get_by_role("link", name="BPM", exact=True).click()
    expect(page).to_have_url(re.compile("sort=bpm"))
    assert "bpm_min=100" in page.url
