"""A worker's way through the queue: real cells, real encoder, rows in the database."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from catalog.models import Track
from recommender import analysis, leases, pipeline, results, tasks
from recommender.errors import Code
from recommender.models import Analysis, Embedding, IndexedVector, Measurement
from recommender.worker import Shift, Worker, encoder, heartbeat
from tests import misbehaviour, sounds
from tests.recommender.shifts import song, upload
from tests.rows import a_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("one_cell")]

State, Queue, Stage = Analysis.State, Analysis.Queue, Analysis.Stage
ONE_OF_THREE_PAYS = [(State.QUEUED, 0), (State.QUEUED, 0), (State.RUNNING, 1)]  # the last until its lease runs out


@pytest.fixture
def worker() -> Worker:
    return Worker()


def test_everything_that_waits_is_heard_stored_and_ready_for_the_index(worker: Worker, tmp_path: Path) -> None:
    tracks = [upload(song(tmp_path, number)) for number in range(3)]
    assert worker.run() == 3

    rows = Analysis.objects.all()
    assert {(row.state, row.stage, row.attempts, row.claim) for row in rows} == {(State.DONE, "", 1, "")}
    assert Track.objects.get(pk=tracks[1].pk).title == "Song 1"
    assert Embedding.objects.count() == IndexedVector.objects.count() == 3
    spent = worker.ledger.cpu
    assert {"decode", "mel", "tempo", "key", "loudness", "encoder", "store"} <= spent.keys()
    assert all(spent[stage] > 0 for stage in ("decode", "encoder", "store"))


def test_one_file_in_two_tracks_is_answered_twice(worker: Worker, tmp_path: Path) -> None:
    path = song(tmp_path, 1)
    for name in ("ada", "ben"):
        upload(path, a_user(name), private=True)

    worker.run()

    assert list(Analysis.objects.values_list("state", "attempts")) == [(State.DONE, 1)] * 2
    first, second = (row.vector for row in Embedding.objects.all())
    assert first == second  # the same file gives the same bits


def test_asked_to_stop_it_hands_back_what_it_holds(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        upload(song(tmp_path, number))
    measure = pipeline.measure

    def measured_as_the_signal_comes(*args: object) -> object:
        worker.stopping.set()
        return measure(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "measure", measured_as_the_signal_comes)
    worker.run()

    left = Analysis.objects.exclude(state=State.DONE)
    assert {(row.state, row.attempts, row.claim, row.worker) for row in left} == {(State.QUEUED, 0, "", "")}
    assert 1 <= left.count() <= 3


def test_an_unforeseen_error_costs_its_own_track_an_attempt_and_no_other(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        upload(song(tmp_path, number))

    def broken(*_args: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "measure", broken)
    with pytest.raises(ZeroDivisionError):
        worker.run()

    assert sorted(Analysis.objects.values_list("state", "attempts")) == ONE_OF_THREE_PAYS


def test_a_database_that_is_away_for_a_moment_costs_those_that_wait_no_attempt(
    worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        upload(song(tmp_path, number))
    away = iter([True, True, True])  # while a track is stored, and when the rest is handed back for the first times
    hand_back = analysis.hand_back

    def unless_away(call: Callable[..., int]) -> Callable[..., int]:
        def called(*args: object) -> int:
            if next(away, False):
                raise OperationalError("the database system is starting up")
            return call(*args)

        return called

    monkeypatch.setattr(leases, "PAUSE", 0.01)
    monkeypatch.setattr(results, "store", unless_away(lambda *_args: 0))
    monkeypatch.setattr(analysis, "hand_back", unless_away(hand_back))
    monkeypatch.setattr(leases.connection, "close", lambda: None)  # it is the one of this test
    with pytest.raises(OperationalError):
        worker.run()

    assert sorted(Analysis.objects.values_list("state", "attempts")) == ONE_OF_THREE_PAYS


def test_answers_of_every_kind(worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = upload(sounds.write(tmp_path / "silent.wav", sounds.silence(5.0)))
    gone = upload(song(tmp_path, 1))
    next(path for path in (tmp_path / "media").rglob(f"{gone.sha256}*")).unlink()

    worker.run()

    found = {row.track_id: (row.state, row.error_code) for row in Analysis.objects.all()}
    assert found == {silent.pk: (State.FAILED, Code.SILENT), gone.pk: (State.FAILED, Code.FILE_MISSING)}

    crashing = upload(sounds.write(tmp_path / "crashing.wav", sounds.noise(5.0)))
    monkeypatch.setattr(pipeline, "hear", misbehaviour.hear_or_crash)
    assert worker.run() == 3  # tried again until the third attempt sets it aside
    row = Analysis.objects.get(track=crashing)
    assert (row.state, row.error_code, row.attempts) == (State.QUARANTINED, Code.CELL_CRASHED, 3)


def test_only_what_changed_is_computed_again(worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracks = [upload(song(tmp_path, number)) for number in range(3)]
    worker.run()
    said = StringIO()
    call_command("reanalyse", stdout=said)
    assert "0 tracks queued" in said.getvalue()

    before = {row.track_id: bytes(row.vector) for row in Embedding.objects.all()}
    old = Measurement.objects.get(track=tracks[0])
    old.versions["tempo"], old.bpm = "0", 1.0
    old.save()
    older = Measurement.objects.get(track=tracks[1])
    older.versions["mel"] = "0"
    older.save()
    call_command("reanalyse", "--dry-run", stdout=said)
    assert "2 tracks would be queued" in said.getvalue()
    call_command("reanalyse", "--stage", "tempo", stdout=said)
    queued = Analysis.objects.filter(state=State.QUEUED)
    assert list(queued.values_list("track_id", "queue")) == [(tracks[0].pk, Queue.BULK)]
    call_command("reanalyse", stdout=said)

    model, encoded = encoder(), []
    encode = type(model).encode

    def counted(self: object, patches: list[object]) -> object:
        encoded.extend(patches)
        return encode(self, patches)  # type: ignore[arg-type]

    monkeypatch.setattr(type(model), "encode", counted)
    worker.run()
    assert len(encoded) == 1  # the tempo of the first needed no encoder, the mel of the second did
    again = Measurement.objects.get(track=tracks[0])
    assert again.bpm != 1.0
    assert again.versions == Measurement.objects.get(track=tracks[1]).versions
    assert {row.track_id: bytes(row.vector) for row in Embedding.objects.all()} == before


def test_reanalyse_all_failed_and_unknown_stages(worker: Worker, tmp_path: Path) -> None:
    silent = upload(sounds.write(tmp_path / "silent.wav", sounds.silence(5.0)))
    worker.run()
    call_command("reanalyse", "--failed", stdout=StringIO())
    assert Analysis.objects.get(track=silent).state == State.QUEUED
    worker.run()
    call_command("reanalyse", "--all", stdout=StringIO())
    assert Analysis.objects.get(track=silent).state == State.QUEUED
    with pytest.raises(CommandError, match="no stage is called taste"):
        call_command("reanalyse", "--stage", "taste")


def test_a_heartbeat_that_the_database_refuses_is_not_the_last(
    worker: Worker, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANALYSIS_LEASE_SECONDS = 0.03  # type: ignore[attr-defined]
    beats: list[tuple[str, ...]] = []
    enough = threading.Event()

    def refused_at_first(*tokens: str) -> int:
        beats.append(tokens)
        if len(beats) == 1:
            raise OperationalError("database is locked")
        enough.set()
        return 1

    monkeypatch.setattr(analysis, "extend", refused_at_first)
    shift = Shift(worker, encoder(), list(Queue))
    shift.tokens = {"mine"}
    with heartbeat(shift):
        assert enough.wait(timeout=10)
    assert set(beats) == {("mine",)}


def test_a_name_tells_whose_process_is_gone(worker: Worker) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert worker.is_dead(f"{worker.home}:{gone.pid}")
    assert not worker.is_dead(f"{worker.home}:{os.getppid()}")
    assert worker.is_dead(worker.name)  # before our own first claim: somebody who had our number
    assert not worker.is_dead(f"elsewhere:boot-1:{gone.pid}")  # of workers elsewhere we know nothing
    assert not worker.is_dead("")


def test_of_two_who_are_woken_one_works(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def run() -> int:
        asked.append(worker.work())  # as a second message does while the first is worked on
        return 3 if len(asked) == 1 else 0

    monkeypatch.setattr(worker, "run", run)
    assert worker.work() == 3
    assert asked == [0, 0]


def test_the_tasks_have_one_worker_from_the_start_to_the_end() -> None:
    tasks.this_worker.cache_clear()
    tasks.take_over()
    worker = tasks.this_worker()
    assert not worker.stopping.is_set()
    tasks.stop()
    assert worker.stopping.is_set()
    assert tasks.analyse() == 0
    tasks.this_worker.cache_clear()
