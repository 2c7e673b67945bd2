"""The player's manners, with sound: loudness, order, repeat, sleep, what comes next."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from urllib.parse import urljoin

import pytest
from django.urls import reverse
from playwright.sync_api import Page, Response, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog.models import Track
from recommender.models import Listen
from tests.browser.pages import enter, photograph, until, violations
from tests.browser.playing import AUDIO, NOW, begin, titles

pytestmark = [pytest.mark.browser, pytest.mark.slow]


# Who looks late may find that it is over already.
WORKED = """() => {
  const progress = document.getElementById("progress");
  window.worked = new Promise((done) => {
    new MutationObserver(() => progress.matches(".htmx-request") && done()).observe(progress, { attributes: true });
  });
}"""


def to_the_end(page: Page) -> None:
    until(page, f"{AUDIO}.duration > 5")
    page.evaluate(f"{AUDIO}.currentTime = {AUDIO}.duration - 0.4")


def test_all_tracks_are_equally_loud_and_the_slider_shows_what_was_chosen(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    assert page.evaluate(f"{AUDIO}.volume") == pytest.approx(10 ** (-4 / 20), abs=0.002)  # -14 LUFS to -18
    assert page.locator("#player-volume").input_value() == "1"
    page.locator("#player-volume").fill("0.5")
    assert page.evaluate(f"{AUDIO}.volume") == pytest.approx(0.5 * 10 ** (-4 / 20), abs=0.002)


def test_the_site_can_be_installed(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User
) -> None:
    page = open_window(width=390, height=844)
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("tracks"))
    devtools = page.context.new_cdp_session(page)
    found = devtools.send("Page.getAppManifest")
    assert found["errors"] == []
    assert '"standalone"' in found["data"]
    for icon in ("192", "512"):
        assert page.request.get(urljoin(found["url"], f"icon-{icon}.png")).ok
    assert page.request.get(found["url"]).headers["content-type"].startswith("application/manifest+json")


def test_the_tab_says_what_sounds_and_on_which_page(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    page.evaluate(f"{AUDIO}.playbackRate = 0.1")  # or it is over meanwhile
    by = page.locator("#player-artist").inner_text()
    name = f"{page.locator('#player-title').inner_text()}, {by}"
    expect(page).to_have_title(f"{name} · Tracks · Segue")
    page.keyboard.press("q")
    page.get_by_role("link", name="Playlists").click()
    expect(page).to_have_title(f"{name} · Playlists · Segue")
    page.go_back()
    expect(page).to_have_title(f"{name} · Tracks · Segue")
    page.evaluate(f"{AUDIO}.pause()")
    expect(page).to_have_title("Tracks · Segue")


def test_the_queue_is_shuffled_moved_and_repeated(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    before = titles(page)
    page.get_by_role("button", name=f"Move {before[1]} down").click()
    assert titles(page)[:3] == [before[0], before[2], before[1]]
    page.keyboard.press("Enter")  # the same button has the focus, one place further down
    assert titles(page)[3] == before[1]
    ordered = titles(page)
    page.get_by_role("button", name="Shuffle").click()
    expect(page.get_by_role("button", name="Shuffle")).to_have_attribute("aria-pressed", "true")
    assert sorted(titles(page)) == sorted(ordered)
    assert titles(page)[0] == before[0]
    page.get_by_role("button", name="Shuffle").click()
    assert titles(page) == ordered
    for _ in range(2):
        page.get_by_role("button", name="Repeat").click()
    expect(page.get_by_role("button", name="Repeat: one")).to_be_visible()
    assert violations(page) == []
    photograph(page, "queue-tools", whole=False)
    to_the_end(page)
    until(page, f"{NOW} < 4 && {NOW} > 0.1")
    expect(page.locator("#player-title")).to_have_text(before[0])


def test_what_is_pointed_at_begins_to_load_unless_something_plays(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("tracks"))
    sources = page.locator("#main [data-track]").evaluate_all("(rows) => rows.map((row) => row.dataset.src)")
    spare = "document.getElementById('audio-next')"
    buttons = page.locator("#main [data-play]")
    for number in (1, 0):  # the one that is pointed at last counts
        buttons.nth(number).hover()
        until(page, f"{spare}.src.endsWith('{sources[number]}') && {spare}.readyState > 0")
    expect(page.locator("#player")).to_be_hidden()
    page.evaluate(f"{spare}.marked = true")
    buttons.first.click()
    until(page, f"{NOW} > 0.2")
    assert page.evaluate(f"{AUDIO}.marked && {AUDIO}.preload === 'auto'")
    until(page, f"{spare}.src.endsWith('{sources[1]}')")  # what follows: the track is short
    buttons.nth(3).hover()
    page.wait_for_timeout(300)
    assert page.evaluate(f"{spare}.src").endswith(sources[1])
    page.keyboard.press(" ")
    buttons.nth(4).click()  # not prepared while something else may follow
    until(page, f"{AUDIO}.src.endsWith('{sources[4]}') && {NOW} > 0.2")


def test_the_next_track_is_fetched_before_this_one_ends_and_follows_it(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    begin(page, live_server.url)
    second = page.locator("#main [data-track]").nth(1).get_attribute("data-src")
    assert second
    until(page, "document.getElementById('audio-next').readyState > 2")
    assert any(address.endswith(second) for address in asked)
    expect(page.locator("#player-title")).to_have_text(titles(page)[0])
    to_the_end(page)
    expect(page.locator("#player-title")).to_have_text(titles(page)[1])


def test_sleep_after_this_track_and_less_like_this(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    order = titles(page)
    with page.expect_response("**" + reverse("listens")):
        page.locator("#queue").get_by_role("button", name="Less like this").click()
    expect(page.locator("#player-title")).to_have_text(order[1])
    page.locator("#sleep").select_option("track")
    to_the_end(page)
    expect(page.locator("#player-title")).to_have_text(order[2])
    until(page, f"{AUDIO}.paused")
    expect(page.locator("#sleep")).to_have_value("")
    kinds = set(Listen.objects.filter(track__title=order[0]).values_list("kind", flat=True))
    assert Listen.Kind.LESS in kinds
    assert Listen.Kind.SKIPPED not in kinds


def test_the_order_of_a_dj_is_a_page_and_the_sound_goes_on(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    page.evaluate(f"{AUDIO}.marked = true")
    page.locator("#queue").get_by_role("button", name="DJ order").click()
    expect(page.locator("h1")).to_have_text("DJ order")
    assert page.evaluate(f"{AUDIO}.marked && !{AUDIO}.paused")


def test_on_a_slow_network_the_page_is_readable_and_says_that_it_works(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 20_000}  # 400 kbit/s
    network.send("Network.emulateNetworkConditions", slow)
    page.evaluate(WORKED)
    page.get_by_role("link", name="Tracks", exact=True).click()
    page.evaluate("window.worked")
    expect(page.locator("h1")).to_have_text("Tracks")
    page.locator("#main [data-play]").first.click()
    expect(page.locator("#player-title")).to_have_text(page.locator("#main .track__title").first.inner_text())
    until(page, f"{NOW} > 0.2", seconds=30)


def test_a_first_visit_weighs_less_than_150_kilobytes(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    came: list[Response] = []

    def weight(response: Response) -> int:
        body = response.body()
        text = response.headers.get("content-type", "").startswith(("text/", "application/javascript"))
        return len(gzip.compress(body)) if text else len(body)  # the live server sends static files as they are

    enter(page, live_server.url)
    page.on("response", lambda response: came.extend([response]))
    page.goto(live_server.url + reverse("words") + "?q=calm+piano", wait_until="networkidle")
    assert len(came) > 20
    assert sum(map(weight, came)) < 150_000
