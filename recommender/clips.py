"""Clips that listeners drop or record to ask what sounds like them: private, short-lived, never in the catalogue.

The file lies in the incoming folder only until a worker has heard it. What was measured stays for a day, for its owner
alone; nothing here decodes, so the web process may import it.
"""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from catalog import gate, naming, storage
from catalog.gate import NotTaken, Refusal
from recommender import results, wakeups
from recommender.errors import Code
from recommender.measurement import Key, Measurement, Tempo
from recommender.models import Clip, Job

MOST_BYTES = 50_000_000
KEPT = timedelta(hours=24)
STALE_SECONDS = 3600.0  # a file that waits longer belongs to no row: intakes take seconds
MOST_WAITING = 3  # of one listener: the queue is everybody's
MOST_KEPT = 20  # of one listener
UNFINISHED = (Job.State.QUEUED, Job.State.RUNNING)
BUSY = "Your last clips are still being analysed. Wait a moment, then send this one again."


class TooManyWaiting(Exception):
    """The listener has enough clips in the queue; the message is for them."""


def take(source: gate.Source, label: str, owner: User) -> Clip:
    """Check a file, lay it where a worker finds it, and wake one.

    Raises
    ------
    catalog.gate.NotTaken
        It is empty, too large, no kind of sound, or the disk is full.
    TooManyWaiting
        MOST_WAITING clips of this listener were not heard yet.
    """
    if of_owner(owner).filter(job__state__in=UNFINISHED).count() >= MOST_WAITING:
        raise TooManyWaiting(BUSY)
    incoming, extension = gate.pass_through(source, label)
    if incoming.size > MOST_BYTES:
        storage.discard(incoming)
        raise NotTaken(Refusal.TOO_LARGE, f"“{label}” is larger than {MOST_BYTES // 1_000_000} MB. Send a part of it.")
    clip = Clip(
        owner=owner,
        name=naming.title_of(label)[:200],
        file=f"{secrets.token_hex(16)}.{extension}",
        expires_at=timezone.now() + KEPT,
    )
    path_of(clip).parent.mkdir(parents=True, exist_ok=True)
    incoming.path.replace(path_of(clip))
    with transaction.atomic():
        clip.job = Job.objects.create(kind=Job.Kind.CLIP, asked_by=owner)
        clip.save()
        wakeups.wake_job(clip.job.pk)
    for old in of_owner(owner).exclude(job__state__in=UNFINISHED)[MOST_KEPT:]:
        forget(old)
    return clip


def of_owner(owner: User) -> QuerySet[Clip]:
    """Clips that their owner may still ask about, the newest first; nobody else may ask about them at all."""
    return Clip.objects.filter(owner=owner, expires_at__gt=timezone.now()).select_related("job").order_by("-pk")


def of_job(job: Job) -> Clip | None:
    """The clip that a job is about; None when its owner deleted it meanwhile."""
    return Clip.objects.filter(job=job).first()


def path_of(clip: Clip) -> Path:
    """Where the file lies until it was heard."""
    return _folder() / clip.file


def finish(clip: Clip, measured: Measurement, encoder: str) -> None:
    """Write down what was heard, and let go of the file."""
    tempo, key = measured.tempo, measured.key
    Clip.objects.filter(pk=clip.pk).update(
        encoder=encoder,
        facts={
            "seconds": measured.seconds,
            "bpm": tempo.bpm,
            "clarity": tempo.clarity,
            "stability": tempo.stability,
            "beat_phase": tempo.beat_phase,
            "alternatives": list(tempo.alternatives),
            "tonic": key.tonic,
            "mode": key.mode,
            "strength": key.strength,
            "tuning": key.tuning,
        },
        tempo_posterior=results.pack(tempo.posterior),
        key_profile=results.pack(key.profile),
        embedding=results.pack(measured.embedding),
        tag_logits=results.pack(measured.tag_logits),
        timbre=results.pack(measured.timbre),
    )
    path_of(clip).unlink(missing_ok=True)


def fail(clip: Clip, code: Code | None = None) -> None:
    """Write down why nothing was heard, and let go of the file."""
    Clip.objects.filter(pk=clip.pk).update(error_code=code or "")
    path_of(clip).unlink(missing_ok=True)


def measurement(clip: Clip) -> Measurement | None:
    """What was heard, as the facets read it; None before it was."""
    if not clip.embedding:
        return None
    facts = clip.facts
    tempo = Tempo(
        bpm=facts["bpm"],
        clarity=facts["clarity"],
        stability=facts["stability"],
        beat_phase=facts["beat_phase"],
        posterior=results.unpack(clip.tempo_posterior),
        alternatives=tuple(facts["alternatives"]),
    )
    key = Key(
        tonic=facts["tonic"],
        mode=facts["mode"],
        strength=facts["strength"],
        profile=results.unpack(clip.key_profile),
        tuning=facts["tuning"],
    )
    return Measurement(
        seconds=facts["seconds"],
        tempo=tempo,
        key=key,
        embedding=results.unpack(clip.embedding),
        tag_logits=results.unpack(clip.tag_logits),
        timbre=results.unpack(clip.timbre),  # and no loudness: that of a microphone says nothing about the music
    )


def forget(clip: Clip) -> None:
    """Delete a clip with everything that is known of it. A worker that has it now finds nobody to tell."""
    path_of(clip).unlink(missing_ok=True)
    Job.objects.filter(clip=clip).delete()


def sweep() -> int:
    """Delete clips whose time is over, and files that nobody waits for; returns how many went."""
    over = list(Clip.objects.filter(expires_at__lte=timezone.now()))
    for clip in over:
        forget(clip)
    awaited = set(Clip.objects.filter(job__state__in=UNFINISHED).values_list("file", flat=True))
    removed = 0
    for path in _folder().glob("*"):
        with suppress(FileNotFoundError):  # a worker was done with it at this moment
            if path.name not in awaited and time.time() - path.stat().st_mtime > STALE_SECONDS:
                path.unlink()
                removed += 1
    return len(over) + removed


def _folder() -> Path:
    return storage.incoming_folder() / "clips"
