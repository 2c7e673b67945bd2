"""The listener's choice of a theme goes before the device's, on every page, and the points of the map follow it."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog.models import Track
from recommender import drawing, mapfile, maps
from tests.browser.pages import enter, painted
from tests.browser.windows import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DARK, LIGHT = "rgb(18, 16, 14)", "rgb(250, 248, 244)"  # the paper


def paper(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


@pytest.mark.parametrize(
    ("device", "theirs", "other", "chosen"), [("dark", DARK, "Light", LIGHT), ("light", LIGHT, "Dark", DARK)]
)
def test_a_chosen_theme_goes_before_the_device(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    curator: User,
    device: str,
    theirs: str,
    other: str,
    chosen: str,
) -> None:
    page = open_window(theme=device)
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("account"))
    choices = page.locator("main [data-theme-form]")
    assert paper(page) == theirs
    with page.expect_response("**" + reverse("theme")):
        choices.get_by_role("button", name=other).click()
    assert paper(page) == chosen
    page.goto(live_server.url + reverse("upload"))
    assert paper(page) == chosen
    page.goto(live_server.url + reverse("account"))
    with page.expect_response("**" + reverse("theme")):
        choices.get_by_role("button", name="Device").click()
    assert paper(page) == theirs


def test_points_of_the_map_have_the_colours_of_the_theme(
    live_server: LiveServer, library: list[Track], curator: User, complaints: Complaints, painting: Browser
) -> None:
    drawing.draw()
    places = mapfile.unpack(maps.served(curator))
    found = {}
    for theme in ("light", "dark"):
        window = painting.new_context(color_scheme=theme, viewport={"width": 1280, "height": 900})
        page = window.new_page()
        complaints.listen_to(page)
        enter(page, live_server.url)
        page.goto(live_server.url + reverse("map"))
        canvas = page.locator("canvas[data-drawn]")
        expect(canvas).to_have_attribute("data-drawn", str(len(library)))
        picture = np.asarray(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB"))
        height, width, _colours = picture.shape
        columns, rows = painted(places.xy, width, height).astype(int).T
        found[theme] = picture[rows, columns].astype(int)
        window.close()
    for colours in found.values():
        assert np.ptp(colours, axis=1).min() > 15, f"grey: {colours}"
    assert found["dark"].mean() > found["light"].mean()
