"""What a cell cannot do, tried from inside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.sandbox import Cell, protections
from tests import misbehaviour
from tests.processes import ROOT

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the walls of other systems are lower")
services = pytest.mark.services


@services
@LINUX
def test_all_walls_stand_here() -> None:
    walls = Cell().run(protections)

    assert all(walls[name] for name in ("memory", "cpu", "files", "system calls", "other files"))


@services
@LINUX
def test_nothing_connects(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"127.0.0.1:{listener.getsockname()[1]}"

        assert misbehaviour.attempt("connect", address) == "done"  # from here it would work
        listener.accept()
        assert Cell().run(misbehaviour.attempt, "connect", address) == "PermissionError"
        with pytest.raises(TimeoutError):
            listener.accept()


@services
@LINUX
@pytest.mark.parametrize("what", ["write", "delete", "rename"])
def test_files_stay_as_they_are(what: str, tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("as it was")

    assert Cell().run(misbehaviour.attempt, what, str(path)) == "PermissionError"
    assert path.read_text() == "as it was"
    assert [one.name for one in tmp_path.iterdir()] == ["precious"]


@services
@LINUX
def test_nothing_is_read_but_the_file_that_was_given(tmp_path: Path) -> None:
    given, database, shared = tmp_path / "song.ogg", tmp_path / "var" / "segue.sqlite3", tmp_path / "other.ogg"
    database.parent.mkdir()
    for path in (given, database, shared):
        path.write_bytes(b"12345")
    link = tmp_path / "link.ogg"
    link.symlink_to(database)

    for other in (
        database,
        shared,
        link,
        Path("/etc/passwd"),
        ROOT / "manage.py",
        Path(f"/proc/{os.getpid()}/environ"),
    ):
        assert len(other.read_bytes()) > 0  # from here it would work
        assert Cell().run(misbehaviour.sizes, given, str(other)) == [5, -1], other
    for folder in (tmp_path, database.parent, Path("/"), Path("/proc"), ROOT):
        assert Cell().run(misbehaviour.attempt, "list", str(folder)) == "PermissionError", folder


@services
@LINUX
def test_no_secret_of_ours_is_in_its_environment() -> None:
    script = (
        "from recommender.sandbox import Cell; from tests import misbehaviour;"
        "print(*Cell().run(misbehaviour.environment))"
    )
    secrets = {
        "SECRET_KEY": "s",
        "DATABASE_URL": "postgres://u:p@h/d",
        "MILVUS_TOKEN": "t",
        "REDIS_URL": "redis://:p@h",
    }
    worker = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, **secrets},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PATH" in worker.stdout.split()
    assert not set(secrets) & set(worker.stdout.split())


@services
@LINUX
def test_no_processes_are_started_and_none_is_signalled() -> None:
    assert Cell().run(misbehaviour.attempt, "fork", "") in {"PermissionError", "BlockingIOError"}
    assert Cell().run(misbehaviour.attempt, "execute", sys.executable) == "PermissionError"
    assert Cell().run(misbehaviour.attempt, "kill", str(os.getpid())) == "PermissionError"


@services
def test_a_cell_is_born_without_torch_django_or_open_files() -> None:
    loaded = set(Cell().run(misbehaviour.loaded))

    assert not {"torch", "django", "celery", "pymilvus"} & loaded
    if sys.platform == "linux":
        assert Cell().run(misbehaviour.descriptors) == [0, 1, 2, 3]
