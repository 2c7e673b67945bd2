"""What a listener sees when a track does not play, and how the music goes on; the seek bar; a slow network."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.limits import Limit
from accounts.models import User
from catalog import renditions, storage, streaming
from catalog.models import Rendition, Track
from recommender.models import Measurement
from tests import sounds
from tests.browser.pages import BEGUN, enter, held, photograph, stop_the_clock, until, violations
from tests.browser.playing import AUDIO, NOW, begin, titles
from tests.browser.windows import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenWindow = Callable[..., Page]
NEXT_IS_HERE = "document.getElementById('audio-next').readyState > 2"


def test_the_seek_bar_shows_the_wave_and_obeys_keys_and_pointer(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    Measurement.objects.filter(track=sound[-2]).delete()
    page = open_window()
    begin(page, live_server.url)
    page.get_by_role("button", name="Pause", exact=True).click()
    until(page, f"{AUDIO}.paused")
    strokes, seek = page.locator("#seek-strokes"), page.get_by_role("slider", name="Position in the track")
    until(page, "document.getElementById('seek-strokes').getAttribute('d').split('M').length === 121")
    until(page, "document.getElementById('seek-loaded').getAttribute('width') > 790")  # all of it is here
    seek.focus()
    page.keyboard.press("Home")
    until(page, f"{NOW} == 0")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(NOW) == pytest.approx(5, abs=0.2)
    assert seek.get_attribute("aria-valuetext") == "0:05 of 0:25"
    page.keyboard.press("PageDown")
    assert page.evaluate(NOW) < 0.2
    box = seek.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#seek-hint")).to_have_text("0:12")
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2, steps=3)
    expect(page.locator("#seek-hint")).to_have_text("0:18")
    assert page.evaluate(NOW) < 1  # not before the hand lets go
    page.mouse.up()
    assert page.evaluate(NOW) == pytest.approx(18.75, abs=0.2)
    page.keyboard.press("n")  # not analysed: a plain line
    expect(strokes).to_have_attribute("d", "M4 32H796")
    assert violations(page) == []


def test_an_expired_address_is_renewed_and_a_track_that_is_gone_is_passed_over(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window()
    page.clock.install(time=BEGUN)
    begin(page, live_server.url)
    stop_the_clock(page)
    order = titles(page)
    until(page, NEXT_IS_HERE)
    expired = page.locator("#main [data-track]").nth(2).get_attribute("data-src")
    page.route(f"**{expired}", lambda route: route.fulfill(status=404, body="expired"), times=2)
    page.keyboard.press("n")
    Track.objects.get(title=order[3]).delete()
    page.keyboard.press("n")
    expect(page.locator("#player-title")).to_have_text(order[2])
    until(page, f"{NOW} > 0.3")
    expect(page.locator("#player-status")).to_be_empty()
    page.keyboard.press("n")
    expect(page.locator("#player-status")).to_contain_text("no longer in the library")
    photograph(page, "trouble", whole=False)
    page.clock.fast_forward("00:03")  # time to read it
    expect(page.locator("#player-title")).to_have_text(order[4])
    until(page, f"{NOW} > 0.2")
    expect(page.locator("#player-status")).to_be_empty()


def test_a_track_that_is_being_converted_starts_when_it_is_done(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User, tmp_path: Path
) -> None:
    later = sound[-2]
    Track.objects.filter(pk=later.pk).update(extension="aiff")
    later.refresh_from_db()
    assert renditions.want(later)
    piece = storage.path_of(later.sha256, "ogg")
    piece.rename(piece.with_suffix(".aiff"))
    piece.with_suffix(".aiff").write_bytes(b"FORM\0\0\0\0AIFF")
    page = open_window()
    page.clock.install(time=BEGUN)
    begin(page, live_server.url)
    stop_the_clock(page)
    page.keyboard.press("n")
    expect(page.locator("#player-status")).to_contain_text("is being converted")
    claimed = Rendition.objects.get(track=later)
    renditions.keep(claimed, sounds.write(tmp_path / "made.webm", sounds.sine(440, 6)).read_bytes())
    page.clock.fast_forward("00:05")  # then it looks again
    until(page, f"{NOW} > 0.2 && !{AUDIO}.paused", seconds=20)
    expect(page.locator("#player-title")).to_have_text(later.title)
    expect(page.locator("#player-status")).to_be_empty()


NO_OGG = """
const plays = HTMLMediaElement.prototype.canPlayType;
HTMLMediaElement.prototype.canPlayType = function (type) { return type.includes("ogg") ? "" : plays.call(this, type); };
"""


def test_a_browser_without_ogg_waits_for_what_it_plays(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User, tmp_path: Path
) -> None:
    """As Safari before 18.4; the next track of its queue is wished for before this one ends."""
    piece = sounds.write(tmp_path / "made.mp3", sounds.sine(440, 6)).read_bytes()
    page = open_window()
    page.add_init_script(NO_OGG)
    page.clock.install(time=BEGUN)
    enter(page, live_server.url)
    page.goto(live_server.url + "/tracks/")
    stop_the_clock(page)
    page.locator("#main [data-play]").first.click()
    expect(page.locator("#player-status")).to_contain_text("is being converted")
    first = Rendition.objects.get()
    assert first.extension == renditions.PLAIN
    photograph(page, "being-converted", whole=False)
    renditions.keep(first, piece)
    page.clock.fast_forward("00:05")
    until(page, f"{NOW} > 0.2 && !{AUDIO}.paused", seconds=20)
    expect(page.locator("#player-status")).to_be_empty()
    until(page, "document.getElementById('audio-next').error?.code")
    for row in Rendition.objects.filter(sha256=""):
        renditions.keep(row, piece)
    page.keyboard.press("n")
    until(page, f"{NOW} > 0.2 && !{AUDIO}.paused", seconds=20)
    expect(page.locator("#player-status")).to_be_empty()
    assert Rendition.objects.values("track").distinct().count() >= 2


def test_what_breaks_off_again_and_again_is_passed_over(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    """As Firefox without a sound device does it: each track begins, and fails a moment later."""
    page = open_window()
    page.clock.install(time=BEGUN)
    begin(page, live_server.url)
    stop_the_clock(page)
    order = titles(page)
    status, title = page.locator("#player-status"), page.locator("#player-title")
    for number in range(3):
        expect(title).to_have_text(order[number])
        until(page, f"{NOW} > 0.2 && !{AUDIO}.paused")
        page.evaluate(f"{AUDIO}.dispatchEvent(new Event('error'))")
        until(page, f"{AUDIO}.src.includes('again') && {NOW} > 0.2 && !{AUDIO}.paused")
        page.evaluate(f"{AUDIO}.dispatchEvent(new Event('error'))")
        expect(status).to_contain_text(f"“{order[number]}” cannot be played")
        page.clock.fast_forward("00:03")  # longer than such a message stays
    expect(title).to_have_text(order[2])
    assert page.evaluate(f"{AUDIO}.paused")


def test_who_had_many_tracks_converted_is_told_when_there_may_be_more(
    live_server: LiveServer,
    open_window: OpenWindow,
    sound: list[Track],
    curator: User,
    complaints: Complaints,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "CONVERSIONS", Limit(0, 900))
    page = open_window()
    page.add_init_script(NO_OGG)
    page.clock.install(time=BEGUN)
    enter(page, live_server.url)
    page.goto(live_server.url + "/tracks/")
    renditions.want_plain(sound[-2])  # somebody else needed it
    piece = sounds.write(tmp_path / "made.mp3", sounds.sine(440, 6)).read_bytes()
    renditions.keep(Rendition.objects.get(), piece)
    stop_the_clock(page)
    page.locator("#main [data-play]").first.hover()
    page.locator("#main [data-play]").first.click()
    status = page.locator("#player-status")
    expect(status).to_contain_text(re.compile(r"has to be converted for this browser.*Try it again in (a|\d+) minute"))
    assert Rendition.objects.count() == 1
    photograph(page, "not-converted-yet", whole=False)
    page.clock.fast_forward("00:03")  # what it plays comes next
    expect(page.locator("#player-title")).to_have_text(sound[-2].title)
    until(page, f"{NOW} > 0.2 && !{AUDIO}.paused", seconds=20)
    page.close()  # before it asks for the one after, and hears the same
    complaints.forgive("status of 429")


def test_what_is_not_converted_in_five_minutes_is_passed_over(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window()
    page.add_init_script(NO_OGG)
    page.clock.install(time=BEGUN)
    enter(page, live_server.url)
    page.goto(live_server.url + sound[0].get_absolute_url())
    stop_the_clock(page)
    page.locator("#main [data-play]").first.click()
    status = page.locator("#player-status")
    expect(status).to_contain_text("is being converted")
    page.clock.fast_forward("05:01")
    expect(status).to_contain_text("is still being converted")
    page.clock.fast_forward("00:03")
    expect(page.locator("#player-title")).not_to_have_text(sound[0].title)


def test_the_music_goes_on_when_the_network_is_back(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User, complaints: Complaints
) -> None:
    page = open_window()
    begin(page, live_server.url)
    until(page, NEXT_IS_HERE)
    page.context.set_offline(True)
    page.keyboard.press("n")  # is here already
    page.keyboard.press("n")
    expect(page.locator("#player-status")).to_contain_text("No connection")
    page.context.set_offline(False)
    until(page, f"{NOW} > 0.2 && !{AUDIO}.paused")
    expect(page.locator("#player-status")).to_be_empty()
    complaints.forgive("ERR_INTERNET_DISCONNECTED")


AS_IT_IS_PRESSED = """() => window.addEventListener("click", () => {
  const button = document.getElementById("player-toggle");
  window.answered = [button.getAttribute("aria-label"), button.getAttribute("aria-busy")];
})"""


def test_play_answers_at_once_and_sounds_when_the_first_bytes_are_here(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    """Bytes that do not come show as work in progress, never as silence without a word; nothing on the page jumps."""
    page = open_window()
    page.clock.install(time=BEGUN)
    enter(page, live_server.url)
    page.goto(live_server.url + "/tracks/")
    stop_the_clock(page)  # neither the answer nor the sound waits for any
    bytes_to_come = held(page, "**/stream/*")
    top = page.locator("#main .track").first.bounding_box()
    page.evaluate(AS_IT_IS_PRESSED)
    page.locator("#main [data-play]").first.click()
    button = page.get_by_role("button", name="Pause", exact=True)
    expect(button).to_have_attribute("aria-busy", "true")
    assert page.evaluate("window.answered") == ["Pause", "true"]  # in the moment of the press, however long a moment is
    assert page.locator("#main .track").first.bounding_box() == top
    photograph(page, "waiting", whole=False)
    for route in bytes_to_come:
        route.continue_()
    page.unroute("**/stream/*")
    until(page, f"{NOW} > 0.05")
    expect(button).to_have_attribute("aria-busy", "false")
