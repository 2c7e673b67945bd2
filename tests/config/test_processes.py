"""Children come back when they die and go when their parent goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.supervisor import processes
from config.supervisor.processes import Child, Service, Supervisor, last_line, rotate
from tests.processes import ROOT, wait_until

SLEEPER = "import time; time.sleep(60)"


def python(name: str, code: str, **more: object) -> Service:
    return Service(name=name, command=(sys.executable, "-c", textwrap.dedent(code)), **more)  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not collected yet does not."""
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.fixture
def events() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, events: list[str]) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path / "logs", events.append)
    yield made
    made.stop()


def test_a_child_that_died_comes_back_later_and_later(
    supervisor: Supervisor, events: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(processes.time, "monotonic", lambda: now[0])
    child = supervisor.start(python("worker", "import sys; sys.exit('no model')"))
    pauses = []
    for _ in range(7):
        assert child.process is not None
        child.process.wait()
        child.watch()
        assert child.process is None
        left = now[0]
        while child.process is None:
            now[0] += 0.5
            child.watch()
        pauses.append(now[0] - left)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert events[0] == f"worker ended with status 1 and starts again in 1 s. It said: no model ({child.log})"


def test_a_child_that_ran_well_starts_again_at_once(
    supervisor: Supervisor, events: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(processes.time, "monotonic", lambda: now[0])
    child = supervisor.start(python("web", SLEEPER))
    for _ in range(3):
        now[0] += processes.HEALTHY_AFTER
        assert child.process is not None
        child.process.kill()
        child.process.wait()
        child.watch()
        now[0] += 1.0
        child.watch()
        assert child.process is not None
    assert events == [f"web was ended by SIGKILL and starts again in 1 s. ({child.log})"] * 3


def test_all_end_in_the_opposite_order(supervisor: Supervisor, tmp_path: Path) -> None:
    code = """
        import pathlib, signal, sys, time
        def go(*_):
            with open({log!r}, "a") as log: log.write({name!r} + "\\n")
            sys.exit()
        signal.signal(signal.SIGTERM, go)
        pathlib.Path({flag!r}).touch()
        time.sleep(60)
    """
    log = tmp_path / "order"
    for name in ("broker", "index", "web"):
        flag = tmp_path / f"{name}.up"
        service = python(name, code.format(log=str(log), name=name, flag=str(flag)), answers=flag.exists)
        assert supervisor.wait_for(supervisor.start(service), 20)
    supervisor.stop()
    assert log.read_text().split() == ["web", "index", "broker"]


def test_a_child_that_will_not_end_is_killed_with_its_own_children(
    supervisor: Supervisor, events: list[str], tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    code = f"""
        import pathlib, signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        grandchild = subprocess.Popen([sys.executable, "-c", {SLEEPER!r}])
        pathlib.Path({str(note)!r}).write_text(str(grandchild.pid))
        time.sleep(60)
    """
    child = supervisor.start(python("stubborn", code, grace=0.5))
    assert child.process is not None
    wait_until(lambda: note.exists() and note.read_text(), what="the grandchild")
    pids = [child.process.pid, int(note.read_text())]
    assert all(alive(pid) for pid in pids)
    supervisor.stop()
    wait_until(lambda: not any(alive(pid) for pid in pids), 5, "the end of both")
    assert events == ["stubborn did not end within 0 s and is killed"]


def test_secrets_go_through_standard_input(supervisor: Supervisor, tmp_path: Path) -> None:
    child = supervisor.start(python("reader", "import sys; print(sys.stdin.read().upper())", typed="secret"))
    assert child.process is not None
    assert child.process.wait(20) == 0
    assert child.log.read_text() == "SECRET\n"
    assert "secret" not in " ".join(child.service.command)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no death signal")
def test_children_go_when_their_parent_is_killed(tmp_path: Path) -> None:
    code = f"""
        import sys, pathlib
        from config.supervisor.processes import Service, Supervisor
        supervisor = Supervisor(pathlib.Path({str(tmp_path)!r}), print)
        child = supervisor.start(Service("sleeper", (sys.executable, "-c", {SLEEPER!r})))
        print(child.process.pid, flush=True)
        supervisor.watch()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
        wait_until(lambda: not alive(pid), 5, "the child to follow")


def test_a_long_log_is_moved_aside_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "LOG_BYTES", 100)
    log = tmp_path / "worker.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 101)
        rotate(log)
        writer.write(b"first line\nlast line\n\n")
    assert (tmp_path / "worker.log.1").read_text() == "x" * 101
    assert log.read_text() == "first line\nlast line\n\n"
    assert last_line(log) == "last line"


def test_waiting_gives_up(supervisor: Supervisor) -> None:
    child = supervisor.start(python("mute", SLEEPER, answers=lambda: False))
    before = time.monotonic()
    assert not supervisor.wait_for(child, 0.3)
    assert time.monotonic() - before < 5
    assert isinstance(child, Child)
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
