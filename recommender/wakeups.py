"""Telling a worker that there is something to do.

A wake-up is a hint: the rows say what to do, and the sweeper finds what nobody woke anybody for. So a broker that does
not answer is logged and otherwise ignored; an upload never fails because of it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu import pools
from kombu.exceptions import OperationalError

from recommender.models import Analysis

log = logging.getLogger(__name__)

SILENCE_SECONDS = 5.0
# Of each of the two tries that kombu makes; workers, who ask for messages that are not there yet, wait longer.
PATIENCE = {"socket_timeout": 0.75, "socket_connect_timeout": 0.75}
EXPIRES_SECONDS = 60  # the sweeper repeats itself: old hints need not pile up while nobody listens
QUEUES = {
    Analysis.Queue.INTERACTIVE: "interactive",
    Analysis.Queue.INGEST: "ingest",
    Analysis.Queue.BULK: "bulk",
}


def wake(queue: Analysis.Queue) -> None:
    """Ask a worker to look at the waiting rows, once the present transaction is committed."""
    _hint("recommender.tasks.analyse", QUEUES[queue])


def wake_index() -> None:
    """Ask a worker to send what the vector index does not have yet."""
    _hint("recommender.tasks.sync_index", "housekeeping")


def wake_rendering() -> None:
    """Ask a worker to make the renditions that are waited for."""
    _hint("recommender.tasks.render", "bulk")


def wake_job(job_id: int) -> None:
    """Ask a worker to do one `Job`."""
    transaction.on_commit(lambda: _send("recommender.tasks.do_job", job_id, queue="interactive"), robust=True)


def _hint(task: str, queue: str) -> None:
    """Send once the present transaction is committed; one message of it, however many rows it changes."""
    send = _sender(task, queue)
    if all(waiting is not send for _, waiting, _ in transaction.get_connection().run_on_commit):
        transaction.on_commit(send, robust=True)


@cache
def _sender(task: str, queue: str) -> Callable[[], None]:
    return lambda: _send(task, queue=queue)


def _send(task: str, *args: Any, queue: str) -> None:
    if _silence.lasts() or not settings.REDIS_URL:  # nobody can be woken: `up` does not run, rows wait until it does
        return
    line = current_app.connection_for_write(transport_options=PATIENCE)
    try:
        with pools.producers[line].acquire(block=True) as producer:
            if not _silence.lasts():  # who waited for a line may know better by now
                current_app.send_task(
                    task, args=args, queue=queue, retry=False, expires=EXPIRES_SECONDS, producer=producer
                )
    except (OperationalError, OSError) as error:
        _silence.begin()
        log.warning("no broker for %s (%s); the sweeper will find it", task, error)


class _Silence:
    """After a failure nobody is asked for a while: a frozen broker would cost every upload its time-out."""

    def __init__(self) -> None:
        self.until = 0.0

    def begin(self) -> None:
        self.until = time.monotonic() + SILENCE_SECONDS

    def lasts(self) -> bool:
        return time.monotonic() < self.until


_silence = _Silence()
