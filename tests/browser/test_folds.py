"""What steers an answer: folded up above it on a phone, open beside it on a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog.models import Track
from tests.browser.pages import enter, overflow, photograph, sign_in, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenWindow = Callable[..., Page]


def addresses(library: list[Track]) -> dict[str, str]:
    first, last = library[0].pk, library[7].pk
    return {
        "track": library[0].get_absolute_url(),
        "for-you": reverse("for-you"),
        "words": f"{reverse('words')}?q=calm+piano",
        "blend": f"{reverse('blend')}?track={first}&track={library[3].pk}",
        "path": f"{reverse('path')}?from={first}&to={last}&steps=5",
        "radio": f"{reverse('radio')}?from=track:{first}",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_the_first_track_stands_above_the_fold(
    live_server: LiveServer, open_window: OpenWindow, library: list[Track], curator: User, theme: str
) -> None:
    page = open_window(width=390, height=844, theme=theme)
    sign_in(page, live_server.url)
    for name, address in addresses(library).items():
        page.goto(live_server.url + address)
        tune = page.locator("#steer summary", has_text="Tune")
        expect(tune).to_be_visible()
        expect(page.locator("#steer input[type=range]").first).to_be_hidden()
        box = page.locator("#answer .track, #neighbours .track").first.bounding_box()
        assert box
        assert box["y"] + box["height"] < (1100 if name == "track" else 844), name  # the track itself comes first
        tune.click()
        expect(page.locator("#steer input[type=range]").first).to_be_visible()
        assert violations(page) + overflow(page) == []
        photograph(page, f"tune-{name}-{theme}-390", whole=False)


def test_where_there_is_room_the_sliders_stand_open_and_nothing_folds(
    live_server: LiveServer, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    page = open_window(java_script_enabled=False)
    sign_in(page, live_server.url)
    for address in addresses(library).values():
        page.goto(live_server.url + address)
        expect(page.locator("#steer summary", has_text="Tune")).to_be_hidden()
        expect(page.locator("#steer").get_by_role("slider").first).to_be_visible()
    page.goto(live_server.url + addresses(library)["path"])
    expect(page.get_by_role("searchbox", name="Find a track")).to_be_visible()


def test_an_engine_that_cannot_show_a_closed_fold_opens_it_where_there_is_room(
    live_server: LiveServer, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    page = open_window()
    page.add_init_script("CSS.supports = () => false")
    sign_in(page, live_server.url)
    page.get_by_role("link", name="Discover").click()
    expect(page.locator("details.fold[open]")).to_have_count(1)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(live_server.url + reverse("for-you"))
    expect(page.locator("details.fold")).to_have_count(1)
    expect(page.locator("details.fold[open]")).to_have_count(0)


def test_the_summary_says_what_deviates_and_stays_open_while_it_changes(
    live_server: LiveServer, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    page = open_window(width=390, height=844)
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("for-you"))
    tune, said = page.locator("#steer summary", has_text="Tune"), page.locator("#tuned")
    expect(said).to_be_empty()
    tune.focus()
    page.keyboard.press("Enter")
    page.locator("#w-boldness").focus()
    page.keyboard.press("End")
    expect(said).to_have_text("Discovery 100 %")
    expect(page.locator("#w-boldness")).to_be_focused()
    page.get_by_text("Filters").click()
    page.get_by_label("Style").fill("jazz")
    expect(said).to_have_text("Discovery 100 % · Style jazz")
    page.reload()
    expect(said).to_have_text("Discovery 100 % · Style jazz")
    expect(page.locator("#w-boldness")).to_be_hidden()

    page.goto(live_server.url + library[0].get_absolute_url())
    tune.click()
    page.get_by_role("link", name="Same mood").press("Enter")
    expect(said).to_have_text("Same mood")
    expect(page.locator("#w-mood")).to_have_value("1")
    assert page.locator("#w-mood").evaluate("slider => slider.style.getPropertyValue('--fill')") == "100%"
    expect(page.locator("#preset-same-mood")).to_be_focused()
    expect(page.locator("#preset-same-mood")).to_have_attribute("aria-current", "true")
    page.locator("#w-key").fill("0.5")
    expect(page.locator("output[for=w-key]")).to_have_text("50 %")  # before anything is answered, too
    expect(said).to_have_text("Sound 10 % · Mood 100 % · Tempo 5 % · Key 50 %")


def test_a_phone_without_scripts_unfolds_and_asks(
    live_server: LiveServer, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    page = open_window(width=390, height=844, java_script_enabled=False)
    enter(page, live_server.url)
    page.goto(live_server.url + addresses(library)["path"])
    page.locator("#steer summary", has_text="Tune").click()
    page.get_by_label("Curve").select_option("tempo")
    page.get_by_label("Shape").select_option("arch")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#tuned")).to_have_text("Tracks 5 · Tempo: up, then back down")
    expect(page.get_by_role("searchbox", name="Find a track")).to_be_hidden()
    page.locator("summary", has_text="Find a track").click()
    page.get_by_role("searchbox", name="Find a track").fill("piece 3")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("link", name="End: Piece 3")).to_be_visible()


def test_much_that_is_tuned_and_words_without_an_end_stay_within_a_phone(
    live_server: LiveServer, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    page = open_window(width=390, height=844)
    sign_in(page, live_server.url)
    filters = "bpm_min=60&bpm_max=200&minutes_max=90&style=piano&fresh=30"
    left_out = f"without_artist={library[3].artist_id}&without_artist={library[5].artist_id}"
    for question in (f"q=calm+piano&variety=0.7&{filters}&{left_out}", f"q={'x' * 500}"):
        page.goto(f"{live_server.url}{reverse('words')}?{question}")
        for fold in page.locator("#steer summary").all():
            fold.click()
        assert not overflow(page)
        assert not violations(page)


def test_a_preset_is_marked_as_long_as_the_sliders_stand_as_it_has_them(
    live_server: LiveServer, open_window: OpenWindow, library: list[Track], curator: User
) -> None:
    page = open_window(width=1280, height=900)
    sign_in(page, live_server.url)
    for address in (library[0].get_absolute_url(), f"{reverse('blend')}?track={library[0].pk}&minus={library[3].pk}"):
        page.goto(live_server.url + address)
        expect(page.locator("#presets [aria-current]")).to_have_text("Balanced")
        page.locator("#w-sound").fill("1")
        expect(page.locator("#presets [aria-current]")).to_have_count(0)
        page.locator("#presets a", has_text="DJ").click()
        expect(page.locator("#presets [aria-current]")).to_have_text("DJ")
        expect(page.locator("#w-key")).to_have_value("0.8")
    assert f"minus={library[3].pk}" in page.url
