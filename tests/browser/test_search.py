"""The search box of the header, by keyboard, on a line on which answers come late or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from catalog.models import Track
from tests.browser.pages import held, sign_in
from tests.browser.windows import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenWindow = Callable[..., Page]


def let_go(page: Page, waiting: list[Route]) -> None:
    """Let the answer come, and the page deal with it."""
    page.evaluate("""() => {
        window.dealt = new Promise((done) => {
            document.addEventListener("htmx:afterOnLoad", () => done(), { once: true });
        });
    }""")
    waiting.pop(0).continue_()
    page.evaluate("window.dealt")


def arrives(page: Page, title: str) -> None:
    """The page of a track is there as a whole, has the focus, and nothing of the search is left."""
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("header.header")).to_have_count(1)
    expect(page.locator("#main")).to_be_focused()
    expect(page.locator("#found a")).to_have_count(0)
    expect(page.locator("#search")).to_have_value("")


def test_searching_by_keyboard(site: str, open_window: OpenWindow, library: list[Track]) -> None:
    page = open_window()
    sign_in(page, site)
    page.keyboard.press("/")
    page.keyboard.type("peice 3")
    expect(page.locator("#found a").first).to_contain_text("Piece 3")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Piece 3")
    page.wait_for_url(f"{site}{library[3].get_absolute_url()}")
    expect(page.locator("header.header")).to_have_count(1)
    expect(page.locator("#main")).to_be_focused()
    expect(page.locator("#found a")).to_have_count(0)
    page.fill("#search", "artist 1")
    page.wait_for_selector("#found a")
    page.keyboard.press("Escape")
    expect(page.locator("#found a")).to_have_count(0)
    page.press("#search", "Enter")
    expect(page.locator("h1")).to_contain_text("artist 1")


def test_an_answer_that_still_settles_does_not_take_the_chosen_link_away(
    site: str, open_window: OpenWindow, library: list[Track]
) -> None:
    page = open_window()
    sign_in(page, site)
    pages = held(page, re.compile(r"/tracks/\d+/$"))
    page.evaluate(
        """() => new MutationObserver((_, observer) => {
            observer.disconnect();
            document.querySelector("#found a").focus();
            document.activeElement.click();
        }).observe(document.getElementById("found"), { childList: true })"""
    )
    with page.expect_request(re.compile(r"/tracks/\d+/$")):
        page.fill("#search", "peice 3")
    let_go(page, pages)
    arrives(page, "Piece 3")
    page.fill("#search", "piece")
    expect(page.locator("#found a").first).to_be_visible()


def test_a_late_answer_does_not_change_what_somebody_walks_through(
    site: str, open_window: OpenWindow, library: list[Track]
) -> None:
    page = open_window()
    sign_in(page, site)
    page.fill("#search", "artist 1")
    first = page.locator("#found a").first
    expect(first).to_be_visible()
    late = held(page, re.compile(r"/search/\?q=artist(\+|%20)5"))
    with page.expect_request(re.compile(r"/search/\?q=artist(\+|%20)5")):
        page.fill("#search", "artist 5")
    page.keyboard.press("ArrowDown")
    name = first.inner_text()
    let_go(page, late)
    expect(first).to_be_focused()
    expect(first).to_have_text(name)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(name)


def test_a_late_answer_does_not_lead_a_chosen_page_astray(
    site: str, open_window: OpenWindow, library: list[Track]
) -> None:
    page = open_window()
    sign_in(page, site)
    pages = held(page, re.compile(r"/tracks/\d+/$"))
    page.fill("#search", "piece 3")
    expect(page.locator("#found a").first).to_contain_text("Piece 3")
    late = held(page, re.compile(r"/search/\?q=piece(\+|%20)5"))
    with page.expect_request(re.compile(r"/search/\?q=piece(\+|%20)5")):
        page.fill("#search", "piece 5")
    page.keyboard.press("ArrowDown")
    with page.expect_request(re.compile(r"/tracks/\d+/$")):
        page.keyboard.press("Enter")
    let_go(page, late)
    let_go(page, pages)
    arrives(page, "Piece 3")


def test_what_is_found_stays_when_a_page_does_not_answer_or_opens_elsewhere(
    site: str, open_window: OpenWindow, library: list[Track], complaints: Complaints
) -> None:
    page = open_window()
    sign_in(page, site)
    page.route(re.compile(r"/tracks/\d+/$"), lambda route: route.abort())
    page.fill("#search", "piece 3")
    expect(page.locator("#found a").first).to_contain_text("Piece 3")
    page.locator("#found a").first.click()
    expect(page.locator("#toast")).to_be_visible()
    expect(page.locator("#search")).to_have_value("piece 3")
    complaints.forgive("net::ERR_FAILED", "htmx:afterRequest", "htmx:sendError")  # the network failed on purpose
    page.unroute_all()
    with page.context.expect_page():
        page.locator("#found a").first.click(modifiers=["Control"])
    expect(page.locator("#found a").first).to_be_visible()
    page.locator("#found a").first.click()
    arrives(page, "Piece 3")
