"""Pages for discovering: no rule of WCAG 2.2 AA is broken, and they can be played and steered by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog import playlists
from catalog.models import Album, Track
from recommender import drawing, listening, mapfile, maps
from recommender.asking import NONE_ANALYSED
from tests.browser.pages import enter, opened, overflow, painted, photograph, settled, sign_in, swept, until, violations
from tests.browser.playing import begin
from tests.browser.windows import Complaints
from tests.rows import a_track

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_for_discovering_violates_a_rule(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    library: list[Track],
    curator: User,
    theme: str,
    width: int,
) -> None:
    listening.toggle_like(curator, library[1])
    drawing.draw()
    site, first, last = live_server.url, library[0].pk, library[7].pk
    page = open_window(theme=theme, width=width)
    sign_in(page, site)
    expect(page.locator("#mixes-title")).to_be_visible()
    problems = violations(page) + overflow(page)
    photograph(page, f"home-{theme}-{width}")
    addresses = {
        "words": f"{reverse('words')}?q=calm+piano,+no+drums,+xyzzy",
        "words-empty": reverse("words"),
        "for-you": reverse("for-you"),
        "mix": reverse("mix", args=[1]),
        "blend": f"{reverse('blend')}?track={first}&minus={library[2].pk}&find=piece",
        "path": f"{reverse('path')}?from={first}&to={last}&steps=5&find=piece",
        "dj": f"{reverse('dj')}?ids={first},{last},{library[3].pk}",
        "map": reverse("map"),
        "map-region": f"{reverse('map-region')}?outline=-1,-1;2,-1;2,2;-1,2",
        "kinds": reverse("kinds"),
        "radio": f"{reverse('radio')}?from=track:{first}",
        "radio-nothing": f"{reverse('radio')}?from=words:quokka",
        "radio-empty": f"{reverse('radio')}?from=playlist:{playlists.create(curator, 'Bare').pk}",
    }
    problems += swept(page, site, addresses, f"{theme}-{width}")
    page.goto(site + addresses["words"])
    with opened(page.locator(".menu--row").first):
        page.locator(".menu--row summary").first.click()
    problems += violations(page) + overflow(page)
    photograph(page, f"row-menu-{theme}-{width}", whole=False)
    assert problems == [], "\n".join(problems)


def test_words_answer_while_somebody_types_and_rows_lead_on(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User
) -> None:
    page = open_window()
    sign_in(page, live_server.url)
    page.get_by_role("link", name="Discover").click()
    expect(page.locator("#words-q")).to_be_visible()
    page.locator("#words-q").press_sequentially("calm piano", delay=20)
    expect(page.locator("#answer .track").first).to_be_visible()
    page.wait_for_url(re.compile(r"q=calm\+piano"))
    page.get_by_role("button", name="Play all").click()
    expect(page.locator("#player-title")).to_have_text(page.locator("#answer .track__title").first.inner_text())
    title = page.locator("#answer .track__title").nth(1).inner_text()
    page.locator("#answer .menu--row summary").nth(1).click()
    page.get_by_role("link", name="More like this").click()
    expect(page.locator("h1")).to_have_text("Blend")
    expect(page.locator(".chip", has_text=title)).to_be_visible()
    with page.expect_response(re.compile(r"find=piece(\+|%20)7")):
        page.locator("#find").press_sequentially("piece 7", delay=20)
    settled(page)
    page.get_by_role("link", name="Less like: Piece 7").click()
    expect(page.locator(".chip--refused")).to_contain_text("Piece 7")
    page.go_back()
    expect(page.locator(".chip--refused")).to_have_count(0)


def test_less_like_this_is_taken_note_of_in_the_row(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User
) -> None:
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("tracks"))
    page.locator(".menu--row summary").first.click()
    page.get_by_role("button", name="Less like this").first.click()
    expect(page.locator(".menu__panel [role=status]")).to_contain_text("Noted")


def test_a_point_of_the_map_tells_its_name_and_plays(
    live_server: LiveServer,
    library: list[Track],
    curator: User,
    complaints: Complaints,
    painting: Browser,
) -> None:
    drawing.draw()
    window = painting.new_context(viewport={"width": 1280, "height": 900})
    page = window.new_page()
    complaints.listen_to(page)
    sign_in(page, live_server.url)
    # Sizes are told a frame late, on a busy machine much later: points have to be found before.
    page.add_init_script("window.ResizeObserver = class { observe() {} };")
    page.goto(live_server.url + reverse("map"))
    canvas = page.locator("canvas[data-drawn]")
    expect(canvas).to_have_attribute("data-drawn", "8")
    places = mapfile.unpack(maps.served(curator))
    box = canvas.bounding_box()
    assert box
    x, y = painted(places.xy, box["width"], box["height"])[0]
    page.mouse.move(box["x"] + x, box["y"] + y)
    title = Track.objects.get(pk=int(places.ids[0])).title
    expect(page.locator(".map__tip")).to_contain_text(title)
    photograph(page, "map-painted")
    page.mouse.down()
    expect(canvas).to_have_class(re.compile("map__canvas--held"))
    expect(page.locator(".map__tip")).to_be_hidden()
    page.mouse.up()
    expect(canvas).not_to_have_class(re.compile("map__canvas--held"))
    expect(page.locator("#player-title")).to_have_text(title)
    page.mouse.wheel(0, -400)
    photograph(page, "map-zoomed")
    page.get_by_role("button", name="Whole map").click()
    page.mouse.move(box["x"] + x, box["y"] + y)
    expect(page.locator(".map__tip")).to_contain_text(title)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] - 20)
    expect(page.locator(".map__tip")).to_be_hidden()
    window.close()


def test_modules_of_one_page_come_with_it_and_know_what_plays(
    live_server: LiveServer, open_window: Callable[..., Page], sound: list[Track], curator: User
) -> None:
    drawing.draw()
    page = open_window()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    begin(page, live_server.url)
    maps_own = {path.name for path in Path(settings.BASE_DIR, "static", "js").glob("map*.js")}
    lonely = {"record.js", "playlist.js", "upload.js", *maps_own}
    assert {"player.js", "page.js", "events.js"} <= set(asked)
    assert not lonely & set(asked)
    page.evaluate("document.addEventListener('player:state', ({ detail }) => { window.told = detail; })")
    page.get_by_role("link", name="Discover").click()
    page.locator("#main").get_by_role("link", name="Map", exact=True).click()
    until(page, "window.told?.playing")
    playing = page.locator("#main [data-track][aria-current]").first.get_attribute("data-track")
    assert page.evaluate("window.told.id") == playing
    assert maps_own <= set(asked)
    assert asked.count("events.js") == 1  # by another name it would be another module


def test_a_line_round_points_selects_them_and_they_become_a_playlist(
    live_server: LiveServer,
    library: list[Track],
    curator: User,
    complaints: Complaints,
    painting: Browser,
) -> None:
    drawing.draw()
    window = painting.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = window.new_page()
    complaints.listen_to(page)
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("map"))
    expect(page.locator("canvas[data-drawn]")).to_have_attribute("data-drawn", "8")
    page.get_by_role("button", name="Select an area").click()
    page.locator("canvas").scroll_into_view_if_needed()
    box = page.locator("canvas").bounding_box()
    assert box
    left, top, right, bottom = box["x"] + 2, box["y"] + 2, box["x"] + box["width"] - 2, box["y"] + box["height"] - 2
    page.mouse.move(left, (top + bottom) / 2)  # the corners of the canvas are round
    page.mouse.down()
    for x, y in ((left, top), (right, top), (right, bottom), (left, bottom)):
        page.mouse.move(x, y, steps=4)
    page.mouse.up()
    expect(page.locator("#selection .track")).to_have_count(8)
    photograph(page, "map-selected")
    assert violations(page) + overflow(page) == []
    page.fill("#selection [name=title]", "All of it")
    page.get_by_role("button", name="Save as playlist").click()
    expect(page.locator("h1")).to_have_text("All of it")
    expect(page.locator("#entries [data-title]")).to_have_count(8)
    window.close()


def test_neighbourhoods_are_selected_by_keyboard(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User
) -> None:
    drawing.draw()
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("map"))
    choice = page.get_by_role("link", name=re.compile("Play or save all")).first
    choice.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#selection h2")).to_be_visible()
    page.locator("#selection").get_by_role("button", name="Play", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#player-title")).to_have_text(page.locator("#selection .track__title").first.inner_text())


def test_a_radio_starts_from_an_album_and_from_a_surprise(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User
) -> None:
    album = Album.objects.create(title="Twins", artist=library[0].artist)
    Track.objects.filter(pk__in=[library[0].pk, library[1].pk]).update(album=album)
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + album.get_absolute_url())
    page.get_by_role("button", name="Radio", exact=True).click()
    expect(page.locator("#player-title")).to_be_visible()
    page.keyboard.press("q")
    expect(page.locator("#queue-radio")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Home", exact=True).click()
    with page.expect_response(re.compile("/radio/")):
        page.get_by_role("button", name="Surprise me").click()
    page.goto(f"{live_server.url}{reverse('radio')}?from=album:{album.pk}")
    page.locator("#w-tempo").fill("1")
    page.wait_for_url("**tempo=1*")
    page.get_by_role("button", name="Start the radio").click()
    expect(page.locator("#player-title")).to_have_text(page.locator("#answer .track__title").first.inner_text())


def test_the_player_says_why_a_radio_cannot_begin(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User
) -> None:
    playlist = playlists.create(curator, "Later", [a_track("Waiting"), a_track("Waiting as well")])
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + playlist.get_absolute_url())
    radio, said = page.get_by_role("button", name="Radio", exact=True), page.locator("#player")
    radio.click()
    expect(said).to_contain_text(f"The radio did not start: {NONE_ANALYSED}")
    playlist.delete()
    radio.click()
    expect(said).to_contain_text("The radio did not start: what it begins with is not there any more.")


def test_everything_works_without_scripts(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User
) -> None:
    drawing.draw()
    page = open_window(java_script_enabled=False)
    sign_in(page, live_server.url)
    expect(page.get_by_role("link", name="Music for you")).to_be_visible()
    page.get_by_role("link", name="Discover").click()
    page.fill("#words-q", "calm piano")
    page.locator("#steer").get_by_role("button", name="Apply").click()
    expect(page.locator("#answer .track").first).to_be_visible()
    page.locator(".chips").get_by_role("link", name="Path").click()
    for name, label in (("piece 0", "Start"), ("piece 7", "End")):
        page.fill("#find", name)
        page.get_by_role("button", name="Find").click()
        page.get_by_role("link", name=re.compile(f"{label}: ")).first.click()
    expect(page.locator("#answer .track").first).to_contain_text("Piece 0")
    expect(page.locator("#answer .track").last).to_contain_text("Piece 7")
    page.goto(live_server.url + library[0].get_absolute_url())
    page.get_by_role("button", name="Radio", exact=True).click()
    expect(page.locator("#answer .track").first).to_contain_text("Piece 0")
    page.goto(live_server.url + reverse("map"))
    page.get_by_role("link", name=re.compile("Play or save all")).first.click()
    page.fill("#selection [name=title]", "Neighbours")
    page.get_by_role("button", name="Save as playlist").click()
    expect(page.locator("h1")).to_have_text("Neighbours")
