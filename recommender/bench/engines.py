"""Indexes to measure: in memory, the embedded server as a process of its own, or any server by address."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from recommender.errors import IndexUnavailable
from recommender.index import VectorIndex
from recommender.index.exact import ExactIndex

START_SECONDS = 60.0
STOP_SECONDS = 20.0
PATIENCE = 30.0
SETTLE_SECONDS = 900.0
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Engine:
    """An index and a clock of the CPU seconds that its server spent."""

    index: VectorIndex
    cpu: Callable[[], float]
    settle: Callable[[str], None]  # brings a collection into the state in which it is for most of its life


def exact() -> Engine:
    """Everything multiplied, in this process."""
    return Engine(ExactIndex(), _nothing, lambda _collection: None)


def served(uri: str, token: str = "") -> Engine:
    """A server that somebody else started; its CPU time is not ours to read."""
    return Engine(_patient(uri, token), _nothing, lambda collection: _settle(uri, token, collection))


@contextmanager
def embedded() -> Iterator[Engine]:
    """Our Milvus Lite server on a free port of loopback and an empty folder, ended afterwards.

    Raises IndexUnavailable when it does not come up.
    """
    with lite_server() as (uri, token, cpu):
        yield Engine(_patient(uri, token), cpu, lambda collection: _settle(uri, token, collection))


@contextmanager
def lite_server() -> Iterator[tuple[str, str, Callable[[], float]]]:
    """The same as an address, a token and a clock of its CPU seconds.

    Raises IndexUnavailable when it does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder:
        port, token = _free_port(), secrets.token_urlsafe(32)
        command = [sys.executable, "-m", "recommender.index.lite_server", "--data", f"{folder}/data"]
        environment = {**os.environ, "MILVUS_TOKEN": token}
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [*command, "--port", str(port)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        try:
            _wait(process, port)
            yield f"http://127.0.0.1:{port}", token, lambda: _cpu_seconds(process.pid)
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _patient(uri: str, token: str = "") -> VectorIndex:
    """A client that waits for slow answers instead of giving up as the site does: they are what is measured."""
    milvus = import_module("recommender.index.milvus")
    index: VectorIndex = milvus.MilvusIndex(uri, token, search_timeout=PATIENCE, write_timeout=2 * PATIENCE)
    return index


def _settle(uri: str, token: str, collection: str) -> None:
    """Write out what waits in memory and let the graph be built: a server does so by itself minutes after a bulk."""
    client = import_module("pymilvus").MilvusClient(uri, token=token)
    client.flush(collection, timeout=SETTLE_SECONDS)
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end:
        told = client.describe_index(collection, client.list_indexes(collection)[0])
        if int(told.get("pending_index_rows", 0)) == 0:
            break
        time.sleep(1.0)
    client.release_collection(collection)
    client.load_collection(collection)
    client.close()


def _nothing() -> float:
    return 0.0


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process so far, from Linux's /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise IndexUnavailable("the embedded index server did not start")
