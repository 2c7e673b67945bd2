"""Background work that can be watched: one row each, started by a wake-up, restarted by the sweeper."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from catalog import demo
from recommender import analysis, leases, maps, wakeups
from recommender.encoders import wheels
from recommender.errors import LONGEST_DETAIL
from recommender.models import Job

log = logging.getLogger(__name__)

State = Job.State
Work = Callable[[Job], str]  # returns a line for the row; raises JobFailed
NOTHING_ELSE: Mapping[Job.Kind, Work] = MappingProxyType({})
LEASE = timedelta(minutes=1)  # renewed while the work goes on; what a killed worker had begun waits so long
MAX_ATTEMPTS = 3
PATIENCE = timedelta(seconds=10)  # how long a queued job may wait before somebody is woken again


class JobFailed(Exception):
    """The work cannot be done; the message tells a person why and what to do."""


def ask(kind: Job.Kind, user: User | None = None) -> Job:
    """Write a job down, unless the same one is already waiting or running, and wake a worker.

    `user` is who wants it and watches; nobody, where Segue itself sees that it is time.
    """
    # The database decides between two who ask at the same moment: it takes no second unfinished one of a kind.
    Job.objects.bulk_create([Job(kind=kind, asked_by=user)], ignore_conflicts=True)
    job = Job.objects.filter(kind=kind).latest("pk")
    wakeups.wake_job(job.pk)
    return job


def draw_when_due() -> Job | None:
    """Have the map drawn when much has changed since the last one and no track waits to be heard."""
    return ask(Job.Kind.MAP) if maps.outdated() and not analysis.unfinished() else None


def latest(kind: Job.Kind) -> Job | None:
    """The newest job of a kind, finished or not."""
    return Job.objects.filter(kind=kind).order_by("-pk").first()


def run(job_id: int, also: Mapping[Job.Kind, Work] = NOTHING_ELSE) -> None:
    """Claim a job and do it; a second worker that was woken for it finds it taken.

    `also` is work that only workers can do: what it needs must not load in the web process, which asks for jobs here.
    """
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=timezone.now())
    claimed = Job.objects.filter(free, pk=job_id, attempts__lt=MAX_ATTEMPTS).update(
        state=State.RUNNING, attempts=F("attempts") + 1, lease_until=timezone.now() + LEASE, detail=""
    )
    if not claimed:
        return
    job = Job.objects.get(pk=job_id)
    held = Job.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts)  # nobody, once it was taken over
    with leases.renewed(lambda: held.update(lease_until=timezone.now() + LEASE), LEASE.total_seconds() / 3):
        try:
            detail = {**_WORK, **also}[Job.Kind(job.kind)](job)
        except JobFailed as error:
            log.warning("job %d failed: %s", job.pk, error)
            _end(held, State.FAILED, str(error))
        else:
            _end(held, State.DONE, detail)


def sweep() -> None:
    """Wake somebody for jobs that wait too long, and give up on those that took every worker down."""
    now = timezone.now()
    Job.objects.filter(state=State.RUNNING, lease_until__lt=now, attempts__gte=MAX_ATTEMPTS).update(
        state=State.FAILED, detail="The worker died three times while working on this.", finished_at=now
    )
    waiting = Q(state=State.QUEUED, created_at__lt=now - PATIENCE) | Q(state=State.RUNNING, lease_until__lt=now)
    for job_id in Job.objects.filter(waiting).values_list("pk", flat=True):
        wakeups.wake_job(job_id)


def _demo(job: Job) -> str:
    try:
        folder = wheels.fetch_wheel(wheels.DEMO_LIBRARY, settings.DEMO_DIR)
    except wheels.WheelUnavailable as error:
        raise JobFailed(str(error)) from error
    counts = demo.add_demo_library(folder, job.asked_by)
    return f"{counts.stored} pieces added, {counts.duplicates} were already here."


def _end(held: QuerySet[Job], state: Job.State, detail: str) -> None:
    held.update(state=state, detail=detail[:LONGEST_DETAIL], finished_at=timezone.now())


_WORK: dict[Job.Kind, Work] = {Job.Kind.DEMO: _demo}
