"""One track follows the other: what came out of the browser is recorded and looked at, sample by sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog import storage
from catalog.models import Track
from recommender.models import Listen, Measurement
from tests import sounds
from tests.browser.test_accessibility import curator
from tests.browser.test_player import begin, titles

__all__ = ["curator"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECONDS, SILENCE = 2.5, 0.8  # of each track, and around it
MOST = 0.25  # seconds of a gap on a busy machine; the silence alone would be 1.6
LOUD = 0.05
RECORD = """() => {
  const sound = new AudioContext();
  const out = sound.createMediaStreamDestination();
  for (const one of document.querySelectorAll('#player audio')) sound.createMediaElementSource(one).connect(out);
  const parts = [];
  window.recorder = new MediaRecorder(out.stream, { audioBitsPerSecond: 256000 });
  window.recorder.ondataavailable = (event) => parts.push(event.data);
  window.recorded = new Promise((end) => { window.recorder.onstop = () => end(new Blob(parts)); });
  window.recorder.start();
}"""
PEAKS = """async () => {
  window.recorder.stop();
  const bytes = await (await window.recorded).arrayBuffer();
  const samples = (await new AudioContext({ sampleRate: 48000 }).decodeAudioData(bytes)).getChannelData(0);
  const peaks = [];
  for (let at = 0; at + 48 <= samples.length; at += 48) {
    peaks.push(samples.slice(at, at + 48).reduce((most, one) => Math.max(most, Math.abs(one)), 0));
  }
  return peaks;
}"""  # one peak a millisecond


def gaps(peaks: list[float]) -> list[int]:
    """Milliseconds of each silence between the first sound and the last."""
    loud = np.flatnonzero(np.array(peaks) > LOUD)
    steps = np.diff(loud)
    return [int(step) for step in steps if step > 1]


def test_tracks_follow_each_other_without_the_silence_around_them_and_are_reported_once(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    library: list[Track],
    curator: User,
    settings: object,
    tmp_path: Path,
) -> None:
    settings.MEDIA_DIR = tmp_path
    quiet = sounds.silence(SILENCE)
    for number, track in enumerate(library):
        samples = np.concatenate([quiet, sounds.sine(220 * (1 + number % 2), SECONDS), quiet])
        piece = sounds.write(tmp_path / f"{number}.mp3", samples)
        path = storage.path_of(track.sha256, "mp3")
        path.parent.mkdir(parents=True, exist_ok=True)
        piece.rename(path)
    Track.objects.update(extension="mp3", seconds=SECONDS + 2 * SILENCE)
    Measurement.objects.update(silence_start=SILENCE, silence_end=SILENCE)
    page = open_window()
    begin(page, live_server.url)
    page.evaluate(RECORD)
    order = titles(page)
    expect(page.locator("#player-title")).to_have_text(order[2], timeout=15_000)
    page.wait_for_timeout(500)
    page.keyboard.press(" ")
    page.wait_for_timeout(600)
    found = gaps(page.evaluate(PEAKS))
    assert sum(found) < 1000 * MOST, found
    told = list(Listen.objects.filter(kind=Listen.Kind.FINISHED).values_list("track__title", flat=True))
    assert len(told) == len(set(told))
    assert set(order[:2]) <= set(told)
    assert not Listen.objects.filter(kind=Listen.Kind.SKIPPED).exists()
