"""A listener on a slow line: how soon it sounds, and what gives way to the sound."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog import renditions, storage
from catalog.models import Rendition, Track
from recommender.audio import render
from tests import sounds
from tests.browser.pages import BEGUN, enter, stop_the_clock

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OpenWindow = Callable[..., Page]

# A pointer comes to the button (or does not), and presses it later. What is shown for the press, and how many
# milliseconds later the next frame is there; then, milliseconds until the sound moves.
PRESS = """async (ahead) => {
  const frame = () => new Promise(requestAnimationFrame);
  const button = document.querySelector('#main [data-play]');
  if (ahead) {
    button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }));
    await new Promise((done) => setTimeout(done, ahead));
  }
  const began = performance.now();
  button.click();
  const says = document.getElementById('player-toggle').getAttribute('aria-label');
  await frame();
  const answered = { says, after: performance.now() - began };
  while (!(document.getElementById('audio').currentTime > 0)) await frame();
  return { answered, sounds: performance.now() - began };
}"""
KINDS = ["mp3", "flac", "ogg", "m4a", "opus", "wav", "wav"]  # the last one has its rendition
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}  # 1.6 Mbit/s, 0.75
PATIENCE = 5_000  # milliseconds on a busy machine; docs/frontend.md has the figures of a quiet one


@pytest.fixture(scope="module")
def two_minutes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same noise as a file of each kind."""
    folder, noise = tmp_path_factory.mktemp("noise"), sounds.noise(120, level=0.2)
    return {kind: sounds.write(folder / f"noise.{kind}", noise) for kind in KINDS}


@pytest.fixture
def long_files(library: list[Track], settings: object, tmp_path: Path, two_minutes: dict[str, Path]) -> list[Track]:
    """A file of two minutes for each kind; of the last one an hour-old rendition."""
    settings.MEDIA_DIR = tmp_path
    for track, kind in zip(library, KINDS, strict=False):
        path = storage.path_of(track.sha256, kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(two_minutes[kind])
        Track.objects.filter(pk=track.pk).update(extension=kind)
    last = library[len(KINDS) - 1]
    row = Rendition.objects.create(track=last, extension=renditions.FLAC)
    renditions.keep(row, render.render(storage.path_of(last.sha256, KINDS[-1]), renditions.FLAC))
    Rendition.objects.filter(pk=row.pk).update(made_at=timezone.now() - timedelta(hours=1))
    return library[: len(KINDS)]


@pytest.mark.parametrize("ahead", [0, 100, 500], ids=["unforeseen", "finger", "mouse"])
def test_on_a_slow_network_play_answers_at_once_and_sounds_soon(
    live_server: LiveServer, open_window: OpenWindow, long_files: list[Track], curator: User, ahead: int
) -> None:
    """`pytest tests/browser/test_slow_line.py -s` prints the time of each kind of file."""
    page = open_window()
    enter(page, live_server.url)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    for kind, track in zip(KINDS, long_files, strict=True):
        page.goto(live_server.url)
        page.evaluate("localStorage.clear()")  # or the next page fetches what played last
        page.goto(live_server.url + track.get_absolute_url())
        network.send("Network.emulateNetworkConditions", SLOW)
        found = page.evaluate(PRESS, ahead)
        network.send("Network.emulateNetworkConditions", SLOW | {"latency": 0, "downloadThroughput": -1})
        print(f"{kind}: answers in {found['answered']['after']:.0f} ms, sounds in {found['sounds']:.0f} ms")  # noqa: T201 - the figure is what docs tell
        assert found["answered"]["says"] == "Pause"
        assert found["sounds"] < PATIENCE


def test_the_rest_of_a_long_list_gives_way_to_the_first_sound(
    live_server: LiveServer, open_window: OpenWindow, sound: list[Track], curator: User
) -> None:
    page = open_window()
    page.clock.install(time=BEGUN)
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("tracks"))
    stop_the_clock(page)  # or a busy machine is given up after three seconds
    page.evaluate("""() => {
      const list = document.querySelector('#main [data-queue]');
      const rest = [...list.querySelectorAll('[data-track]')].slice(2);
      list.dataset.later = rest.map((row) => row.dataset.track).join(',');
      rest.forEach((row) => row.remove());
      window.order = [];
      document.addEventListener('player:sounds', () => window.order.push('sound'));
      const { fetch } = window;
      window.fetch = (address, ...how) => {
        if (address.includes('/queue/?ids=')) window.order.push('rest');
        return fetch(address, ...how);
      };
    }""")
    page.locator("#main [data-play]").first.click()
    page.keyboard.press("q")
    expect(page.locator("#queue-list .queue__item")).to_have_count(len(sound))
    assert page.evaluate("window.order.slice(0, 2)") == ["sound", "rest"]
