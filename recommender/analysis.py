"""The work on tracks as rows: queue, claim, hand back, finish, sweep.

A claim is a compare-and-set on the row and counts the attempt before anybody opens the file, so that a file which takes
its worker down cannot do so for ever. Nothing here decodes: this module is safe to import in the web process.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from catalog.models import Track
from recommender import wakeups
from recommender.errors import LONGEST_DETAIL, Code
from recommender.models import Analysis, Measurement

State = Analysis.State
Queue = Analysis.Queue
LOST = "the worker vanished while it had this track"
CHUNK = 2000  # rows at a time
TURN = ("queue", "attempts", "queued_at")  # whose it is: the index `analysis_turn` is in this order
PACE = timedelta(minutes=5)
UNFINISHED = (State.QUEUED, State.RUNNING)  # asked for one by one: each has a small index of its own
NOBODY = {"claim": "", "worker": "", "lease_until": None, "stage": Analysis.Stage.NONE}


@dataclass(frozen=True, slots=True)
class Claim:
    """One track that this worker may work on until its lease runs out."""

    token: str  # the same for all rows of one claim
    analysis_id: int
    track_id: int
    sha256: str
    extension: str
    attempt: int
    urgent: bool = False  # a person waits for it


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found."""

    requeued: int
    quarantined: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work on a library is."""

    total: int  # tracks
    finished: int  # with a final answer, good or bad
    seconds_left: float | None  # None: nothing was finished lately, so nobody knows


def enqueue(track_id: int, queue: Queue = Queue.INGEST) -> None:
    """Write down that a new track waits; call it in the transaction that creates the track."""
    Analysis.objects.get_or_create(track_id=track_id, defaults={"queue": queue, "queued_at": timezone.now()})
    wakeups.wake(queue)


def requeue(track_ids: Sequence[int], queue: Queue = Queue.BULK) -> int:
    """Start over with these tracks, whatever their state; returns how many. A result still on its way is dropped."""
    count = Analysis.objects.filter(track_id__in=track_ids).update(
        state=State.QUEUED,
        queue=queue,
        queued_at=timezone.now(),
        attempts=0,
        generation=F("generation") + 1,
        error_code="",
        error_detail="",
        **NOBODY,
    )
    if count:
        wakeups.wake(queue)
    return count


def outdated(judge: Callable[[dict[str, str]], bool]) -> list[int]:
    """Analysed tracks, oldest first, of whose stored stage versions `judge` says that they are not the present ones."""
    return list(_stale(judge))


def any_outdated(judge: Callable[[dict[str, str]], bool]) -> bool:
    """Whether there is one of these at all; looks no further than the first."""
    return next(_stale(judge), None) is not None


def claim(worker: str, limit: int, queues: Iterable[Queue] = tuple(Queue)) -> list[Claim]:
    """Take up to `limit` waiting rows, most urgent first. Two workers never get the same row.

    Within a queue, what took a cell or a worker down comes behind all that was not tried as often.
    """
    token = secrets.token_hex(16)
    now = timezone.now()
    waiting = Analysis.objects.filter(state=State.QUEUED, queue__in=list(queues)).order_by(*TURN)
    mine = 0
    while not mine:  # another worker may have been faster with the same rows: then there are others, or none
        candidates = list(waiting.values_list("pk", flat=True)[:limit])
        if not candidates:
            return []
        mine = Analysis.objects.filter(pk__in=candidates, state=State.QUEUED).update(
            state=State.RUNNING,
            stage=Analysis.Stage.NONE,
            claim=token,
            worker=worker[:100],
            attempts=F("attempts") + 1,
            started_at=now,
            lease_until=now + _lease(),
        )
    rows = Analysis.objects.filter(claim=token).select_related("track").order_by(*TURN)
    return [
        Claim(
            token=token,
            analysis_id=row.pk,
            track_id=row.track_id,
            sha256=row.track.sha256,
            extension=row.track.extension,
            attempt=row.attempts,
            urgent=row.queue == Queue.INTERACTIVE,
        )
        for row in rows
    ]


def someone_waits() -> bool:
    """Whether a person waits for a track that no worker has taken."""
    return Analysis.objects.filter(state=State.QUEUED, queue=Queue.INTERACTIVE).exists()


def someone_waits_beside(worker: str, machine: str) -> bool:
    """Whether another worker of a machine, part of its workers' names, has a track that a person waits for."""
    running = Analysis.objects.filter(state=State.RUNNING, queue=Queue.INTERACTIVE)
    return running.filter(worker__contains=machine).exclude(worker=worker).exists()


def extend(*tokens: str) -> int:
    """Heartbeat: push the leases of unfinished rows into the future; returns how many these claims still hold."""
    return Analysis.objects.filter(claim__in=tokens, state=State.RUNNING).update(lease_until=timezone.now() + _lease())


def enter(claims: Sequence[Claim], stage: Analysis.Stage) -> None:
    """Tell the people who watch which stage these tracks are in."""
    _held(claims).update(stage=stage)


