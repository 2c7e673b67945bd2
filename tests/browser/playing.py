"""The player and the queue, as tests press and read them."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import Page

from tests.browser.pages import enter, until

AUDIO = "document.getElementById('audio')"
NOW = f"{AUDIO}.currentTime"


def begin(page: Page, site: str) -> None:
    """Play the first track of the library, and open the queue."""
    enter(page, site)
    page.goto(site + reverse("tracks"))
    play_the_first(page)


def play_the_first(page: Page) -> None:
    """Play the first track of a list, and open the queue."""
    page.locator("#main [data-play]").first.click()
    until(page, f"{NOW} > 0.2")
    page.keyboard.press("q")


def titles(page: Page) -> list[str]:
    """What the queue lists."""
    return page.locator("#queue-list .track__title").all_text_contents()


def neighbours(page: Page) -> list[str]:
    """What the page of a track lists as alike."""
    return page.locator("#neighbours .track__title").all_inner_texts()


def plays_on(page: Page) -> None:
    """The same sound goes on, in a page that was never left."""
    before = page.evaluate(NOW)
    until(page, f"{NOW} > {before} + 0.3")
    assert page.evaluate(f"{AUDIO}.marked")
