"""`manage.py up` on real parts: one address, nothing lost, nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.processes import PATIENCE, ROOT, free_port, wait_until
from tests.running_site import CHILDREN, UP, descendants, environment, is_alive, site

pytestmark = [pytest.mark.services, pytest.mark.slow]


def test_one_address_heals_and_leaves_nothing_behind(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with site(data) as up:
        wait_until(up.ready, what="all parts")
        assert len(re.findall("http://", up.said)) == 1
        assert set(up.children().values()) >= set(CHILDREN)
        addresses = data / "run" / "services.json"
        assert addresses.stat().st_mode & 0o777 == 0o600
        password = json.loads(addresses.read_text())["REDIS_URL"].split(":")[2].split("@")[0]
        assert all(password not in line for _pid, line in descendants(up.process.pid)), "a password in the process list"

        second = subprocess.run(
            UP, cwd=ROOT, env=environment(data), check=True, capture_output=True, text=True, timeout=PATIENCE
        )
        assert second.stdout == f"Segue is running already: {up.url}\n"

        for name in sorted(CHILDREN):
            gone = up.pid_of(name)
            os.kill(gone, signal.SIGKILL)
            wait_until(lambda gone=gone: not is_alive(gone), what=f"the end of {name}")
        wait_until(lambda: set(up.children().values()) >= set(CHILDREN) and up.ready(), what="all parts to come back")
        assert up.said.count("was ended by SIGKILL and starts again in 1 s.") == len(CHILDREN)

        everybody = list(up.children())
        up.process.terminate()
        assert up.process.wait(PATIENCE) == 0
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
        wait_until(lambda: not any(map(is_alive, everybody)), what="the children to follow")
    with site(data) as up:
        wait_until(up.ready, what="all parts once more")
        assert "database" not in up.said
        assert "static" not in up.said
        up.process.send_signal(signal.SIGINT)
        assert up.process.wait(PATIENCE) == 0
        assert up.said.endswith("Segue has ended.\n")


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
            timeout=PATIENCE,
        )
    assert result.returncode == 1
    assert result.stderr.startswith(f"CommandError: port {port} is taken")
    assert not (tmp_path / "run" / "services.json").exists()


def test_servers_that_do_not_answer_are_told_at_the_start(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    with site(tmp_path / "data", REDIS_URL=f"redis://:secret@{nobody}/0", MILVUS_URI=f"http://{nobody}") as up:
        assert "- the server that REDIS_URL names does not answer (" in up.said
        assert f"- the server that MILVUS_URI names does not answer ({nobody}: " in up.said
        assert "secret" not in up.said


def test_a_database_that_does_not_answer_ends_the_start_in_one_line(tmp_path: Path) -> None:
    wrong = environment(tmp_path, DATABASE_URL=f"postgres://segue:secret@127.0.0.1:{free_port()}/segue")
    result = subprocess.run(UP, cwd=ROOT, env=wrong, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 1
    assert re.fullmatch(
        r"CommandError: the database does not answer \(.*\)\. .*correct DATABASE_URL.*\n", result.stderr
    )
    assert "secret" not in result.stderr


def test_a_taken_default_port_leads_to_the_next(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # somebody else has it: just as good, as long as they keep it
            other.bind(("127.0.0.1", 8000))
            other.listen()
        with site(tmp_path / "data", SEGUE_PORT="0") as up:
            if up.url.endswith(":8000"):
                pytest.skip("whoever had port 8000 left it in this moment")
            assert "port 8000 is taken by another program; using 80" in up.said
            wait_until(up.ready, what="all parts")
