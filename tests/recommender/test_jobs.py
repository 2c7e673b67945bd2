"""Background work: asked for once however often, held while it goes on, given up by whoever lost it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from recommender import jobs
from recommender.models import Job

State = Job.State


def at_once(work: Callable[[], int], times: int) -> list[int]:
    """Let so many threads do the same at the same moment."""
    together = threading.Barrier(times)

    def one(_number: int) -> int:
        try:
            connection.ensure_connection()
            together.wait(timeout=20)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_get_the_same_job() -> None:
    for _ in range(10):
        got = at_once(lambda: jobs.ask(Job.Kind.MAP).pk, 8)
        assert len(set(got)) == 1
        assert Job.objects.filter(kind=Job.Kind.MAP, state=State.QUEUED).count() == 1
        Job.objects.update(state=State.DONE)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_the_database_takes_no_second_unfinished_job_of_a_kind(state: str) -> None:
    Job.objects.create(kind=Job.Kind.MAP, state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind=Job.Kind.MAP)
    Job.objects.create(kind=Job.Kind.DEMO)
    for _ in range(2):  # each clip is another one
        Job.objects.create(kind=Job.Kind.CLIP)


@pytest.mark.django_db
def test_after_the_end_it_can_be_asked_for_again() -> None:
    first = jobs.ask(Job.Kind.MAP)
    assert jobs.ask(Job.Kind.MAP) == first
    Job.objects.update(state=State.FAILED)
    assert jobs.ask(Job.Kind.MAP).pk > first.pk


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_while_the_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=1.5))
    drawn: list[int] = []

    def slowly(job: Job) -> str:
        drawn.append(job.pk)
        until = timezone.now() + timedelta(seconds=4)
        while timezone.now() < until:
            jobs.sweep()
            jobs.run(job.pk, {Job.Kind.MAP: slowly})  # as another worker that was woken for it
            time.sleep(0.05)  # the database is for the heartbeat, too
        return "drawn"

    job = jobs.ask(Job.Kind.MAP)
    jobs.run(job.pk, {Job.Kind.MAP: slowly})
    job.refresh_from_db()
    assert (drawn, job.state, job.detail) == ([job.pk], State.DONE, "drawn")


@pytest.mark.django_db
def test_who_lost_a_job_does_not_end_it() -> None:
    def loses(job: Job) -> str:
        Job.objects.filter(pk=job.pk).update(attempts=job.attempts + 1)  # its worker was frozen, another took over
        return "too late"

    job = jobs.ask(Job.Kind.MAP)
    jobs.run(job.pk, {Job.Kind.MAP: loses})
    job.refresh_from_db()
    assert (job.state, job.detail) == (State.RUNNING, "")


@pytest.mark.django_db(transaction=True)
def test_doubles_of_an_older_version_are_given_up_before_there_may_be_none() -> None:
    constraint = next(one for one in Job._meta.constraints if one.name == "one_unfinished_job_of_a_kind")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Job, constraint)
    kinds = (Job.Kind.MAP, Job.Kind.MAP, Job.Kind.DEMO, Job.Kind.CLIP, Job.Kind.CLIP)
    rows = [Job.objects.create(kind=kind) for kind in kinds]
    import_module("recommender.migrations.0010_one_job_of_a_kind").give_up_doubles(apps, None)
    with connection.schema_editor() as editor:
        editor.add_constraint(Job, constraint)
    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == ["queued", "failed", "queued", "queued", "queued"]
