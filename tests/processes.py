"""Real servers for tests, each started on a free port of loopback and ended with the test."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0


def free_port() -> int:
    """A port of loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def site_environment(data: Path, **extra: str) -> dict[str, str]:
    """The environment for a process that runs the site on `data`, with nothing of the tests' own settings."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"SEGUE_MEDIA", "REDIS_URL"}}
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SEGUE_DATA": str(data),
        "OMP_NUM_THREADS": "1",
        **extra,
    }


def listens(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody answers there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def wait_until(condition: object, seconds: float = START_SECONDS, what: str = "it") -> None:
    """Ask again and again until `condition()` holds; AssertionError after `seconds`."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)


@contextmanager
def running(
    arguments: Sequence[str | Path], *, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own; whatever is left of the group is killed at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in arguments],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def lite_server(data: Path, port: int = 0) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Our Milvus Lite server on `data`: its address and its process."""
    port = port or free_port()
    log = data.with_name(f"{data.name}.log")
    command = [sys.executable, "-m", "recommender.index.lite_server", "--data", data, "--port", str(port)]
    with running(command, log=log) as process:
        wait_until(lambda: listens(port) or process.poll() is not None, what="the index server")
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}", process
