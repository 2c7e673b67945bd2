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
    data, files = tmp_path / "data", [tmp_path / f"song {number}.flac" for number in range(4)]
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
        usual = took(files[1])
        broker = up.pid_of("broker")
        os.kill(broker, signal.SIGSTOP)
        try:
            waited = [took(files[2])]
            time.sleep(6)  # until it is asked again, on a new connection
            waited.append(took(files[3]))
        finally:
            os.kill(broker, signal.SIGCONT)
        print(f"uploads took {waited}, and {usual} before")  # noqa: T201 - shown with -s
        assert max(waited) < 3 + 5 * usual  # seconds: 1.5 of waiting for an answer, and an upload on a busy machine
        wait_until(lambda: up.states() == {"done": len(files)}, what="all tracks")
