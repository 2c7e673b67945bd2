"""One track follows the other: what came out of the browser is recorded and looked at, millisecond by millisecond.

`pytest tests/browser/test_gapless.py -s` prints what each change between two files was like.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog import storage
from catalog.models import Track
from recommender.models import Listen, Measurement
from tests import sounds
from tests.browser.pages import enter, until
from tests.browser.playing import AUDIO, NOW, play_the_first, titles
from tests.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECONDS, SILENCE = 2.0, 0.8  # of each track, and around it
KINDS = ["mp3", "mp3", "flac", "ogg", "m4a", "opus"]
TONES = [1000, 1300]  # Hz, in turns: one millisecond holds a whole period, and both together are louder than one
MOST = 250  # milliseconds of a gap on a busy machine; the silence alone would be 1600
LOUD = 0.05
BOTH = 1.3  # times as loud as one tone
RECORD = """() => {
  const sound = new AudioContext();
  const out = sound.createMediaStreamDestination();
  let ready = false; // the next track, when this one was last heard of
  window.ready = [];
  for (const one of document.querySelectorAll('#player audio')) {
    sound.createMediaElementSource(one).connect(out);
    one.addEventListener('timeupdate', () => {
      if (one.id === 'audio') ready = document.getElementById('audio-next').readyState > 2;
    });
  }
  document.addEventListener('player:finished', () => window.ready.push(ready));
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


class Change(NamedTuple):
    """What was heard between two tracks, in milliseconds."""

    silent: int
    both: int


def changes(peaks: list[float], count: int) -> list[Change]:
    """The first changes in a recording, one peak a millisecond: where it is silent, and where two tones sound."""
    heard = np.array(peaks)
    heard = heard[np.flatnonzero(heard > LOUD)[0] :]
    silent, both = heard <= LOUD, heard > BOTH * np.median(heard)
    found, begun, half = [], 0, round(500 * SECONDS)
    for _ in range(count):
        near = slice(begun + half, begun + 3 * half)
        together, changing = np.flatnonzero(both[near]), np.flatnonzero((silent | both)[near])
        found.append(Change(int(silent[near].sum()), int(np.ptp(together)) + 1 if len(together) else 0))
        begun = near.start + (int(changing[-1]) + 1 if len(changing) else half)  # late ones do not add up
    return found


def fill(tracks: list[Track], folder: Path) -> list[str]:
    """Give each track a file with a tone and silence around it; the kinds in the order in which they play."""
    quiet = sounds.silence(SILENCE)
    kinds = [KINDS[number % len(KINDS)] for number in range(len(tracks))]
    for number, (track, kind) in enumerate(zip(reversed(tracks), kinds, strict=True)):  # the last one added plays first
        samples = np.concatenate([quiet, sounds.sine(TONES[number % 2], SECONDS), quiet])
        path = storage.path_of(track.sha256, kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        sounds.write(folder / f"{number}.{kind}", samples).rename(path)
        Track.objects.filter(pk=track.pk).update(extension=kind, seconds=SECONDS + 2 * SILENCE)
    Measurement.objects.update(silence_start=SILENCE, silence_end=SILENCE)
    return kinds


def test_tracks_follow_each_other_without_the_silence_around_them_and_are_reported_once(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    library: list[Track],
    curator: User,
    settings: object,
    tmp_path: Path,
) -> None:
    settings.MEDIA_DIR = tmp_path
    kinds = fill(library, tmp_path)
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("tracks"))
    page.evaluate(RECORD)  # before the first tone, a part of which would be missed on a busy machine
    play_the_first(page)
    order = titles(page)
    last = len(KINDS)  # from each kind into the next, and back into the first
    expect(page.locator("#player-title")).to_have_text(order[last], timeout=30_000)
    until(page, f"{NOW} > {SILENCE + 0.9}")
    page.evaluate(f"{AUDIO}.pause()")
    found = changes(page.evaluate(PEAKS), last)
    for before, after, change in zip(kinds[:last], kinds[1 : last + 1], found, strict=True):
        print(f"{before} to {after}: {change.silent} ms of silence, {change.both} ms of both")  # noqa: T201 - the figure is what docs tell
    # What had not come in two seconds, on a busy machine, cannot follow at once; a player has half a minute.
    judged = [change for change, ready in zip(found, page.evaluate("window.ready"), strict=False) if ready]
    assert judged, found
    assert max(change.silent for change in judged) < MOST, found
    told = Listen.objects.filter(kind=Listen.Kind.FINISHED).values_list("track__title", flat=True)
    wait_until(lambda: set(order[:last]) <= set(told.all()), 15, "the last report")
    assert len(told) == len(set(told))
    assert not Listen.objects.filter(kind=Listen.Kind.SKIPPED).exists()
