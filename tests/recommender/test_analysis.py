"""The rows as the queue: claims, leases, attempts, hand-backs, generations."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.celery import app
from recommender import analysis
from recommender.errors import Code
from recommender.models import Analysis
from tests.rows import a_track, a_user

State, Queue = Analysis.State, Analysis.Queue
INDEXES = {"analysis_turn", "analysis_running", "analysis_finished", "tracks_kept_private", "tracks_set_aside"}


@pytest.fixture
def three(db: None) -> list[int]:
    ids = []
    for number, queue in enumerate((Queue.BULK, Queue.INGEST, Queue.INTERACTIVE)):
        track = a_track(f"Piece {number}")
        analysis.enqueue(track.pk, queue)
        ids.append(track.pk)
    return ids


def row(track_id: int) -> Analysis:
    return Analysis.objects.get(track_id=track_id)


def test_the_most_urgent_goes_first(three: list[int]) -> None:
    assert [claim.track_id for claim in analysis.claim("w", 2)] == [three[2], three[1]]
    assert row(three[0]).state == State.QUEUED


def test_what_failed_an_attempt_comes_behind_the_rest_of_its_queue(three: list[int]) -> None:
    (poison,) = analysis.claim("w", 1)
    analysis.lose(poison, Code.CELL_CRASHED)
    newer = a_track("Newer")
    analysis.enqueue(newer.pk, Queue.INTERACTIVE)
    assert [claim.track_id for claim in analysis.claim("w", 4)] == [newer.pk, poison.track_id, three[1], three[0]]


def test_a_claim_counts_the_attempt_before_any_work(three: list[int]) -> None:
    analysis.claim("w", 3)
    assert {row(one).attempts for one in three} == {1}


def test_nobody_gets_what_somebody_holds(three: list[int]) -> None:
    first = analysis.claim("one", 2)
    second = analysis.claim("two", 3)
    assert {claim.track_id for claim in first} & {claim.track_id for claim in second} == set()
    assert len(second) == 1


def test_enqueue_twice_is_one_row(three: list[int]) -> None:
    analysis.enqueue(three[0])
    assert Analysis.objects.filter(track_id=three[0]).count() == 1


def test_a_vanished_worker_costs_an_attempt_and_the_third_sets_the_track_aside(three: list[int]) -> None:
    track_id = three[2]
    for attempt in (1, 2, 3):
        (held,) = analysis.claim("w", 1, [Queue.INTERACTIVE])
        assert held.attempt == attempt
        Analysis.objects.filter(track_id=track_id).update(lease_until=timezone.now() - timedelta(seconds=1))
        analysis.sweep()
    assert row(track_id).state == State.QUARANTINED
    assert row(track_id).error_code == Code.WORKER_LOST


def test_a_heartbeat_keeps_the_lease(three: list[int]) -> None:
    held = analysis.claim("w", 3)
    Analysis.objects.update(lease_until=timezone.now() + timedelta(seconds=1))
    assert analysis.extend(held[0].token) == 3
    assert row(three[0]).lease_until > timezone.now() + timedelta(seconds=5)


def test_what_a_killed_worker_of_this_machine_held_is_taken_back_at_once(three: list[int]) -> None:
    analysis.claim("here:dead", 2)
    analysis.claim("elsewhere:7", 1)
    assert analysis.bury(lambda name: name == "here:dead") == 2
    assert sorted(row(one).state for one in three) == [State.QUEUED, State.QUEUED, State.RUNNING]


def test_handing_back_costs_nothing(three: list[int]) -> None:
    held = analysis.claim("w", 3)
    assert analysis.hand_back(held) == 3
    assert {(row(one).state, row(one).attempts, row(one).claim) for one in three} == {(State.QUEUED, 0, "")}


def test_a_finished_row_is_not_handed_back(three: list[int]) -> None:
    held = analysis.claim("w", 3)
    with transaction.atomic():
        analysis.finish(held[0])
    assert analysis.hand_back(held) == 2
    assert row(held[0].track_id).state == State.DONE


def test_a_result_that_comes_after_a_restart_is_not_mine_any_more(three: list[int]) -> None:
    (held,) = analysis.claim("w", 1)
    analysis.requeue([held.track_id])
    with transaction.atomic():
        assert not analysis.still_mine(held)
    analysis.fail(held, Code.SILENT)
    assert row(held.track_id).state == State.QUEUED


def test_final_answers_are_not_tried_again(three: list[int]) -> None:
    (held,) = analysis.claim("w", 1)
    analysis.fail(held, Code.SILENT, "nothing but silence")
    analysis.sweep()
    failed = row(held.track_id)
    assert (failed.state, failed.error_code, failed.error_detail) == (State.FAILED, Code.SILENT, "nothing but silence")


def test_requeue_starts_over(three: list[int]) -> None:
    (held,) = analysis.claim("w", 1)
    analysis.fail(held, Code.SILENT)
    assert analysis.requeue([held.track_id], Queue.INTERACTIVE) == 1
    again = row(held.track_id)
    assert (again.state, again.attempts, again.generation, again.error_code) == (State.QUEUED, 0, 1, "")


def test_something_is_unfinished_until_all_have_an_answer(three: list[int]) -> None:
    assert analysis.unfinished()
    Analysis.objects.update(state=Analysis.State.RUNNING)
    assert analysis.unfinished()
    Analysis.objects.update(state=Analysis.State.DONE)
    Analysis.objects.filter(track_id=three[0]).update(state=Analysis.State.FAILED)
    assert not analysis.unfinished()


def test_progress_is_of_what_somebody_may_see(three: list[int]) -> None:
    ada, eve = a_user("ada"), a_user("eve")
    kept = [a_track(f"Mine {number}", owner=eve, private=True).pk for number in range(2)]
    for track_id in kept:
        analysis.enqueue(track_id)
    analysis.claim("w", 1, [Queue.INTERACTIVE])
    Analysis.objects.filter(track_id=kept[0]).update(state=State.DONE)
    Analysis.objects.filter(track_id=three[1]).update(state=State.FAILED)
    assert analysis.progress_for(ada) == analysis.Progress(3, 1, None)
    assert analysis.progress_for(eve) == analysis.Progress(5, 2, None)
    Analysis.objects.filter(track_id=three[1]).update(finished_at=timezone.now() - timedelta(minutes=1))
    assert analysis.progress_for(ada).seconds_left == pytest.approx(120, abs=5)  # two at one a minute
    Analysis.objects.filter(track_id__in=three).update(state=State.DONE)
    assert analysis.progress_for(ada) == analysis.Progress(3, 3, 0.0)


@pytest.mark.sqlite
def test_progress_goes_through_indexes_alone(three: list[int]) -> None:
    """It is asked every two seconds while a library is heard; counting row by row took .1 s at 100,000 tracks."""
    ada = a_user("ada")
    with CaptureQueriesContext(connection) as asked:
        analysis.progress_for(ada)
    selects = [query["sql"] for query in asked.captured_queries if query["sql"].startswith("SELECT")]
    with connection.cursor() as cursor:
        plans = [row[3] for sql in selects for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
    touched = [plan for plan in plans if plan.startswith(("SCAN", "SEARCH"))]
    assert all("INDEX" in plan or "PRIMARY KEY" in plan for plan in touched), plans
    used = {name for name in INDEXES if any(name in plan for plan in touched)}
    assert used == INDEXES


@pytest.mark.sqlite
def test_a_claim_takes_rows_in_the_order_of_an_index(three: list[int]) -> None:
    """Sorting 100,000 waiting rows for every claim would take longer than what the claim is for."""
    with CaptureQueriesContext(connection) as asked:
        analysis.claim("w", 2)
        analysis.someone_waits()
    looks = [query["sql"] for query in asked.captured_queries if "'queued'" in query["sql"].partition("WHERE")[2]]
    with connection.cursor() as cursor:
        plans = [row[3] for sql in looks for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
    assert [plan for plan in plans if "TEMP B-TREE" in plan] == []
    assert sum("analysis_turn" in plan for plan in plans) >= 2


DEAD = "redis://127.0.0.1:1/0"  # where nobody listens


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("broker", "told"), [(DEAD, 1), ("", 0)])
def test_enqueue_survives_a_dead_broker_and_does_not_miss_one_that_nobody_named(
    broker: str,
    told: int,
    settings: object,
    three: list[int],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.REDIS_URL = broker  # type: ignore[attr-defined]
    # Celery has read the settings long ago, and the broker of this run may be a real one.
    line = app.connection_for_write
    monkeypatch.setattr(app, "connection_for_write", lambda **options: line(DEAD, **options))
    monkeypatch.setattr("recommender.wakeups._silence.until", 0.0)
    analysis.requeue(three)
    assert Analysis.objects.filter(state=State.QUEUED).count() == 3
    assert [record.name for record in caplog.records if "no broker" in record.message] == ["recommender.wakeups"] * told


@pytest.mark.django_db(transaction=True)
def test_racing_workers_share_without_overlap() -> None:
    ids = [a_track(f"Piece {number}").pk for number in range(40)]
    for track_id in ids:
        analysis.enqueue(track_id)

    def work(name: str) -> list[int]:
        got: list[int] = []
        try:
            while claims := analysis.claim(name, 3):
                got.extend(claim.track_id for claim in claims)
        finally:
            connection.close()
        return got

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(work, ["w0", "w1", "w2", "w3"]))
    assert sorted(track_id for share in shares for track_id in share) == sorted(ids)


def test_who_comes_second_to_the_same_rows_gets_the_next_ones(
    three: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken: list[analysis.Claim] = []
    lease = analysis._lease

    def somebody_is_faster() -> timedelta:  # called between looking and taking
        if not overtaken:
            overtaken.extend([None])  # type: ignore[list-item]
            overtaken[:] = analysis.claim("fast", 1)
        return lease()

    monkeypatch.setattr(analysis, "_lease", somebody_is_faster)
    (late,) = analysis.claim("slow", 1)
    assert (overtaken[0].track_id, late.track_id) == (three[2], three[1])
