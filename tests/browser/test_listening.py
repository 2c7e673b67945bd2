"""What a listener relies on beside the list of tracks: media keys, undo, sleep, no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog import playlists
from catalog.models import Playlist, Track
from tests.browser.pages import carry, enter, settled, sign_in, until
from tests.browser.playing import AUDIO, NOW, begin, plays_on, titles
from tests.browser.windows import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenWindow = Callable[..., Page]

# Before any script of the page: remember what it tells the lock screen.
SPY = """window.media = {};
navigator.mediaSession.setActionHandler = (name, act) => { window.media[name] = act; };"""


def test_media_keys_and_the_lock_screen(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window()
    page.add_init_script(SPY)
    begin(page, live_server.url)
    order = titles(page)
    title = page.locator("#player-title")
    assert page.evaluate("navigator.mediaSession.metadata.title") == order[0]
    assert page.evaluate("navigator.mediaSession.playbackState") == "playing"
    page.evaluate("media.pause({})")
    assert page.evaluate(f"{AUDIO}.paused")
    page.evaluate("media.pause({})")  # once more is still a pause
    assert page.evaluate(f"{AUDIO}.paused")
    page.evaluate("media.seekto({ seekTime: 4 })")
    page.evaluate("media.seekbackward({})")
    until(page, f"{NOW} < 0.1")
    page.evaluate("media.seekforward({ seekOffset: 2 })")
    until(page, f"Math.abs({NOW} - 2) < 0.1")
    page.evaluate("media.play({})")
    page.evaluate("media.play({})")
    assert not page.evaluate(f"{AUDIO}.paused")
    page.evaluate("() => { media.nexttrack({}); media.pause({}); }")  # after three seconds, the one before is this one
    expect(title).to_have_text(order[1])
    page.evaluate("media.previoustrack({})")
    expect(title).to_have_text(order[0])
    page.evaluate("media.stop({})")
    assert page.evaluate(f"{AUDIO}.paused")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_undo_brings_the_queue_back_after_another_list_and_the_sound_goes_on(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    before = titles(page)
    playlist = playlists.create(curator, "Two", [sound[2], sound[5]])
    page.goto(live_server.url + playlist.get_absolute_url())
    expect(page.locator("#player")).to_be_visible()  # with the queue that was there, or nothing can be undone
    page.locator("[data-play-list]").first.click()
    until(page, f"{NOW} > 0.2")
    page.evaluate(f"{AUDIO}.marked = true")
    page.keyboard.press("q")
    assert titles(page) == [sound[2].title, sound[5].title]
    page.get_by_role("button", name="Undo").click()
    assert titles(page) == before
    expect(page.locator("#queue-list [aria-current] .track__title")).to_have_text(sound[2].title)
    assert page.evaluate(f"{AUDIO}.marked && !{AUDIO}.paused")


def test_sleep_and_the_switch_of_single_keys_survive_a_reload(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window(reduced_motion="reduce")
    page.clock.install()
    begin(page, live_server.url)
    page.locator("#sleep").select_option("30")
    words = page.locator("#sleep-until").inner_text()
    page.keyboard.press("?")
    page.get_by_label("Single keys work").uncheck()
    page.get_by_role("button", name="Close", exact=True).click()
    page.reload()
    expect(page.locator("#player")).to_be_visible()
    page.locator("#queue-toggle").click()
    expect(page.locator("#sleep")).to_have_value("30")
    expect(page.locator("#sleep-until")).to_have_text(words)
    page.locator("#queue-toggle").click()
    page.locator("h1").click()
    page.keyboard.press("q")
    expect(page.locator("#queue")).to_be_hidden()
    page.evaluate("localStorage.setItem('segue.sleep', JSON.stringify({ moment: Date.now() + 60000, chosen: '15' }))")
    page.reload()
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, f"!{AUDIO}.paused")
    page.clock.fast_forward("01:00")
    until(page, f"{AUDIO}.paused")  # it fell asleep
    expect(page.locator("#sleep")).to_have_value("")
    page.evaluate("document.getElementById('player-toggle').setAttribute('aria-busy', 'true')")
    turning = "getComputedStyle(document.getElementById('player-toggle'), '::after').animationDuration"
    assert float(page.evaluate(turning).removesuffix("s")) < 0.01  # nothing turns for those who asked for rest


def test_somebody_who_was_signed_out_is_told(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User, complaints: Complaints
) -> None:
    page = open_window()
    begin(page, live_server.url)
    until(page, "document.getElementById('audio-next').readyState > 2")
    Session.objects.all().delete()
    page.keyboard.press("n")  # is here already
    page.keyboard.press("n")
    expect(page.locator("#player-status")).to_contain_text("You were signed out")
    complaints.forgive("status of 401")  # the report of what was heard, the heart of what plays
    kept = "JSON.parse(localStorage.getItem('segue.queue')).ids.length"
    assert page.evaluate(kept) == len(sound)
    sign_in(page, live_server.url)
    expect(page.locator("#player")).to_be_visible()
    page.keyboard.press(" ")
    until(page, f"{NOW} > 0.1")


def test_back_and_forward_while_it_plays(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    page.evaluate("document.querySelectorAll('audio').forEach((one) => { one.marked = true })")
    page.keyboard.press("q")
    heading = page.locator("h1")
    for link, name in (("Playlists", "Playlists"), ("Home", None)):
        page.get_by_role("link", name=link, exact=True).click()
        if name:
            expect(heading).to_have_text(name)
    page.wait_for_url(f"{live_server.url}/")
    for move, address in ((page.go_back, "playlists"), (page.go_back, "tracks"), (page.go_forward, "playlists")):
        move()
        page.wait_for_url(f"{live_server.url}{reverse(address)}")
        plays_on(page)


def test_without_scripts_one_can_listen_like_steer_and_keep(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window(java_script_enabled=False)
    enter(page, live_server.url)
    page.goto(live_server.url + sound[4].get_absolute_url())
    player = page.locator("main audio[controls]")
    expect(player).to_be_visible()
    answer = page.request.get(live_server.url + str(player.get_attribute("src")))
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/ogg")
    page.get_by_role("button", name=f"Like {sound[4].title}").click()
    expect(page.get_by_role("button", name=f"Like {sound[4].title}")).to_have_attribute("aria-pressed", "true")
    page.locator("#w-tempo").fill("1")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("tempo=1"))
    expect(page.locator("#neighbours .track__title").first).to_be_visible()
    page.goto(live_server.url + reverse("playlists"))
    page.locator("main [name=title]").first.fill("By hand")
    page.locator("main form", has=page.locator("[name=title]")).first.locator("button").click()
    expect(page.locator("h1")).to_have_text("By hand")
    playlists.add(Playlist.objects.get(), sound[:2])
    page.reload()
    page.get_by_role("button", name=f"Move {sound[0].title} down").click()
    expect(page.locator(".entries [data-title]")).to_have_text([sound[1].title, sound[0].title])


def test_on_a_phone_the_queue_is_put_in_order_with_a_finger(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window(width=390, height=844, has_touch=True)
    begin(page, live_server.url)
    page.evaluate(f"{AUDIO}.pause()")
    order = titles(page)
    more = page.locator("#queue-list [data-more]")
    more.nth(0).click()
    small = """[...document.querySelectorAll('.queue__item:first-child :is(button, [data-grip])')].filter((one) => {
        const { width, height } = one.getBoundingClientRect(); return Math.min(width, height) < 44 }).length"""
    assert page.evaluate(small) == 0
    more.nth(0).click()
    lift = carry(page, page.locator("#queue-list [data-grip]").nth(3), page.locator("#queue-list [data-grip]").nth(1))
    expect(page.locator(".carried-to .track__title")).to_have_text(order[1])
    lift()
    expect(page.locator("#queue-list .track__title")).to_have_text([order[0], order[3], *order[1:3], *order[4:]])
    expect(page.locator(".carried, .carried-to")).to_have_count(0)


def test_on_a_phone_titles_have_the_width_and_buttons_come_when_asked_for(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window(width=390, height=844)
    begin(page, live_server.url)
    page.evaluate(f"{AUDIO}.pause()")
    order = titles(page)
    rows = page.locator("#queue-list .queue__item")
    pick = rows.nth(1).locator("[data-pick]").bounding_box()
    assert pick
    assert pick["width"] > 240  # of 358
    for name in (f"Move {order[1]} up", f"Remove {order[1]} from the queue"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.get_by_role("button", name=f"Move or remove {order[0]}").click()
    page.get_by_role("button", name=f"Move or remove {order[1]}").click()
    expect(page.locator("#queue-list [data-more][aria-expanded=true]")).to_have_count(1)  # one row at a time
    page.get_by_role("button", name=f"Move {order[1]} down").click()
    assert titles(page)[:3] == [order[0], order[2], order[1]]
    page.get_by_role("button", name=f"Remove {order[1]} from the queue").click()
    assert order[1] not in titles(page)
    expect(page.get_by_role("button", name=f"Move or remove {order[3]}")).to_be_focused()


def test_beside_a_page_the_buttons_of_a_row_show_where_the_pointer_or_the_focus_is(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window()
    begin(page, live_server.url)
    page.evaluate(f"{AUDIO}.pause()")
    order = titles(page)
    moves = page.locator("#queue-list .queue__moves")
    expect(moves.nth(2)).to_have_css("opacity", "0")
    page.locator("#queue-list .queue__item").nth(2).hover()
    expect(moves.nth(2)).to_have_css("opacity", "1")
    page.get_by_role("button", name=f"Move {order[2]} up").click()
    assert titles(page)[:3] == [order[0], order[2], order[1]]
    page.locator("#queue-list [data-pick]").nth(3).focus()
    expect(moves.nth(3)).to_have_css("opacity", "1")


def test_a_card_plays_next_and_a_radio_begins_from_the_queue(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window(width=390, height=844)
    begin(page, live_server.url)
    page.keyboard.press("q")
    first = page.locator("#player-title").inner_text()
    page.goto(live_server.url)
    card = page.locator("#main .card").nth(2)
    chosen = card.locator("[data-title]").inner_text()
    card.get_by_role("button", name=f"Play {chosen} next").click()
    expect(page.locator("#player-status")).to_contain_text("plays next")
    page.keyboard.press("q")
    assert titles(page)[:2] == [first, chosen]
    page.get_by_role("button", name="Clear").click()  # a radio plays what is not in the queue already
    page.get_by_role("button", name="Radio from here").click()
    expect(page.locator("#queue-radio")).to_be_visible()


def test_a_playlist_of_a_thousand_comes_in_pages_and_plays_as_a_whole(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    playlist = playlists.create(curator, "Long", [sound[number % len(sound)] for number in range(1_000)])
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + playlist.get_absolute_url() + "?page=2")
    rows = page.locator("#entries [data-entry]")
    expect(rows.nth(3)).to_have_attribute("draggable", "true")
    expect(rows).to_have_count(100)
    with page.expect_response(lambda answer: "page=2" in answer.url):
        rows.nth(3).drag_to(rows.nth(1))
    settled(page)
    moved = rows.nth(1)
    expect(moved.locator("[data-title]")).to_have_text(sound[103 % len(sound)].title)
    assert str(playlists.entries(playlist, curator)[101].pk) == moved.get_attribute("data-entry")
    rows.first.get_by_role("button", name="up").click()  # to the end of the page before
    expect(page.locator(".pages")).to_contain_text("Page 1 of 10")
    page.locator("[data-play-list]").first.click()
    page.evaluate(f"{AUDIO}.playbackRate = 0.1")
    page.keyboard.press("q")
    expect(page.locator("#queue-count")).to_have_text("1 of 1000")
    page.get_by_label("Name of a playlist with these tracks").fill("Kept")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Kept")
    assert Playlist.objects.get(title="Kept").entries.count() == 1_000
    page.locator("#queue-dj").click()
    expect(page.locator("h1")).to_have_text("DJ order")
