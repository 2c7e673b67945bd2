"""The queue by hand: from rows into it, in order, kept, brought back; a thousand tracks in it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog import playlists, storage
from catalog.models import Playlist, Track
from recommender import listening
from tests.browser.pages import enter, held, opened, overflow, photograph, stopwatch, until, violations
from tests.browser.playing import AUDIO, NOW, begin, titles

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MANY = 1_000


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText")


def test_the_queue_is_put_in_order_by_keys_and_by_dragging_and_kept_as_a_playlist(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    order = titles(page)
    page.evaluate(f"{AUDIO}.playbackRate = 0.1")  # or the next one begins meanwhile
    page.locator("#queue-list [data-pick]").nth(1).focus()
    page.keyboard.press("Alt+ArrowDown")
    assert titles(page)[1:3] == [order[2], order[1]]
    assert order[1] in focused(page)
    page.keyboard.press("Delete")
    assert order[1] not in titles(page)
    assert focused(page) == f"Remove {order[3]} from the queue"
    page.get_by_role("button", name="Undo").click()
    assert titles(page)[1:3] == [order[2], order[1]]
    items = page.locator("#queue-list .queue__item")
    items.nth(4).drag_to(items.nth(0))
    expect(items.nth(0).locator(".track__title")).to_have_text(order[4])
    assert titles(page)[1] == order[0]
    expect(items.nth(1)).to_have_attribute("aria-current", "true")
    kept = titles(page)
    page.evaluate(f"{AUDIO}.marked = true")
    page.get_by_label("Name of a playlist with these tracks").fill("Tonight")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Tonight")
    assert page.evaluate(f"{AUDIO}.marked && !{AUDIO}.paused")
    playlist = Playlist.objects.get(owner=curator)
    assert [entry.track.title for entry in playlists.entries(playlist, curator)] == kept
    page.get_by_role("button", name="Clear").click()
    assert titles(page) == [order[0]]
    page.get_by_role("button", name="Undo").click()
    assert titles(page) == kept


CARRIED_OVER = """() => {
  const rows = document.querySelectorAll("#queue-list .queue__item");
  const told = (name, row) => {
    const event = new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() });
    rows[row].dispatchEvent(event);
    return event.defaultPrevented;
  };
  told("dragstart", 3);
  const taken = ["dragenter", "dragover"].map((name) => told(name, 1));
  told("dragend", 3);
  return [taken, told("dragenter", 1)];
}"""


def test_a_row_takes_another_one_from_the_moment_that_it_comes_over(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    """Chromium and Firefox drop where "dragover" was taken, WebKit where the last of both events was."""
    page = open_window()
    begin(page, live_server.url)
    assert page.evaluate(CARRIED_OVER) == [[True, True], False]


def test_a_reload_in_the_first_second_goes_on_there_and_a_wave_begins_where_it_is_pressed(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    page.evaluate(f"{AUDIO}.pause()")  # a key would press the button of the queue that has the focus
    page.evaluate(f"{AUDIO}.currentTime = 0.6")
    page.reload()
    until(page, f"{AUDIO}.readyState > 1 && !{AUDIO}.seeking && {NOW} > 0")
    assert page.evaluate(NOW) == pytest.approx(0.6, abs=0.1)
    page.goto(live_server.url + sound[0].get_absolute_url())
    # Slowly, so that it is still about there when a busy machine looks.
    page.evaluate("document.querySelectorAll('audio').forEach((one) => { one.defaultPlaybackRate = 0.1; })")
    wave = page.locator("#main [data-wave] svg")
    box = wave.bounding_box()
    assert box
    wave.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    until(page, f"!{AUDIO}.paused && {AUDIO}.readyState > 1 && {NOW} > 3")
    assert page.evaluate(NOW) == pytest.approx(page.evaluate(f"{AUDIO}.duration") / 2, abs=0.8)


def test_any_row_is_added_and_the_hearts_of_a_track_agree(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window(width=390, height=844, theme="dark")
    begin(page, live_server.url)
    page.evaluate(f"{AUDIO}.pause()")  # or the next one begins meanwhile
    assert violations(page) + overflow(page) == []
    photograph(page, "queue-dark-390", whole=False)
    page.keyboard.press("Escape")
    order = page.locator("#main [data-title]").all_inner_texts()
    for place, name in ((4, "Play next"), (5, "Add to queue")):
        row = page.locator("#main .track").nth(place)
        row.locator("summary").click()
        row.get_by_role("button", name=name).click()
        expect(page.locator("#player-status")).to_contain_text(order[place])
    page.keyboard.press("q")
    found = titles(page)
    assert (found[1], found[-1]) == (order[4], order[5])
    page.keyboard.press("q")
    page.keyboard.press("l")
    hearts = page.get_by_role("button", name=f"Like {order[0]}", exact=True)
    expect(hearts).to_have_count(2)
    for number in range(2):
        expect(hearts.nth(number)).to_have_attribute("aria-pressed", "true")
    hearts.first.focus()
    page.keyboard.press("Enter")
    expect(hearts.nth(1)).to_have_attribute("aria-pressed", "false")
    assert focused(page) == f"Like {order[0]}"
    assert listening.all_liked(curator) == {}


def test_the_page_of_a_track_queues_and_downloads_it(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window(width=390, height=844)
    begin(page, live_server.url)
    page.evaluate(f"{AUDIO}.pause()")  # or the next one begins meanwhile
    page.keyboard.press("Escape")
    page.goto(live_server.url + sound[0].get_absolute_url())
    hero = page.locator("header.hero")
    with opened(hero.locator("[data-menu]")):
        hero.get_by_label(f"More for {sound[0].title}").click()
    panel = hero.locator(".menu__panel").bounding_box()
    assert panel
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= 390
    hero.get_by_role("button", name="Play next").click()
    expect(page.locator("#player-status")).to_contain_text("plays next")
    page.keyboard.press("q")
    assert titles(page)[1] == sound[0].title
    page.keyboard.press("q")
    hero.get_by_label(f"More for {sound[0].title}").click()
    with page.expect_download() as coming:
        hero.get_by_role("link", name="Download").click()
    path = storage.path_of(sound[0].sha256, sound[0].extension)
    assert coming.value.path().read_bytes() == path.read_bytes()
    assert coming.value.suggested_filename == f"{sound[0].artist} - {sound[0].title}.ogg"


def test_what_is_added_before_the_queue_is_back_finds_its_place_in_it(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    page.evaluate(f"{AUDIO}.pause()")
    order = titles(page)
    waiting = held(page, "**/queue/**")
    with page.expect_request("**/queue/**"):
        page.goto(live_server.url + sound[0].get_absolute_url())
    hero = page.locator("header.hero")
    hero.get_by_label(f"More for {sound[0].title}").click()
    hero.get_by_role("button", name="Play next").click()
    waiting[0].continue_()
    expect(page.locator("#player-status")).to_contain_text("plays next")
    page.keyboard.press("q")
    assert titles(page) == [order[0], sound[0].title, *order[1:]]


def test_the_key_for_a_like_is_not_lost_on_a_slow_line(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("tracks"))
    address = f"**{reverse('like', args=[sound[-1].pk])}"
    waiting = held(page, address)
    with page.expect_request(address):
        page.locator("#main [data-play]").first.click()
    page.keyboard.press("l")
    waiting[0].continue_()
    page.unroute(address)  # the like itself goes there, too
    expect(page.locator("#player-like button")).to_have_attribute("aria-pressed", "true")
    assert list(listening.all_liked(curator)) == [sound[-1].pk]


def test_a_thousand_tracks_are_quick_and_come_back_after_a_reload(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    kept = {"ids": [str(sound[number % len(sound)].pk) for number in range(MANY)], "index": 700, "at": 3}
    page.add_init_script(f"""if (!sessionStorage.seen) {{
        sessionStorage.seen = 1; localStorage.setItem("segue.queue", '{json.dumps(kept)}') }}""")
    page.goto(live_server.url + reverse("tracks"))
    until(page, f"{NOW} == 3")
    assert page.evaluate(f"{AUDIO}.paused")
    shuffle = page.locator("#queue [data-tell='queue:shuffle']")  # by its role, Playwright would look at every row
    worked = stopwatch(page)
    page.keyboard.press("q")
    expect(page.locator("#queue-count")).to_have_text(f"701 of {MANY}")
    expect(page.locator("#queue-list .queue__item")).to_have_count(MANY)
    page.keyboard.press("n")
    page.evaluate(f"{AUDIO}.pause()")  # or the next one begins meanwhile
    expect(page.locator("#queue-count")).to_have_text(f"702 of {MANY}")
    shuffle.click()
    expect(page.locator("#queue-count")).to_have_text(f"1 of {MANY}")
    shuffle.click()
    expect(page.locator("#queue-count")).to_have_text(f"702 of {MANY}")
    assert worked() < 2.5  # seconds, three times as much as it takes
    page.keyboard.press("q")
    page.keyboard.press("q")
    expect(page.locator("#queue-list [aria-current]")).to_be_in_viewport()
    page.goto(live_server.url + reverse("tracks"))
    expect(page.locator("#player")).to_be_visible()
    page.keyboard.press("q")
    expect(page.locator("#queue-count")).to_have_text(f"702 of {MANY}")


def test_shuffle_plays_a_whole_list_out_of_order(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    playlist = playlists.create(curator, "Evening", sound)
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + playlist.get_absolute_url())
    page.locator("#main").get_by_role("button", name="Shuffle").click()
    page.keyboard.press("q")
    order = [track.title for track in sound]
    assert sorted(titles(page)) == sorted(order)
    expect(page.locator("#queue-list .queue__item").first).to_have_attribute("aria-current", "true")
    expect(page.locator("#queue [data-tell='queue:shuffle']")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("s")
    expect(page.locator("#player-status")).to_have_text("In order again.")
    assert titles(page) == order
    page.keyboard.press("r")
    expect(page.locator("#player-status")).to_have_text("The queue is repeated.")


@pytest.mark.parametrize(("width", "height"), [(1280, 700), (390, 844), (390, 560)])
@pytest.mark.parametrize("where", ["tracks", "playlist"])
def test_no_menu_opens_under_the_player(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    sound: list[Track],
    curator: User,
    where: str,
    width: int,
    height: int,
) -> None:
    playlist = playlists.create(curator, "Evening", sound)
    page = open_window(width=width, height=height)
    begin(page, live_server.url)
    page.keyboard.press("Escape")
    page.goto(live_server.url + (playlist.get_absolute_url() if where == "playlist" else reverse(where)))
    expect(page.locator("#player")).to_be_visible()
    floor = page.locator("#player").bounding_box()
    assert floor
    for menu in page.locator("#main .track details[data-menu]").all():
        menu.scroll_into_view_if_needed()
        menu.locator("summary").focus()
        with opened(menu):
            page.keyboard.press("Enter")
        panel = menu.locator(".menu__panel").bounding_box()
        assert panel
        assert panel["y"] >= 0
        assert panel["y"] + panel["height"] <= floor["y"]
        assert panel["height"] > 100
        last = menu.locator(":is(a, button):visible").last
        last.focus()
        seen = last.bounding_box()
        assert seen
        assert panel["y"] <= seen["y"] + 1 <= panel["y"] + panel["height"]
        page.keyboard.press("Escape")
