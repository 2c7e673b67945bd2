"""What Celery calls. Each task is a door to one function; the rows in the database say what there is to do."""

from __future__ import annotations

import logging
import threading
from functools import cache
from importlib import import_module
from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_ready, worker_shutting_down
from django.db import connection

from catalog import janitor, renditions
from recommender import (
    analysis,
    clip_worker,
    clips,
    index_versions,
    jobs,
    outbox,
    refitting,
    rendering,
    wakeups,
)
from recommender.errors import IndexUnavailable, ModelMissing
from recommender.models import Analysis, Job
from recommender.worker import Worker

log = logging.getLogger(__name__)


@cache
def this_worker() -> Worker:
    """The worker that this process is: made where Celery starts it (`take_over`), found by the tasks here alone."""
    return Worker()


@shared_task
def analyse() -> int:
    """Work through the waiting tracks, the most urgent first, until none is left."""
    return this_worker().work()


@shared_task
def sweep() -> None:
    """Find work that nobody does: vanished workers, unsent vectors, unfinished index versions, overdue jobs."""
    analysis.sweep()
    jobs.sweep()
    if renditions.waiting().exists():
        wakeups.wake_rendering()
    if outbox.waits() or index_versions.unfinished():
        wakeups.wake_index()


@shared_task
def sync_index() -> int:
    """Bring the vector index up to what the database says, and its versions up to what this code says."""
    sent = this_worker().sync_index()
    this_worker().advance_index()
    return sent


@shared_task
def reconcile() -> None:
    """Compare database and index and mend the differences."""
    for version in index_versions.live():
        if lacking := index_versions.complete(version):
            log.warning("%s lacked %d analysed tracks, mended", version.collection, lacking)
        try:
            found = outbox.reconcile(version)
        except IndexUnavailable as error:
            log.warning("cannot compare %s: %s", version.collection, error)
            return
        if found.missing or found.surplus:
            log.warning("%s: %d missing, %d surplus, mended", version.collection, found.missing, found.surplus)
    this_worker().sync_index()


@shared_task
def find_lost() -> None:
    """Notice within a minute that the index lost a collection, and fill it again."""
    try:
        lost = [outbox.find_lost(version) for version in index_versions.live()]
    except IndexUnavailable:
        return  # a silent index has lost nothing; who needs it says that it is silent
    if any(lost):
        this_worker().sync_index()


@shared_task
def sweep_store() -> None:
    """Remove files that no track refers to any more, uploads that were never finished, and clips of yesterday."""
    janitor.sweep()
    renditions.want_missing()
    clips.sweep()


@shared_task
def draw_map() -> None:
    """Have the map of the library drawn, if it is time."""
    jobs.draw_when_due()


@shared_task
def fit_anew() -> None:
    """Have the library fitted on itself again, if an upgrade made that necessary and it is time."""
    refitting.ask_when_due()


@shared_task
def render() -> int:
    """Make renditions of what browsers cannot play, or play late."""
    return rendering.work(this_worker().stopping)


@shared_task
def do_job(job_id: int) -> None:
    """Do one piece of background work."""
    jobs.run(job_id, {Job.Kind.CLIP: clip_worker.hear, Job.Kind.FIT: refitting.fit, Job.Kind.MAP: _draw})


def _draw(job: Job) -> str:
    # Scikit-learn takes 90 MiB: it comes with the first map that is drawn, not with the worker.
    return import_module("recommender.drawing").work(job)


@worker_init.connect
def take_over(**_kwargs: Any) -> None:
    """Before the first claim: take back what killed workers of this machine held."""
    this_worker().bury_the_dead()


@worker_ready.connect
def warm_up(**_kwargs: Any) -> None:
    """Load the encoder and compare the index before the first track arrives, not during it."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def retire_outdated() -> None:
    """Drop index versions that this code filled before another one took over; a silent index is left for later."""
    try:
        index_versions.retire_outdated()
    except IndexUnavailable as error:
        log.warning("the vector index does not answer (%s); outdated versions stay until the next start", error)


def _warm_up() -> None:
    try:
        this_worker().warm_up()
        retire_outdated()
        reconcile()
    except ModelMissing as error:
        log.error("tracks wait: %s", error)  # noqa: TRY400 - the message says it all
    finally:
        connection.close()
    wakeups.wake(Analysis.Queue.INTERACTIVE)


@worker_shutting_down.connect
def stop(**_kwargs: Any) -> None:
    """Asked to go: the running batch hands its unfinished rows back."""
    this_worker().stopping.set()
