"""Whole lists in a real browser: their menus, their pages, names that are long or run the other way, paper."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog import playlists
from catalog.models import Album, Track
from tests.browser.pages import enter, opened, overflow, photograph, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenWindow = Callable[..., Page]


@pytest.fixture
def site(live_server: LiveServer, curator: User) -> str:
    return live_server.url


def test_on_a_phone_the_menu_of_an_entry_moves_it_and_takes_it_out(
    site: str, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    playlist = playlists.create(curator, "Evening", library[:3])
    page = open_window(width=390, height=844)
    enter(page, site)
    page.goto(site + playlist.get_absolute_url())
    assert violations(page) + overflow(page) == []
    title = page.locator("#entries [data-title]").nth(1).bounding_box()
    assert title
    assert title["width"] > 160  # between grip, cover, heart and menu
    expect(page.get_by_role("button", name="Move Piece 1 up")).to_have_count(0)
    more = page.get_by_label("More for Piece 1")
    more.click()
    page.get_by_role("button", name="Move up").click()
    expect(page.locator("#entries [data-title]").first).to_have_text("Piece 1")
    expect(more).to_be_focused()
    art = page.locator("#entry-art").inner_html()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove from this playlist").click()
    expect(page.locator("#entries [data-title]")).to_have_text(["Piece 0", "Piece 2"])
    expect(page.get_by_label("More for Piece 0")).to_be_focused()
    expect(page.locator("#entry-count")).to_contain_text("2 tracks")
    assert page.locator("#entry-art").inner_html() != art  # it showed the track that went
    page.get_by_role("button", name="Like Piece 2").click()
    expect(page.get_by_role("button", name="Like Piece 2")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("More for Piece 2").click()
    page.get_by_role("link", name="Path from here").click()
    expect(page.locator("h1")).to_contain_text("path", ignore_case=True)


@pytest.fixture
def suite(library: list[Track], curator: User, monkeypatch: pytest.MonkeyPatch) -> Album:
    """An album of all eight tracks, three a page."""
    monkeypatch.setattr("catalog.views.PAGE", 3)
    album = Album.objects.create(title="Suite", artist=library[0].artist)
    Track.objects.update(album=album)
    return album


def test_a_whole_list_is_queued_and_saved_from_its_menu(
    site: str, open_window: OpenWindow, library: list[Track], suite: Album
) -> None:
    for width in (1280, 390):
        page = open_window(width=width, height=844)
        enter(page, site)
        page.goto(site + suite.get_absolute_url())
        expect(page.locator("#main .track")).to_have_count(3)  # of eight
        more = page.get_by_label("More for this list")
        with opened(page.locator(".menu--whole")):
            more.click()
        panel = page.locator(".menu--whole .menu__panel").bounding_box()
        assert panel
        assert panel["x"] >= 0
        assert panel["x"] + panel["width"] <= width
        assert violations(page) + overflow(page) == []
        page.get_by_role("button", name="Add all to queue").click()
        expect(page.locator("#player-status")).to_contain_text("8 tracks: at the end of the queue")
        expect(more).to_be_focused()
    more.click()
    page.get_by_label("Save as a playlist named").fill("All of it")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("All of it")
    expect(page.locator("#entries [data-title]")).to_have_text(sorted(track.title for track in library))
    expect(page.get_by_text("Saved as “All of it”")).to_be_visible()


def test_menus_of_entries_and_lists_work_without_scripts(
    site: str, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    playlist = playlists.create(curator, "Evening", library[:3])
    page = open_window(width=390, java_script_enabled=False)
    enter(page, site)
    page.goto(site + playlist.get_absolute_url())
    titles = page.locator("#entries [data-title]")
    page.get_by_label("More for Piece 2").click()
    page.get_by_role("button", name="Move up").click()
    expect(titles).to_have_text(["Piece 0", "Piece 2", "Piece 1"])
    page.get_by_label("More for Piece 0").click()
    page.get_by_role("button", name="Remove from this playlist").click()
    expect(titles).to_have_text(["Piece 2", "Piece 1"])
    page.get_by_label("More for this list").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Evening")
    expect(titles).to_have_text(["Piece 2", "Piece 1"])
    assert playlists.of(curator).count() == 2


def test_an_album_of_several_pages_plays_as_a_whole(site: str, open_window: OpenWindow, suite: Album) -> None:
    page = open_window()
    enter(page, site)
    page.goto(site + suite.get_absolute_url())
    assert not page.locator(".track").get_by_text("Suite").first.is_visible()  # the head of the page says it
    page.locator("#main").get_by_role("button", name="Play", exact=True).click()
    page.keyboard.press("q")
    expect(page.locator("#queue-count")).to_have_text(re.compile("of 8$"))


def test_a_long_name_of_a_playlist_breaks_where_a_track_is_added(
    site: str, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    playlists.create(curator, "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 3)
    page = open_window(width=390)
    enter(page, site)
    page.goto(site + reverse("playlist-add", args=[library[0].pk]))
    assert overflow(page) == []


def test_a_playlist_on_paper_is_a_numbered_list_without_buttons(
    site: str, open_window: OpenWindow, library: list[Track], curator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.playlist_views.ROWS", 5)
    playlist = playlists.create(curator, "Evening", library)
    page = open_window(theme="dark", width=680, height=960)  # what margins leave of A4
    enter(page, site)
    page.goto(f"{site}{playlist.get_absolute_url()}?page=2")
    page.emulate_media(media="print")
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    for gone in (
        "header.header",
        "#main form button",
        "#main .menu > summary",
        "[data-play-list]",
        "#entries [data-grip]",
    ):
        for one in page.locator(gone).all():
            expect(one).to_be_hidden()
    first = page.locator("#entries .track").first
    expect(first.locator("[data-title]")).to_be_visible()
    expect(first.get_by_text("140 BPM")).to_be_visible()
    expect(first.get_by_text("3:20")).to_be_visible()
    rows = page.locator("#entries > ol")
    expect(rows).to_have_css("container-type", "normal")  # a container would count its rows from one
    assert rows.evaluate("list => [list.start, list.children.length]") == [6, 3]
    assert overflow(page) == []
    photograph(page, "print")


BEGINS_WITHIN = """(element) => {
  const range = document.createRange();
  range.setStart(element.firstChild, 0);
  range.setEnd(element.firstChild, 1);
  const [first, box] = [range.getBoundingClientRect(), element.getBoundingClientRect()];
  return first.left >= box.left - 1 && first.right <= box.right + 1;
}"""


def test_a_name_that_runs_from_right_to_left_is_cut_at_its_end(
    site: str, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    Track.objects.filter(pk=library[0].pk).update(title="قصيدة طويلة عن البحر والليل والمدينة البعيدة تحت المطر" * 2)
    playlist = playlists.create(curator, "Evening", library[:2])
    page = open_window(width=390)
    enter(page, site)
    page.goto(site + playlist.get_absolute_url())
    title = page.locator("#entries [data-title]").first
    assert title.evaluate("element => element.scrollWidth > element.clientWidth")  # it is too long
    assert title.evaluate(BEGINS_WITHIN)
    assert page.locator("#entries [data-title]").nth(1).evaluate(BEGINS_WITHIN)
