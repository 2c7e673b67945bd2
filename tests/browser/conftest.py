"""A real Chromium, and eyes for what goes wrong in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright

from catalog.models import Track
from recommender import index_versions, outbox
from recommender.index.exact import ExactIndex
from tests import sounds
from tests.rows import a_library

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


@dataclass
class Complaints:
    """What the console of the browser said that it should not have."""

    heard: list[str] = field(default_factory=list)

    def listen_to(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.heard.append(f"{page.url}: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        expected = "status of 404" in message.text  # the page of an address that does not exist
        expected |= "GPU stall due to ReadPixels" in message.text  # taking a picture of a canvas
        if message.type in {"error", "warning"} and not expected:
            self.heard.append(message.text)


@pytest.fixture(scope="session")
def chromium(engine: Playwright) -> Iterator[Browser]:
    browser = engine.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def piece(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of eight seconds, for tracks that only have to sound."""
    folder = tmp_path_factory.mktemp("piece")
    return sounds.write(folder / "piece.ogg", sounds.song(8.0, bpm=120, tonic=0)).read_bytes()


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test in which the browser complained, about the content security policy above all."""
    found = Complaints()
    yield found
    assert found.heard == []


@pytest.fixture
def open_window(chromium: Browser, complaints: Complaints) -> Iterator[object]:
    """A function that opens a window of its own, with its own cookies, colours and width."""
    windows: list[BrowserContext] = []

    def opened(*, theme: str = "light", width: int = 1280, height: int = 900, **options: Any) -> Page:
        context = chromium.new_context(color_scheme=theme, viewport={"width": width, "height": height}, **options)
        windows.append(context)
        page = context.new_page()
        complaints.listen_to(page)
        return page

    yield opened
    for window in windows:
        window.close()


@pytest.fixture
def library(transactional_db: None, index: ExactIndex) -> list[Track]:
    """Eight analysed tracks behind the index that compares with everything."""
    tracks = a_library([60, 75, 90, 105, 120, 140, 160, None])
    outbox.send(index_versions.ensure_current())
    return tracks


def carry(page: Page, grip: Locator, to: Locator) -> Callable[[], None]:
    """Take a row by its grip with a finger and carry it over another one; what comes back lets go of it."""
    start, end = grip.bounding_box(), to.bounding_box()
    assert start
    assert end
    finger = page.context.new_cdp_session(page)
    x, first, last = start["x"] + start["width"] / 2, start["y"] + 20, end["y"] + 20
    steps = [("touchStart", first), *(("touchMove", first + (last - first) * step / 4) for step in range(1, 5))]
    for kind, y in steps:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    return lambda: finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def photograph(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep a picture of the page for people, if SEGUE_SHOTS names a folder."""
    if folder := os.environ.get("SEGUE_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)
