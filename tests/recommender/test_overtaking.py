"""A person who waits beside other work: real cells, real encoder, rows in the database."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from catalog.models import Track
from recommender import analysis, outbox, pipeline
from recommender.models import Analysis, IndexedVector
from recommender.sandbox.walls import YIELDING
from recommender.worker import Worker
from tests import misbehaviour, sounds
from tests.recommender.shifts import finished, song, upload

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("one_cell")]

Queue = Analysis.Queue


def test_an_upload_overtakes_the_batch_that_is_being_worked_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bulk = [upload(song(tmp_path, number)) for number in range(6)]
    late: list[Track] = []
    measure = pipeline.measure

    def measured_while_somebody_uploads(*args: object) -> object:
        if not late:
            late.append(upload(song(tmp_path, 9), queue=Queue.INTERACTIVE))
        return measure(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "measure", measured_while_somebody_uploads)
    Worker().run()

    order = finished()
    assert len(order) == 7
    assert order.index(late[0].pk) <= 3  # behind what the one cell had already begun, before the rest of the batch
    assert order[-1] in {track.pk for track in bulk}


def test_an_upload_does_not_wait_for_a_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = [upload(sounds.wav(tmp_path / f"{seed}.wav", sounds.noise(4.0, seed=seed))) for seed in range(2)]
    late: list[Track] = []
    looks: list[bool] = []
    look = analysis.someone_waits

    def looked() -> bool:
        looks.append(look())
        if len(looks) == 4:  # the one cell is busy with the first, and the second is claimed
            late.append(upload(song(tmp_path, 1), queue=Queue.INTERACTIVE))
        return looks[-1]

    monkeypatch.setattr(analysis, "someone_waits", looked)
    monkeypatch.setattr(pipeline, "hear", misbehaviour.hear_late)
    Worker().run()

    assert finished() == [late[0].pk, *(track.pk for track in slow)]  # done while the one cell was busy with the first


@pytest.mark.parametrize(
    ("waits_with", "queue", "expected"),
    [
        ("here", Queue.INTERACTIVE, YIELDING),
        ("here", Queue.INGEST, 0),
        ("elsewhere", Queue.INTERACTIVE, 0),
        ("itself", Queue.INTERACTIVE, 0),
    ],
)
def test_what_nobody_waits_for_gives_way_to_an_upload_in_another_worker_of_this_machine(
    waits_with: str, queue: Queue, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker()
    names = {"here": f"{worker.home}:1", "elsewhere": "other:12345678-4026531836:1", "itself": worker.name}
    upload(song(tmp_path, 1))
    held = Analysis.objects.filter(track=upload(song(tmp_path, 2)))
    held.update(queue=queue, state=Analysis.State.RUNNING, worker=names[waits_with])
    monkeypatch.setattr(pipeline, "hear", misbehaviour.hear_niceness)

    worker.run()

    assert int(Analysis.objects.get(state=Analysis.State.FAILED).error_detail) == os.nice(0) + expected


def test_a_file_that_takes_its_cell_down_does_not_hold_up_what_came_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = upload(sounds.wav(tmp_path / "poison.wav", sounds.noise(4.0)), queue=Queue.INTERACTIVE)
    later = [upload(song(tmp_path, number), queue=Queue.INTERACTIVE) for number in range(4)]
    monkeypatch.setattr(pipeline, "hear", misbehaviour.hear_or_crash)
    Worker().run()

    assert finished() == [*(track.pk for track in later), poison.pk]
    given_up = Analysis.objects.get(track=poison)
    assert (given_up.state, given_up.attempts) == (Analysis.State.QUARANTINED, 3)


def test_an_upload_does_not_wait_until_an_index_is_filled(
    library: list[Track], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    IndexedVector.objects.update(indexed_at=None)
    send = outbox.send
    monkeypatch.setattr(outbox, "send", lambda version: send(version, 3))
    late = upload(song(tmp_path, 1), queue=Queue.INTERACTIVE)

    worker = Worker()
    assert worker.sync_index() == 3
    worker.work()
    assert Analysis.objects.get(track=late).state == Analysis.State.DONE
    assert not IndexedVector.objects.filter(indexed_at=None).exists()
    assert IndexedVector.objects.count() == len(library) + 1
