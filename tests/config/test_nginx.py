"""The nginx of the compose file, run by Debian's nginx in front of a real site: files, ranges, and nothing private."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.processes import ROOT, free_port, listens, running, site_environment, wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]

SOUND = bytes(range(256)) * 2000
PREPARE = """
    import hashlib, sys
    from pathlib import Path
    from django.test import Client
    from accounts.models import User
    from catalog import storage
    from catalog.models import Track
    from catalog.streaming import stream_url
    sound = bytes(range(256)) * 2000
    user, other = (User.objects.create_user(name, password="x") for name in ("ada", "eve"))
    track = Track.objects.create(
        title="Prelude", sha256=hashlib.sha256(sound).hexdigest(), extension="ogg", size=len(sound),
        original_name="a.ogg", owner=user, visibility=Track.Visibility.PRIVATE, seconds=1.0,
    )
    path = storage.path_of(track.sha256, "ogg")
    path.parent.mkdir(parents=True)
    path.write_bytes(sound)
    print(stream_url(track, user))
    for each in (user, other):
        browser = Client()
        browser.force_login(each)
        print(browser.cookies["sessionid"].value)
"""


@dataclass
class Stack:
    port: int
    stream: str
    owner: str
    stranger: str

    def get(self, path: str, session: str = "", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookie = {"Cookie": f"sessionid={session}"} if session else {}
        connection.request("GET", path, headers={"Host": "localhost", **cookie, **headers})
        answer = connection.getresponse()
        return answer, answer.read()


def nginx_configuration(folder: Path, media: Path, site: int, port: int) -> Path:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for shipped, here in {
        "/tmp/": f"{folder}/",
        "web:8000": f"127.0.0.1:{site}",
        "listen 8080": f"listen 127.0.0.1:{port}",
        "alias /media/": f"alias {media}/",
        "root /etc/nginx;": f"root {ROOT / 'deploy'};",
    }.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


@contextmanager
def an_nginx(folder: Path, media: Path, site: int, port: int) -> Iterator[None]:
    environment = {"PATH": "/usr/sbin:/usr/bin:/bin"}
    as_user = " user root;" if os.geteuid() == 0 else ""  # the media folder of a test is root's own
    nginx = ["nginx", "-c", nginx_configuration(folder, media, site, port), "-g", f"daemon off;{as_user}"]
    subprocess.run([*nginx[:3], "-t"], check=True, capture_output=True, env=environment)
    with running(nginx, log=folder / "nginx.log", env=environment):
        wait_until(lambda: listens(port), what="nginx")
        yield


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("nginx")
    data, site, port = folder / "data", free_port(), free_port()
    environment = site_environment(data, SEGUE_X_ACCEL="1", ALLOWED_HOSTS="music.example.org")
    manage = [sys.executable, "manage.py"]
    for command in ("migrate", "collectstatic"):
        subprocess.run([*manage, command, "--no-input", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    code = ["shell", "--verbosity", "0", "--command", textwrap.dedent(PREPARE)]
    told = subprocess.run([*manage, *code], cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    stream, owner, stranger = told.stdout.split()
    granian = [sys.executable, "-m", "granian", "config.asgi:application", "--interface", "asginl", "--port", str(site)]
    with running(granian, log=folder / "web.log", env=environment), an_nginx(folder, data / "media", site, port):
        wait_until(lambda: listens(site), what="the site")
        yield Stack(port, stream, owner, stranger)


def test_the_site_is_behind_it(stack: Stack) -> None:
    answer, body = stack.get("/health/live")
    assert (answer.status, body) == (200, b"live")
    assert stack.get("/health/live", Host="music.example.org")[0].status == 200
    assert stack.get("/", Host="evil.example.org")[0].status == 400


def test_nginx_sends_the_file_and_its_ranges(stack: Stack) -> None:
    answer, body = stack.get(stack.stream, stack.owner)
    assert answer.status == 200
    assert body == SOUND
    assert answer.headers["Content-Type"] == "audio/ogg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "X-Accel-Redirect" not in answer.headers
    assert "nginx" in answer.headers["Server"]
    tag = answer.headers["ETag"]
    for asked, start, stop in [
        ("bytes=100-199", 100, 200),
        ("bytes=-5", len(SOUND) - 5, len(SOUND)),
        ("bytes=511999-", 511999, 512000),
    ]:
        answer, body = stack.get(stack.stream, stack.owner, **{"Range": asked, "If-Range": tag})
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(SOUND)}"
        assert body == SOUND[start:stop]
    assert stack.get(stack.stream, stack.owner, Range="bytes=600000-")[0].status == 416
    assert stack.get(stack.stream, stack.owner, **{"If-None-Match": tag})[0].status == 304


def test_nobody_else_hears_it(stack: Stack) -> None:
    for session in ("", stack.stranger):
        answer, body = stack.get(stack.stream, session)
        assert answer.status in (302, 403, 404)
        assert SOUND[:64] not in body


def test_the_store_is_not_reachable_from_outside(stack: Stack) -> None:
    media = ROOT  # any path below the alias: nginx must refuse before it looks
    for path in ("/protected/", "/protected/files/", f"/protected/../{media.name}", "/protected/..%2fsecret_key"):
        answer, body = stack.get(path, stack.owner)
        assert answer.status in (400, 404), path
        assert SOUND[:64] not in body


def test_what_is_too_large_is_refused_in_words(stack: Stack) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    connection.putrequest("POST", "/upload/")
    connection.putheader("Content-Length", str(5 << 30))
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read().decode()
    assert answer.status == 413
    assert "<h1>This is too large</h1>" in body
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert stack.get("/outside/outside.css")[0].headers["Content-Type"] == "text/css"


def test_a_site_that_does_not_answer_is_said_in_words(tmp_path: Path) -> None:
    nobody, port = free_port(), free_port()
    with an_nginx(tmp_path, tmp_path, nobody, port):
        answer, body = Stack(port, "", "", "").get("/tracks/")
    assert answer.status == 502
    assert b'<main class="page" id="main"' in body  # what a link of the site puts into its page
    assert b"Segue does not answer right now" in body
