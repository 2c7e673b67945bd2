"""The embedded index keeps what it acknowledged, whatever happens to its process."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from recommender.errors import IndexUnavailable
from recommender.index import milvus
from recommender.index.base import Attributes, Filter
from recommender.index.milvus import MilvusIndex
from tests.processes import PATIENCE, ROOT, TOKEN, freeze, lite_server, site_environment, wait_until

pytestmark = pytest.mark.services

DIM = 32
WRITERS = 4
ROWS = 50
SECONDS = 3.0


def index_at(address: str, token: str = TOKEN) -> MilvusIndex:
    return MilvusIndex(address, token, consistency="Strong", search_timeout=10.0, write_timeout=5.0)


class Client(threading.Thread):
    """Writes (or reads) as fast as it can until the server is gone."""

    def __init__(self, address: str, number: int, *, reads: bool = False) -> None:
        super().__init__(daemon=True)
        self.index, self.number, self.reads = index_at(address), number, reads
        self.acknowledged: list[int] = []
        self.answers = 0

    def run(self) -> None:
        random = np.random.default_rng(self.number)
        start = self.number * 10_000_000
        while True:
            ids = range(start, start + ROWS)
            rows = random.standard_normal((ROWS, DIM)).astype(np.float32)
            try:
                if self.reads:
                    self.index.search("music", rows[0], 10, Filter())
                    self.answers += 1
                else:
                    self.index.upsert("music", ids, rows, [Attributes()] * ROWS)
                    self.acknowledged += ids
            except IndexUnavailable:
                return
            start += ROWS


@pytest.mark.slow
def test_killed_under_concurrent_writers_loses_no_acknowledged_row(tmp_path: Path) -> None:
    acknowledged: list[int] = []
    for round_number in range(2):
        with lite_server(tmp_path / "data") as (address, process):
            index_at(address).create("music", DIM)
            writers = [Client(address, 1 + round_number * WRITERS + number) for number in range(WRITERS)]
            reader = Client(address, 99, reads=True)
            for client in [*writers, reader]:
                client.start()
            time.sleep(SECONDS)
            wait_until(lambda reader=reader: reader.answers or not reader.is_alive(), what="an answer amid the writing")
            assert all(client.is_alive() for client in [*writers, reader]), "a client failed before the server died"
            process.kill()
            process.wait()
            for client in [*writers, reader]:
                client.join(20)
        acknowledged += [track for writer in writers for track in writer.acknowledged]
    with lite_server(tmp_path / "data") as (address, _process):
        kept = set(index_at(address).ids_between("music", 0, 10**9).tolist())
    assert len(acknowledged) > 1_000
    assert set(acknowledged) - kept == set()


def test_a_restart_finds_everything_and_the_same_client_goes_on(tmp_path: Path) -> None:
    rows = np.eye(DIM, dtype=np.float32)
    with lite_server(tmp_path / "data") as (address, process):
        index = index_at(address)
        index.create("music", DIM)
        index.upsert("music", range(DIM), rows, [Attributes()] * DIM)
        process.terminate()
        assert process.wait(PATIENCE) == 0
        with pytest.raises(IndexUnavailable):
            index.count("music")
    port = int(address.rpartition(":")[2])
    with lite_server(tmp_path / "data", port):
        before = time.monotonic()
        assert index.search("music", rows[5], 1, Filter()).ids.tolist() == [5]
        assert index.count("music") == DIM
        assert time.monotonic() - before < 5


def test_who_asks_a_frozen_server_waits_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus, "REST", 1.0)
    row = np.eye(DIM, dtype=np.float32)[0]
    with lite_server(tmp_path / "data") as (address, process):
        index = MilvusIndex(address, TOKEN, consistency="Strong", search_timeout=1.0)
        index.create("music", DIM)
        index.upsert("music", [7], [row], [Attributes()])
        found: list[int] = []

        def answers() -> bool:
            with suppress(IndexUnavailable):
                found[:] = index.search("music", row, 1, Filter()).ids.tolist()
            return bool(found)

        wait_until(answers, what="the index")  # a busy machine may need more than a second, too
        assert found == [7]
        freeze(process.pid)
        try:
            with pytest.raises(IndexUnavailable):
                index.search("music", row, 1, Filter())
            with pytest.raises(IndexUnavailable, match="a moment ago"):
                index.search("music", row, 1, Filter())
        finally:
            process.send_signal(signal.SIGCONT)
        found.clear()
        wait_until(answers, what="the index after its pause")
        assert found == [7]


@pytest.mark.parametrize("door", [["-m", "recommender.index.lite_server"], ["manage.py", "vectorserver"]])
def test_an_open_folder_and_a_taken_port_are_refused_clearly(tmp_path: Path, door: list[str]) -> None:
    with lite_server(tmp_path / "data") as (address, _process):
        port = address.rpartition(":")[2]
        for data, reason in [("data", "open in another process"), ("other", f"port {port} of 127.0.0.1 is taken")]:
            second = subprocess.run(
                [sys.executable, *door, "--port", port, "--data", str(tmp_path / data)],
                cwd=ROOT,
                env=site_environment(tmp_path / "site", MILVUS_TOKEN=TOKEN),
                check=False,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
            )
            assert second.returncode == 1
            assert reason in second.stderr
            assert "Traceback" not in second.stderr


@pytest.mark.parametrize("token", ["", "guess", f"{TOKEN}x", "root:Milvus"])
def test_who_does_not_know_the_token_reads_and_changes_nothing(tmp_path: Path, token: str) -> None:
    rows = np.eye(DIM, dtype=np.float32)
    with lite_server(tmp_path / "data") as (address, _process):
        index_at(address).create("music", DIM)
        index_at(address).upsert("music", range(DIM), rows, [Attributes()] * DIM)
        stranger = index_at(address, token)
        for call in (
            lambda: stranger.search("music", rows[0], 1, Filter()),
            lambda: stranger.count("music"),
            lambda: stranger.create("theirs", DIM),
            lambda: stranger.delete("music", [1]),
            lambda: stranger.drop("music"),
        ):
            with pytest.raises(IndexUnavailable, match="MILVUS_TOKEN"):
                call()
        assert index_at(address).count("music") == DIM


@pytest.mark.parametrize("door", [["-m", "recommender.index.lite_server"], ["manage.py", "vectorserver"]])
def test_without_a_token_there_is_no_server(tmp_path: Path, door: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, *door, "--data", str(tmp_path / "data")],
        cwd=ROOT,
        env=site_environment(tmp_path / "site", MILVUS_TOKEN=""),
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert result.returncode == 1
    assert "MILVUS_TOKEN is not set" in result.stderr
    assert "Traceback" not in result.stderr
