"""The walk that every engine must manage: sign in, play each kind of file, go on and back, steer, no complaint.

`make test-browsers` runs it; `make test` is about Chromium.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.urls import reverse
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog import storage
from catalog.models import Track
from recommender import drawing
from tests import sounds
from tests.browser.engines import ENGINES, Engine
from tests.browser.pages import PASSWORD

pytestmark = pytest.mark.engines
AUDIO = "document.getElementById('audio')"
SOUNDS = f"{AUDIO}.currentTime > 0.3 && !{AUDIO}.paused"
END = "\ue010"  # the key of that name
KINDS = ["mp3", "ogg", "opus", "flac", "wav", "m4a"]
LISTEN = """
window.complaints = [];
const put = (what) => window.complaints.push(String(what));
document.addEventListener("securitypolicyviolation", (event) => put(`${event.violatedDirective} ${event.blockedURI}`));
window.addEventListener("error", (event) => put(event.message));
window.addEventListener("unhandledrejection", (event) => put(event.reason));
"""


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with ENGINES[request.param](tmp_path) as made:
        yield made
        if folder := os.environ.get("SEGUE_SHOTS"):
            Path(folder, f"{request.param}.png").write_bytes(made.picture())


@pytest.fixture
def kinds(library: list[Track], settings: object, tmp_path: Path) -> list[Track]:
    """The first tracks of the library, each another kind of file."""
    settings.MEDIA_DIR = tmp_path / "media"
    piece = np.tile(sounds.song(15.0, bpm=120, tonic=0), 6)
    for track, kind in zip(library, KINDS, strict=False):
        Track.objects.filter(pk=track.pk).update(extension=kind)
        path = storage.path_of(track.sha256, kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sounds.write(tmp_path / f"piece.{kind}", piece).read_bytes())
    drawing.draw()
    return library[: len(KINDS)]


def test_a_walk(engine: Engine, live_server: LiveServer, kinds: list[Track], curator: User) -> None:
    site = live_server.url
    engine.go(site + reverse("login"))
    engine.write("[name=username]", curator.username)
    engine.write("[name=password]", PASSWORD)
    engine.press("main button[type=submit]")
    engine.until("document.getElementById('player')")
    for track in kinds:
        engine.go(site + track.get_absolute_url())
        engine.press(".hero [data-play]")
        engine.until(SOUNDS)
        engine.run(f"{AUDIO}.currentTime = 40")
        engine.until(f"{AUDIO}.currentTime > 40.3 && !{AUDIO}.error")

    engine.run(LISTEN)
    engine.run(f"window.before = 0; {AUDIO}.currentTime = 1")
    for name in ("home", "playlists", "words", "map", "tracks"):
        engine.press(f"a[href='{reverse(name)}']:not(.logo)")
        engine.until(f"location.pathname === '{reverse(name)}' && {AUDIO}.currentTime > window.before + 0.2")
        engine.run(f"window.before = {AUDIO}.currentTime")
    engine.back()
    engine.until("document.querySelector('canvas')?.dataset.drawn > 0")
    engine.until(f"{AUDIO}.currentTime > window.before + 0.2")
    engine.run("history.go(-1)")
    engine.until("location.pathname === '/words/'")
    assert engine.run("return window.complaints") == []

    engine.go(site + kinds[0].get_absolute_url())
    engine.run(LISTEN)
    engine.write("#w-tempo", END)
    engine.until("location.search.includes('tempo=1')")
    engine.until("document.querySelector('#player-title').textContent")
    assert engine.run("return window.complaints") == []
