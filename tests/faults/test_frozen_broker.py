"""A broker that was stopped in its tracks: it takes connections and answers nothing."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from scripts.time_uploads import send
from tests import sounds
from tests.processes import wait_until
from tests.running_site import manage, site

pytestmark = [pytest.mark.services, pytest.mark.slow]

PASSWORD = "correct horse battery"


def test_uploads_do_not_wait_for_it_and_none_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Playwright
) -> None:
    data, files = tmp_path / "data", [tmp_path / f"song {number}.flac" for number in range(3)]
    for number, path in enumerate(files):
        sounds.write(path, sounds.song(15.0, bpm=80 + 15 * number, tonic=number))
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    with site(data) as up:
        wait_until(up.ready, what="all parts")
        manage(data, "createsuperuser", "--noinput", "--username", "ada", "--email", "")
        request = engine.request.new_context(base_url=up.url, extra_http_headers={"Referer": up.url + "/"})
        assert "/login/" not in send(request, "/login/", {"username": "ada", "password": PASSWORD}).url

        def took(path: Path) -> float:
            began = time.monotonic()
            assert "/tracks/" in send(request, "/upload/", {"visibility": "public"}, path).text()
            return time.monotonic() - began

        took(files[0])  # connections stand, everything is loaded
        broker = up.pid_of("broker")
        os.kill(broker, signal.SIGSTOP)
        try:
            waited = [took(files[1])]
            time.sleep(6)  # until it is asked again, on a new connection
            waited.append(took(files[2]))
        finally:
            os.kill(broker, signal.SIGCONT)
        print(f"uploads took {waited}")  # noqa: T201 - shown with -s
        assert max(waited) < 3, waited  # 1.5 s of waiting for an answer, and the rest of an upload on a busy machine
        wait_until(lambda: up.states() == {"done": 3}, 240, "all tracks")
