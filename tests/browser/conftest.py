"""A real Chromium, a library, and somebody who hears it: what the tests of this folder share as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog import storage
from catalog.models import Track
from recommender import index_versions, outbox
from recommender.index.exact import ExactIndex
from tests import sounds
from tests.browser.windows import FLAGS, Complaints
from tests.rows import a_library, a_user

# Pages come out of a thread of this very process, and four of these share two cores with as many browsers: what takes a
# tenth of a second alone may take seconds there. What comes sooner is not waited for.
expect.set_options(timeout=15_000)
PATIENCE = 60_000  # milliseconds for a page or a press; signing in took more than half of it beside four such processes
PIECE = 25.0  # seconds


@pytest.fixture(scope="session")
def chromium(engine: Playwright) -> Iterator[Browser]:
    browser = engine.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def piece(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file for tracks that only have to sound.

    Long enough that the next one does not begin while a busy machine looks at this one, and so short that the next one
    is fetched at once (PREPARE_BEFORE in player.js).
    """
    folder = tmp_path_factory.mktemp("piece")
    return sounds.write(folder / "piece.ogg", sounds.song(PIECE, bpm=120, tonic=0)).read_bytes()


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
        context.set_default_timeout(PATIENCE)
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


@pytest.fixture
def curator(transactional_db: None) -> User:
    """Somebody who may do everything, and signs in as "ada"."""
    return a_user("ada", is_staff=True, is_superuser=True)


@pytest.fixture
def site(live_server: LiveServer, curator: User) -> str:
    """The address of a site that the curator may enter."""
    return live_server.url


@pytest.fixture
def sound(library: list[Track], settings: object, tmp_path: Path, piece: bytes) -> list[Track]:
    """The library, and a file for each of its tracks."""
    settings.MEDIA_DIR = tmp_path
    for track in library:
        path = storage.path_of(track.sha256, track.extension)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(piece)
    return library


@pytest.fixture
def painting(chromium: Browser) -> Iterator[Browser]:
    """A browser that draws WebGL without a graphics card."""
    flags = [
        *(flag for flag in FLAGS if flag != "--disable-gpu"),
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
    ]
    browser = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=flags)
    yield browser
    browser.close()