def hand_back(claims: Sequence[Claim]) -> int:
    """Put unfinished rows back untouched, e.g. when the worker is asked to stop: the attempt does not count."""
    return _held(claims).update(state=State.QUEUED, attempts=F("attempts") - 1, **NOBODY)


def still_mine(held: Claim) -> bool:
    """Lock the row inside the present transaction and say whether this claim still holds it."""
    row = Analysis.objects.select_for_update().filter(pk=held.analysis_id).first()
    return row is not None and row.claim == held.token and row.state == State.RUNNING


def finish(held: Claim) -> None:
    """Mark the track as analysed; call it in the transaction that writes its results, after `still_mine`."""
    Analysis.objects.filter(pk=held.analysis_id).update(
        state=State.DONE, finished_at=timezone.now(), error_code="", error_detail="", **NOBODY
    )


def fail(held: Claim, code: Code, detail: str = "") -> None:
    """Write down a final answer: trying again would give the same."""
    _held([held]).update(
        state=State.FAILED, finished_at=timezone.now(), error_code=code, error_detail=detail[:LONGEST_DETAIL], **NOBODY
    )


def lose(held: Claim, code: Code, detail: str = "") -> None:
    """Write down an attempt that died: tried again, until the track is given up with the last one."""
    with transaction.atomic():
        _after_death(_held([held]), code, detail)


def sweep() -> Swept:
    """Find work whose worker vanished, and say how many rows wait for a worker."""
    overdue = Analysis.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now())
    with transaction.atomic():
        requeued, quarantined = _after_death(overdue, Code.WORKER_LOST, LOST)
    waiting = Analysis.objects.filter(state=State.QUEUED).values("queue").annotate(count=Count("pk"))
    counts = {row["queue"]: row["count"] for row in waiting}
    for queue in counts:
        wakeups.wake(Queue(queue))
    return Swept(requeued, quarantined, sum(counts.values()))


def bury(is_dead: Callable[[str], bool]) -> int:
    """Take the rows of workers that are known to be dead at once, without waiting for their leases to run out."""
    running = Analysis.objects.filter(state=State.RUNNING)
    dead = [name for name in running.values_list("worker", flat=True).distinct() if is_dead(name)]
    with transaction.atomic():
        requeued, quarantined = _after_death(running.filter(worker__in=dead), Code.WORKER_LOST, LOST)
    return requeued + quarantined


def unfinished() -> bool:
    """Whether any track waits or is worked on; two looks into small indexes, however large the library is."""
    return any(Analysis.objects.filter(state=state).exists() for state in UNFINISHED)


def progress_for(viewer: User) -> Progress:
    """How far the work is on the tracks that somebody may see.

    What others keep private is left out, instead of looking up for each of 100,000 who may see it: .1 s a query.
    """
    seen = _seen(viewer)
    total, waiting = seen.count(), sum(seen.filter(state=state).count() for state in UNFINISHED)
    return Progress(total, max(total - waiting, 0), _seconds_left(waiting))


def unlucky_for(viewer: User) -> int:
    """How many of the tracks that somebody may see cannot be analysed, or were given up."""
    return _seen(viewer).filter(state__in=Analysis.UNLUCKY).count()


def _seen(viewer: User) -> QuerySet[Analysis]:
    return Analysis.objects.exclude(track__in=Track.objects.hidden_from(viewer))


def _stale(judge: Callable[[dict[str, str]], bool]) -> Iterator[int]:
    rows = Measurement.objects.filter(track__analysis__state=State.DONE).order_by("track_id")
    return (pk for pk, versions in rows.values_list("track_id", "versions").iterator(CHUNK) if judge(versions))


def _seconds_left(unfinished: int) -> float | None:
    """At the pace of all workers in the last minutes; others' tracks may go first, so it is a hint."""
    if not unfinished:
        return 0.0
    now = timezone.now()
    recent = Analysis.objects.filter(finished_at__gte=now - PACE).order_by("finished_at")
    first = recent.values_list("finished_at", flat=True).first()
    if first is None or first >= now:
        return None
    return unfinished * (now - first).total_seconds() / recent.count()


def _held(claims: Sequence[Claim]) -> QuerySet[Analysis]:
    held = Q(pk__in=[])
    for one in claims:
        held |= Q(pk=one.analysis_id, claim=one.token)
    return Analysis.objects.filter(held, state=State.RUNNING)


def _after_death(rows: QuerySet[Analysis], code: Code, detail: str) -> tuple[int, int]:
    reason = {"error_code": code, "error_detail": detail[:LONGEST_DETAIL]}
    quarantined = rows.filter(attempts__gte=settings.ANALYSIS_MAX_ATTEMPTS).update(
        state=State.QUARANTINED, finished_at=timezone.now(), **reason, **NOBODY
    )
    requeued = rows.filter(attempts__lt=settings.ANALYSIS_MAX_ATTEMPTS).update(state=State.QUEUED, **reason, **NOBODY)
    return requeued, quarantined


def _lease() -> timedelta:
    return timedelta(seconds=settings.ANALYSIS_LEASE_SECONDS)
