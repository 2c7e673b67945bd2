"""The rows are the queue: whatever dies in the middle of the work, every track ends as analysed, once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from recommender.errors import IndexUnavailable
from recommender.index.milvus import MilvusIndex
from tests import sounds
from tests.processes import PATIENCE, freeze, wait_until
from tests.running_site import manage, site, states, stopped_at_work

pytestmark = [pytest.mark.services, pytest.mark.slow]

TRACKS = 6


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    for number in range(TRACKS):
        song = sounds.song(15.0, bpm=80 + 15 * number, tonic=number)
        sounds.write(folder / f"song {number}.flac", song, tags={"title": f"Song {number}", "artist": "Clara"})
    return folder


def rows(data: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{data / 'segue.sqlite3'}?mode=ro", uri=True, timeout=20)) as database:
        return database.execute(question).fetchall()


def in_index(data: Path) -> int:
    """How many tracks the running site's vector index holds."""
    [(collection,)] = rows(data, "SELECT collection FROM recommender_indexversion WHERE state = 'active'")
    services = json.loads((data / "run" / "services.json").read_text())
    try:
        return MilvusIndex(services["MILVUS_URI"], services["MILVUS_TOKEN"], write_timeout=10.0).count(str(collection))
    except IndexUnavailable:  # the collection is not there yet
        return 0


def test_killed_worker_and_emptied_broker_lose_nothing(tmp_path: Path, music: Path) -> None:
    data = tmp_path / "data"
    with site(data, SEGUE_LEASE_SECONDS="5", SEGUE_BATCH="3") as up:
        worker = up.pid_of("worker")
        freeze(worker)  # or all is done before the command has ended
        assert f"{TRACKS} stored" in manage(data, "import_folder", music)
        os.kill(worker, signal.SIGCONT)
        wait_until(lambda: stopped_at_work(worker, data), what="a moment in which it holds tracks")
        os.kill(worker, signal.SIGKILL)
        os.kill(up.pid_of("broker"), signal.SIGKILL)  # keeps nothing on disk: every message is gone
        wait_until(lambda: up.states() == {"done": TRACKS}, what="all tracks")
        attempts = [count for (count,) in rows(data, "SELECT attempts FROM recommender_analysis")]
        assert max(attempts) == 2, "nothing was interrupted, so nothing was proved"
        sent = "SELECT COUNT(*), COUNT(DISTINCT track_id) FROM recommender_indexedvector WHERE indexed_at IS NOT NULL"
        wait_until(lambda: rows(data, sent) == [(TRACKS, TRACKS)], what="the vector index")
        assert rows(data, "SELECT COUNT(*) FROM recommender_measurement") == [(TRACKS,)]
        assert in_index(data) == TRACKS
        up.process.terminate()
        up.process.wait(PATIENCE)
    shutil.rmtree(data / "index")
    with site(data):
        wait_until(lambda: in_index(data) == TRACKS, what="the index to be filled again from the database")


def test_asked_to_end_it_hands_back_what_it_has_not_finished(tmp_path: Path, music: Path) -> None:
    data = tmp_path / "data"
    manage(data, "migrate", "-v0", "--skip-checks")
    manage(data, "import_folder", music, "--skip-checks")  # before the start: nothing is done until somebody looks
    with site(data, SEGUE_LEASE_SECONDS="3600", SEGUE_BATCH="2") as up:  # so that two batches are left for later
        wait_until(lambda: up.states()["running"], what="the worker to claim tracks")
        up.process.terminate()
        assert up.process.wait(PATIENCE) == 0
        assert "is killed" not in up.said
        left = states(data)
        assert left["running"] == 0
        assert left["queued"] > 0
    with site(data, SEGUE_LEASE_SECONDS="3600") as up:  # no lease runs out in this test: only the hand-back helps
        wait_until(lambda: up.states() == {"done": TRACKS}, what="all tracks")
