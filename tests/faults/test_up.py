"""`manage.py up` on real parts: one address, nothing lost, nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.processes import ROOT, free_port, running, site_environment, wait_until

pytestmark = [pytest.mark.services, pytest.mark.slow]

UP = [sys.executable, "manage.py", "up"]
CHILDREN = {"valkey-server", "lite_server", "granian", "worker", "beat"}


def environment(data: Path) -> dict[str, str]:
    models = os.environ.get("SEGUE_MODELS", str(ROOT / "var" / "models"))
    found = site_environment(data, SEGUE_MODELS=models)
    for name in ("DATABASE_URL", "MILVUS_URI", "SEGUE_PORT"):
        found.pop(name, None)
    return found


class Site:
    """A running `manage.py up`."""

    def __init__(self, data: Path, process: subprocess.Popen[bytes], output: Path) -> None:
        self.data, self.process, self._output = data, process, output

    @property
    def said(self) -> str:
        return self._output.read_text()

    @property
    def url(self) -> str:
        found = re.search(r"(http://[0-9.:]+)", self.said)
        assert found, self.said
        return found.group(1)

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5) as answer:
                return bool(json.load(answer)["ready"])
        except OSError:
            return False

    def children(self) -> dict[int, str]:
        """All descendants: process id and the name of the service."""
        return {
            pid: next((name for name in CHILDREN if name in line), line) for pid, line in descendants(self.process.pid)
        }

    def pid_of(self, name: str) -> int:
        return next(pid for pid, found in self.children().items() if found == name)


def descendants(pid: int) -> Iterator[tuple[int, str]]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return
    for child in map(int, children):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield child, Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
        yield from descendants(child)


def is_alive(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def site(data: Path, *arguments: str) -> Iterator[Site]:
    output = data.with_name("up.txt")
    output.unlink(missing_ok=True)
    with running([*UP, *arguments], log=output, env=environment(data)) as process:
        made = Site(data, process, output)
        wait_until(lambda: "http://" in made.said or process.poll() is not None, 120, "the address")
        assert process.poll() is None, made.said
        yield made


def test_one_address_heals_and_leaves_nothing_behind(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with site(data) as up:
        wait_until(up.ready, what="all parts")
        assert len(re.findall("http://", up.said)) == 1
        assert set(up.children().values()) >= CHILDREN
        addresses = data / "run" / "services.json"
        assert addresses.stat().st_mode & 0o777 == 0o600
        password = json.loads(addresses.read_text())["REDIS_URL"].split(":")[2].split("@")[0]
        assert all(password not in line for _pid, line in descendants(up.process.pid)), "a password in the process list"

        second = subprocess.run(
            UP, cwd=ROOT, env=environment(data), check=True, capture_output=True, text=True, timeout=60
        )
        assert second.stdout == f"Segue is running already: {up.url}\n"

        for name in sorted(CHILDREN):
            gone = up.pid_of(name)
            os.kill(gone, signal.SIGKILL)
            wait_until(lambda gone=gone: not is_alive(gone), 10, f"the end of {name}")
        wait_until(lambda: set(up.children().values()) >= CHILDREN and up.ready(), 60, "all parts to come back")
        assert up.said.count("was ended by SIGKILL and starts again in 1 s.") == len(CHILDREN)

        everybody = list(up.children())
        up.process.terminate()
        assert up.process.wait(60) == 0
        assert [pid for pid in everybody if is_alive(pid)] == []
        assert "is killed" not in up.said
        assert not addresses.exists()


def test_children_follow_a_killed_supervisor_and_the_next_start_works(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with site(data) as up:
        wait_until(up.ready, what="all parts")
        everybody = list(up.children())
        assert len(everybody) >= len(CHILDREN)
        up.process.kill()
        wait_until(lambda: not any(map(is_alive, everybody)), 30, "the children to follow")
    with site(data) as up:
        wait_until(up.ready, what="all parts once more")
        assert "database" not in up.said
        assert "static" not in up.said


def test_a_taken_port_is_an_error_when_it_was_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port()))
        other.listen()
        port = str(other.getsockname()[1])
        result = subprocess.run(
            [*UP, "--port", port],
            cwd=ROOT,
            env=environment(tmp_path),
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert result.returncode == 1
    assert result.stderr.startswith(f"CommandError: port {port} is taken")
    assert not (tmp_path / "run" / "services.json").exists()


def test_a_taken_default_port_leads_to_the_next(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # somebody else has it: just as good
            other.bind(("127.0.0.1", 8000))
            other.listen()
        with site(tmp_path / "data") as up:
            assert "port 8000 is taken by another program; using 80" in up.said
            wait_until(up.ready, what="all parts")
