"""Several workers share the work by claims only: one database, one index, no broker between them."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from recommender.index.milvus import MilvusIndex
from tests import sounds
from tests.processes import PATIENCE, ROOT, TOKEN, lite_server, wait_until
from tests.running_site import environment, manage, states, stopped_at_work

pytestmark = [pytest.mark.services, pytest.mark.slow]

TRACKS = 8
BATCH = "2"  # tracks that a worker claims at once


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    for number in range(TRACKS):
        song = sounds.song(12.0, bpm=80 + 8 * number, tonic=number)
        sounds.write(folder / f"song {number}.flac", song, tags={"title": f"Song {number}"})
    return folder


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Path:
    """A data folder with every track waiting."""
    folder = tmp_path_factory.mktemp("waiting")
    manage(folder, "migrate", "-v0", "--skip-checks")
    assert f"{TRACKS} stored" in manage(folder, "import_folder", music, "--skip-checks")
    return folder


@pytest.fixture
def data(tmp_path: Path, waiting: Path) -> Path:
    """A copy of it that a test may use up."""
    return Path(shutil.copytree(waiting, tmp_path / "data"))


@contextmanager
def workers(data: Path, count: int, **settings: str) -> Iterator[tuple[list[subprocess.Popen[str]], str]]:
    """So many workers that have loaded everything, and the address of their index."""
    with lite_server(data / "index") as (uri, _), ExitStack() as stack:
        own = environment(data, SEGUE_BATCH=BATCH, SEGUE_CELLS="1", **settings) | {
            "MILVUS_URI": uri,
            "MILVUS_TOKEN": TOKEN,
        }
        log = stack.enter_context((data.parent / "workers.log").open("a+"))
        started = []
        for _number in range(count):
            process = subprocess.Popen(
                [sys.executable, "manage.py", "analyse", "--json", "--on-enter"], cwd=ROOT, env=own, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
            stack.callback(process.wait)
            stack.callback(process.kill)
            started.append(process)
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "ready", Path(log.name).read_text()
        yield started, uri


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def answer(process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stdout is not None
    found: dict[str, float] = json.loads(process.stdout.read().strip().splitlines()[-1])
    return found


def column(data: Path, question: str) -> list[object]:
    with closing(sqlite3.connect(f"file:{data / 'segue.sqlite3'}?mode=ro", uri=True, timeout=20)) as database:
        return [value for (value,) in database.execute(question)]


def test_two_workers_share_everything_and_do_nothing_twice(data: Path) -> None:
    with workers(data, 2) as (both, uri):
        for process in both:
            go(process)
        shares = [answer(process)["tracks"] for process in both]
        (collection,) = column(data, "SELECT collection FROM recommender_indexversion WHERE state = 'active'")
        assert MilvusIndex(uri, TOKEN, write_timeout=10.0).count(str(collection)) == TRACKS
    assert sum(shares) == TRACKS
    assert min(shares) >= 1
    assert states(data) == Counter(done=TRACKS)
    assert set(column(data, "SELECT attempts FROM recommender_analysis")) == {1}


def test_a_worker_killed_under_load_loses_nothing(data: Path) -> None:
    with workers(data, 2, SEGUE_LEASE_SECONDS="5") as (both, _):
        victim, other = both
        go(victim)
        wait_until(lambda: states(data)["done"], what="the first tracks")
        wait_until(lambda: stopped_at_work(victim.pid, data), what="a moment in which it holds tracks")
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        held = states(data)["running"]
        go(other)
        answer(other)
        assert states(data) == Counter(done=TRACKS - held, running=held)
    assert held >= 1, "nothing was interrupted, so nothing was proved"
    with workers(data, 1) as ((last,), _):  # takes back at its start what was held by a process that is gone
        go(last)
        answer(last)
    assert states(data) == Counter(done=TRACKS)
    assert len(column(data, "SELECT DISTINCT track_id FROM recommender_embedding")) == TRACKS


def test_asked_to_stop_it_hands_back_at_once(data: Path) -> None:
    with workers(data, 1, SEGUE_LEASE_SECONDS="3600") as ((one,), _):
        go(one)
        wait_until(lambda: states(data)["done"], what="the first track")
        wait_until(lambda: stopped_at_work(one.pid, data), what="a moment in which it holds tracks")
        before = states(data)["done"]
        one.terminate()
        one.send_signal(signal.SIGCONT)
        assert one.wait(PATIENCE) == 0
    left = states(data)
    assert left["running"] == 0
    assert left["done"] - before <= int(BATCH)
    assert left["queued"] + left["done"] == TRACKS
    attempts = column(data, "SELECT attempts FROM recommender_analysis WHERE state = 'queued'")
    assert set(attempts) == {0}


@pytest.fixture
def late(data: Path) -> int:
    """A track that nobody has uploaded yet, beside all the others as work that nobody waits for."""
    change(data, "UPDATE recommender_analysis SET queue = 2")
    change(data, "UPDATE recommender_analysis SET state = 'failed' WHERE track_id = 1")
    return 1


def change(data: Path, what: str) -> None:
    with closing(sqlite3.connect(data / "segue.sqlite3", timeout=20)) as database, database:
        database.execute(what)


def upload(data: Path, late: int) -> None:
    change(data, f"UPDATE recommender_analysis SET state = 'queued', queue = 0 WHERE track_id = {late}")


def state_of(data: Path, track: int) -> tuple[object, object]:
    (state,) = column(data, f"SELECT state FROM recommender_analysis WHERE track_id = {track}")
    (attempts,) = column(data, f"SELECT attempts FROM recommender_analysis WHERE track_id = {track}")
    return state, attempts


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_upload_beside_other_work_survives_the_end_of_its_worker(
    data: Path, late: int, number: signal.Signals
) -> None:
    with workers(data, 1, SEGUE_LEASE_SECONDS="3600") as ((one,), _):
        go(one)
        wait_until(lambda: states(data)["done"], what="the first track")
        upload(data, late)
        wait_until(lambda: state_of(data, late)[0] != "queued", what="the upload to be claimed")
        one.send_signal(number)
        one.wait(PATIENCE)
    left = {signal.SIGTERM: ("queued", 0), signal.SIGKILL: ("running", 1)}[number]
    assert state_of(data, late) in {left, ("done", 1)}
    with workers(data, 1) as ((other,), _):
        go(other)
        answer(other)
    assert states(data) == Counter(done=TRACKS)
    order = column(data, "SELECT track_id FROM recommender_analysis ORDER BY finished_at")
    assert order.index(late) < TRACKS - 1
    assert len(column(data, "SELECT track_id FROM recommender_embedding")) == TRACKS


def test_of_two_workers_one_hears_an_upload_beside_other_work(data: Path, late: int) -> None:
    with workers(data, 2) as (both, _):
        for process in both:
            go(process)
        wait_until(lambda: states(data)["done"], what="the first track")
        upload(data, late)
        assert sum(answer(process)["tracks"] for process in both) == TRACKS
    assert states(data) == Counter(done=TRACKS)
    assert set(column(data, "SELECT attempts FROM recommender_analysis")) == {1}
    order = column(data, "SELECT track_id FROM recommender_analysis ORDER BY finished_at")
    assert order.index(late) < TRACKS - 1
