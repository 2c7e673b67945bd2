"""The player over the whole page: how it is opened and closed, what it offers, and where Back leads from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog.models import Track
from tests.browser.pages import enter, finger, overflow, photograph, slide, until, violations
from tests.browser.playing import AUDIO, NOW, titles

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 844, "has_touch": True}
KEPT = "document.getElementById('main').kept"  # the page under it is the one that was marked


def playing(page: Page, site: str) -> None:
    """Play the first track of a list, slowly, or it is over meanwhile."""
    enter(page, site)
    page.goto(site + reverse("tracks"))
    page.locator("#main [data-play]").first.click()
    until(page, f"{NOW} > 0.1")
    page.evaluate(f"{AUDIO}.playbackRate = 0.1; {KEPT} = true")


def whole(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Now playing")


def tap(page: Page) -> None:
    page.get_by_role("button", name="Now playing").tap()
    expect(whole(page)).to_be_visible()


def swipe(page: Page, on: str, by: int) -> None:
    """Put a finger on something, move it up or down by so many pixels, and lift it."""
    box = page.locator(on).bounding_box()
    assert box
    touch, middle = finger(page), box["y"] + box["height"] / 2
    slide(touch, box["x"] + box["width"] / 2, middle, middle + by)
    touch("End")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568), (844, 390), (1280, 900)])
def test_it_violates_no_rule_on_any_screen(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    sound: list[Track],
    curator: User,
    theme: str,
    width: int,
    height: int,
) -> None:
    page = open_window(theme=theme, width=width, height=height)
    playing(page, live_server.url)
    page.locator("#now-open").click(position={"x": 12, "y": 12})
    expect(page.locator("#player-like button")).to_be_visible()
    page.wait_for_timeout(300)  # until it has risen
    assert violations(page) + overflow(page) == []
    cover, title = page.locator("#player-art").bounding_box(), page.locator("#player-title").bounding_box()
    assert cover
    assert title
    assert cover["x"] + cover["width"] <= title["x"] or cover["y"] + cover["height"] <= title["y"]
    assert cover["width"] == pytest.approx(cover["height"], abs=1)
    photograph(page, f"now-{theme}-{width}", whole=False)


def test_a_tap_opens_it_and_back_closes_it_without_leaving_the_page(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window(**PHONE)
    playing(page, live_server.url)
    address = page.url
    tap(page)
    expect(page.get_by_role("button", name="Back to the page")).to_be_focused()
    assert page.evaluate("document.getElementById('main').inert && document.querySelector('.header').inert")
    expect(page.locator("#player-title")).to_have_text(page.locator("#main [data-title]").first.inner_text())
    page.go_back()
    expect(whole(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Now playing")).to_be_focused()
    assert page.url == address
    assert page.evaluate(f"{KEPT} && !document.getElementById('main').inert && !{AUDIO}.paused")
    tap(page)
    page.get_by_role("button", name="Back to the page").tap()
    expect(whole(page)).to_have_count(0)
    assert page.evaluate("history.state?.covers ?? 0") == 0
    assert page.evaluate(KEPT)


def test_a_finger_pushes_the_bar_up_and_pulls_the_view_down(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window(**PHONE)
    playing(page, live_server.url)
    swipe(page, "#player-title", -120)
    expect(whole(page)).to_be_visible()
    swipe(page, "#player-art", 30)  # too little: it comes back
    expect(whole(page)).to_be_visible()
    until(page, "document.getElementById('player').getBoundingClientRect().top === 0")
    swipe(page, "#player-seek", 200)  # a finger on the wave moves in the track
    expect(whole(page)).to_be_visible()
    swipe(page, "#player-art", 200)
    expect(whole(page)).to_have_count(0)
    assert page.evaluate(KEPT)


def test_the_queue_lies_on_it_and_back_takes_one_after_the_other(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window(**PHONE)
    playing(page, live_server.url)
    tap(page)
    follows = page.locator("#now-next")
    expect(follows).to_contain_text(page.locator("#main [data-title]").nth(1).inner_text())
    follows.tap()
    expect(page.locator("#queue-list .queue__item").first).to_be_visible()
    expect(whole(page)).to_have_count(0)  # what plays is a bar under the queue
    page.locator("#queue-list [data-pick]").nth(2).tap()
    expect(page.locator("#player-title")).to_have_text(titles(page)[2])
    page.go_back()
    expect(page.locator("#queue")).to_be_hidden()
    expect(whole(page)).to_be_visible()
    page.go_back()
    expect(whole(page)).to_have_count(0)
    assert page.evaluate(KEPT)


def test_what_leads_on_from_it_leads_back_to_the_page(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window(**PHONE)
    playing(page, live_server.url)
    name = page.locator("#player-title").inner_text()
    page.evaluate(f"{AUDIO}.marked = true")
    by = page.locator("#player-artist").inner_text()
    ways = {"More like this": name, "Add to playlist": f"Add “{name}” to a playlist", name: name, by: by}
    for link, heading in ways.items():
        tap(page)
        page.locator("#player").get_by_role("link", name=link, exact=True).tap()
        expect(page.locator("h1")).to_have_text(heading)
        expect(whole(page)).to_have_count(0)
        page.go_back()
        expect(page.locator("h1")).to_have_text("Tracks")
    assert page.evaluate(f"{AUDIO}.marked && !{AUDIO}.paused")


def test_on_a_phone_what_the_queue_leads_to_is_seen(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window(**PHONE)
    playing(page, live_server.url)
    queue = page.locator("#queue")
    page.locator("#queue-toggle").tap()
    queue.get_by_role("button", name="DJ order").tap()
    expect(page.locator("h1")).to_have_text("DJ order")
    expect(queue).to_be_hidden()
    page.go_back()
    expect(page.locator("h1")).to_have_text("Tracks")
    page.locator("#queue-toggle").tap()
    queue.get_by_label("Name of a playlist with these tracks").fill("For the train")
    queue.get_by_role("button", name="Save as playlist").tap()
    expect(page.locator("h1")).to_have_text("For the train")
    expect(queue).to_be_hidden()


def test_order_and_sleep_are_the_same_here_and_in_the_queue(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    playing(page, live_server.url)
    page.keyboard.press("f")
    shuffle, repeat = page.locator("#now-shuffle"), page.locator("#now-repeat")
    shuffle.click()
    expect(shuffle).to_have_attribute("aria-pressed", "true")
    repeat.click()
    repeat.click()
    expect(repeat).to_have_accessible_name("Repeat: one")
    view, queue = page.locator("#now-sleep"), page.locator("#sleep")
    view.select_option("30")
    expect(page.locator("#now-sleep-until")).to_contain_text("at ")
    page.locator("#queue-toggle").click()
    expect(queue).to_have_value("30")
    expect(page.locator("#queue").get_by_role("button", name="Repeat: one")).to_be_visible()
    queue.select_option("")
    expect(view).to_have_value("")
    page.locator("#queue-list [data-pick]").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator("#queue")).to_be_hidden()
    expect(whole(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(whole(page)).to_have_count(0)


def test_a_radio_from_what_plays_goes_on_with_it(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window(**PHONE)
    playing(page, live_server.url)
    name = page.locator("#player-title").inner_text()
    page.evaluate(f"{AUDIO}.currentTime = 3")
    tap(page)
    page.get_by_role("button", name="Radio", exact=True).tap()
    expect(page.locator("#now-title")).to_have_text("Radio")
    expect(page.locator("#player-title")).to_have_text(name)
    assert page.evaluate(f"{NOW} >= 3 && !{AUDIO}.paused")
    page.locator("#now-next").tap()
    assert titles(page)[0] == name
    assert len(titles(page)) > 1


def test_a_radio_says_why_a_track_is_in_it_and_what_it_learned(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window(**PHONE)
    enter(page, live_server.url)
    page.goto(live_server.url + sound[0].get_absolute_url())
    page.locator("header.hero [data-radio-start] button").click()
    until(page, f"{NOW} > 0.1")
    page.evaluate(f"{AUDIO}.playbackRate = 0.1")
    page.keyboard.press("q")
    learned, first = page.locator("#queue-radio"), page.locator("#player-title").inner_text()
    expect(learned).to_contain_text("like a track for more of the same")
    reasons = page.locator("#queue-list .queue__why:visible")
    assert reasons.count() == len(titles(page)) - 1
    photograph(page, "radio-queue", whole=False)
    with page.expect_response(lambda answer: "/radio/" in answer.url and answer.request.method == "GET"):
        page.get_by_role("button", name=f"Like {first}").last.click()
    expect(learned).to_have_text(f"What follows is more like “{first}”.")
    follows = page.locator("#player").get_by_role("button", name="Next track")
    follows.click()  # it began with this one, which stays what it is like
    expect(page.locator("#player-title")).not_to_have_text(first)
    skipped = page.locator("#player-title").inner_text()
    follows.click()
    expect(learned).to_have_text(f"“{skipped}” was skipped: what follows is less like it.")
    expect(page.locator("#player-title")).not_to_have_text(skipped)
    why = reasons.nth(1).inner_text()
    page.go_back()
    page.get_by_role("button", name="Now playing").click()
    expect(page.locator("#now-why")).to_have_text(why)


def test_a_reload_leaves_nothing_of_it(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window(**PHONE)
    playing(page, live_server.url)
    tap(page)
    page.reload()
    until(page, f"{AUDIO}.readyState > 0")
    expect(whole(page)).to_have_count(0)
    tap(page)
    page.go_back()
    expect(whole(page)).to_have_count(0)
