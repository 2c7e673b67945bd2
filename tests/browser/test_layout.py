"""Where things lie on the page: menus beside their buttons, tools in their rows, room for titles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog import playlists
from catalog.models import Track
from recommender import listening
from recommender.models import Listen
from tests.browser.pages import enter, opened
from tests.browser.playing import begin

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenWindow = Callable[..., Page]

UPPERMOST = """(element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  return element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


def at_a_playlist(site: str, page: Page, owner: User, tracks: list[Track]) -> Page:
    """The page of a new playlist of these tracks, before its owner."""
    playlist = playlists.create(owner, "Evening", tracks)
    enter(page, site)
    page.goto(site + playlist.get_absolute_url())
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_covers_the_menu_of_the_account(
    site: str, open_window: OpenWindow, library: list[Track], width: int
) -> None:
    page = open_window(width=width)
    enter(page, site)
    page.goto(site)
    with opened(page.locator("header [data-menu]")):
        page.get_by_label("Account of ada").click()
    choices = page.locator("header .menu__panel :is(.menu__name, a, button)")
    assert choices.count() > 8
    for choice in choices.all():
        assert choice.evaluate(UPPERMOST), choice.inner_text()


@pytest.mark.parametrize("width", [1280, 700])
def test_the_menu_of_a_list_opens_beside_its_button(
    site: str, open_window: OpenWindow, library: list[Track], curator: User, width: int
) -> None:
    playlist = playlists.create(curator, "Evening", library)
    page = open_window(width=width)
    enter(page, site)
    for address in (playlist.get_absolute_url(), reverse("words") + "?q=calm"):
        page.goto(site + address)
        more = page.get_by_label("More for this list")
        with opened(page.locator(".menu--whole")):
            more.click()
        button, panel = more.bounding_box(), page.locator(".menu--whole > .menu__panel").bounding_box()
        assert button
        assert panel
        assert 0 <= panel["x"] <= button["x"] + button["width"]
        assert button["x"] <= panel["x"] + panel["width"] <= width


def test_the_player_has_room_for_a_title(site: str, open_window: OpenWindow, sound: list[Track]) -> None:
    Track.objects.update(title="Constructive Destruction")
    page = open_window()
    begin(page, site)
    title = page.locator("#player-title")
    expect(title).to_have_text("Constructive Destruction")
    assert title.evaluate("(title) => title.scrollWidth <= title.clientWidth")


def test_a_row_of_a_playlist_shows_its_tools_to_the_mouse_and_to_the_keyboard(
    site: str, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    page = at_a_playlist(site, open_window(), curator, library[:3])
    tools = page.locator("#entries .entries__tools")
    page.mouse.move(0, 0)
    expect(tools.nth(1)).to_have_css("opacity", "0")
    page.locator("#entries .track").nth(1).hover()
    expect(tools.nth(1)).to_have_css("opacity", "1")
    expect(tools.nth(0)).to_have_css("opacity", "0")
    page.mouse.move(0, 0)
    page.get_by_label("Move Piece 2 up").focus()
    expect(tools.nth(2)).to_have_css("opacity", "1")


def test_a_suggestion_goes_into_the_playlist_from_its_row(
    site: str, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    page = at_a_playlist(site, open_window(), curator, library[:2])
    page.get_by_role("link", name="Suggestions").click()
    row = page.locator("#answer .track").first
    title = row.locator("[data-title]").inner_text()
    row.get_by_role("button", name=f"Add {title} to the playlist").click()
    expect(row.get_by_role("status")).to_have_text("Added")
    expect(row.get_by_role("status")).to_be_focused()
    playlist = curator.playlists.get()
    assert [entry.track.title for entry in playlists.entries(playlist, curator)][2:] == [title]


def test_the_player_says_that_a_radio_plays(site: str, open_window: OpenWindow, sound: list[Track]) -> None:
    page = open_window(width=390, height=844)
    enter(page, site)
    page.goto(site + sound[0].get_absolute_url())
    said = page.locator("#player-radio")
    page.locator("header.hero").get_by_role("button", name="Play", exact=False).first.click()
    expect(page.locator("#player-title")).to_have_text(sound[0].title)
    expect(said).to_be_hidden()
    page.locator("header.hero").get_by_role("button", name="Radio").click()
    expect(said).to_be_visible()
    page.goto(site + reverse("tracks"))
    expect(said).to_be_visible()  # the queue is back
    page.locator("#main [data-play]").first.click()
    expect(said).to_be_hidden()


def test_on_a_phone_what_is_done_with_a_track_takes_one_line_and_its_owner_edits_it_from_the_menu(
    site: str, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    page = open_window(width=390, height=844)
    enter(page, site)
    page.goto(site + library[0].get_absolute_url())
    hero = page.locator("header.hero")
    boxes = [box for one in hero.locator(".row > :visible").all() if (box := one.bounding_box())]
    middles = [box["y"] + box["height"] / 2 for box in boxes]
    assert len(middles) == 4  # play, radio, like, more
    assert max(middles) - min(middles) <= 2
    hero.get_by_label(f"More for {library[0].title}").click()
    hero.get_by_role("link", name="Edit").click()
    expect(page.locator("h1")).to_contain_text("Edit")


@pytest.mark.parametrize("width", [1280, 390])
def test_two_troubles_at_once_are_both_read(site: str, open_window: OpenWindow, sound: list[Track], width: int) -> None:
    page = open_window(width=width, height=844)
    begin(page, site)
    page.keyboard.press("q")
    offline = "No connection to Segue. The music goes on as soon as it is back."  # trouble.js
    page.evaluate(
        """(text) => {
          document.dispatchEvent(new CustomEvent("player:problem", { detail: { text } }));
          document.dispatchEvent(new CustomEvent("htmx:sendError"));
        }""",
        offline,
    )
    above, below = page.locator("#toast"), page.locator("#player-status")
    expect(above).to_be_visible()
    expect(below).to_have_text(offline)
    upper, lower = above.bounding_box(), below.bounding_box()
    assert upper
    assert lower
    assert upper["y"] + upper["height"] <= lower["y"]


def test_short_shelves_stand_side_by_side_where_half_a_page_holds_them(
    site: str, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    listening.note(curator, library[0], Listen.Kind.PLAYED, seconds=60)
    listening.toggle_like(curator, library[1])
    page = open_window()
    enter(page, site)
    page.goto(site)
    begun, mixes, newest = (page.locator(f".section:has(#{name}-title)") for name in ("begun", "mixes", "newest"))
    for width, beside in ((1280, True), (1024, False)):
        page.set_viewport_size({"width": width, "height": 900})
        left, right = begun.bounding_box(), mixes.bounding_box()
        assert left
        assert right
        assert (left["y"] == right["y"] and left["x"] + left["width"] < right["x"]) is beside
        covers = [shelf.locator(".card").first.bounding_box() for shelf in (begun, newest)]
        assert covers[0]["width"] == pytest.approx(covers[1]["width"], abs=1)  # in one line with those below
