"""One batch of waiting tracks from claim to index: the only place where rows, cells and encoder meet.

Loaded by workers only: it brings the decoder and, through the encoder, torch.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from catalog import intake, storage
from recommender import analysis, encoders, index_versions, pipeline, results
from recommender.analysis import Claim
from recommender.encoders.base import Encoder
from recommender.errors import AnalysisError, CellDied, Code, IndexUnavailable, ModelMissing
from recommender.measurement import FileTags, Heard
from recommender.models import Analysis

log = logging.getLogger(__name__)


def namespace() -> str:
    """What makes a process id unique on this machine; empty where the kernel does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot[:8]}-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


# The boot and the process namespace are part of the name: a process id means something only together with them.
HOME = f"{socket.gethostname()}:{namespace()}"
NAME = f"{HOME}:{os.getpid()}"
_sending = threading.Lock()
stopping = threading.Event()  # set when the worker is asked to go: unfinished rows are handed back


def is_dead(name: str) -> bool:
    """Whether a worker of this name ran here and is gone. Of workers elsewhere we know nothing."""
    home, _, process = name.rpartition(":")
    if home != HOME or not process.isdecimal():
        return False
    # Our own number before our own first claim: an earlier process that had it, as the first one of a container has.
    return int(process) == os.getpid() or not Path(f"/proc/{process}").exists()


def bury_the_dead() -> None:
    """At the start: take back what workers of this machine held when they were killed. Call it before any claim."""
    if count := analysis.bury(is_dead):
        log.warning("took back %d tracks of workers that were killed", count)


def encoder() -> Encoder:
    """The encoder that the settings name, loaded once per process."""
    return encoders.load(settings.ENCODER, settings.MODELS_DIR)


def warm_up() -> None:
    """Load what the first track would otherwise wait for: the networks, the cells' libraries, the index client."""
    model = encoder()
    silence = np.zeros((model.windows.count, *model.windows.shape), np.float16)
    model.encode([silence])
    log.info("walls of the cells: %s", pipeline.warm_up())
    log.info("ready: %s %s", model.name, model.version)


def run_batch(queues: Iterable[Analysis.Queue] = tuple(Analysis.Queue)) -> int:
    """Claim a batch, hear it, measure it, store it, index it; returns how many tracks were claimed."""
    try:
        model = encoder()
    except ModelMissing as error:  # nothing is claimed, so no track pays for it with an attempt
        log.error("tracks wait: %s", error)  # noqa: TRY400 - the message says it all
        return 0
    claims = analysis.claim(NAME, settings.ANALYSIS_BATCH, queues)
    if not claims:
        return 0
    log.info("claimed %d tracks", len(claims))
    with _heartbeat(claims[0].token):
        _hear_and_store(claims, model)
    if stopping.is_set():
        log.info("asked to stop: handed back %d tracks", analysis.hand_back(claims))
    sync_index()
    return len(claims)


def sync_index() -> int:
    """Send what the index lacks, version by version; returns how many rows went. A silent index is left for later."""
    sent = 0
    with _sending:  # two senders would send the same rows
        for version in index_versions.live():
            try:
                while (count := index_versions.send(version)) > 0:
                    sent += count
            except IndexUnavailable as error:
                log.warning("the vector index does not answer (%s); rows stay in the outbox", error)
                break
    return sent


def advance_index() -> None:
    """Fill an index version that an upgrade made necessary, and let it answer once it is complete."""
    while not stopping.is_set() and index_versions.advance():
        sync_index()


def _hear_and_store(claims: Sequence[Claim], model: Encoder) -> None:
    waiting: dict[str, Claim] = {}
    paths = []
    for one in claims:
        path = storage.path_of(one.sha256, one.extension)
        if path.exists():
            waiting[str(path)] = one
            paths.append(path)
        else:
            analysis.fail(one, Code.FILE_MISSING, f"{path.name} is not in the media folder")
    for path, outcome in pipeline.hear_many(paths, model.windows, cells=settings.ANALYSIS_CELLS):
        if stopping.is_set():
            return
        held = waiting[str(path)]
        match outcome:
            case AnalysisError():
                log.info("track %d is not analysable: %s", held.track_id, outcome)
                analysis.fail(held, outcome.code, outcome.detail)
            case CellDied():
                log.warning("track %d killed its cell: %s", held.track_id, outcome)
                analysis.lose(held, outcome.code, outcome.detail)
            case Heard():
                _measure_and_store(held, outcome, model)


def _measure_and_store(held: Claim, heard: Heard, model: Encoder) -> None:
    analysis.enter([held], Analysis.Stage.ENCODE)
    measured = pipeline.measure([heard], model)[0]
    analysis.enter([held], Analysis.Stage.STORE)
    versions = {**heard.versions, **pipeline.analysis_versions(model)}
    with transaction.atomic():
        if not analysis.still_mine(held):
            log.info("track %d was taken over or started anew meanwhile: result dropped", held.track_id)
            return
        intake.describe(held.track_id, _description(heard.tags, heard.decoded.seconds))
        results.store(held.track_id, heard, measured, model.name, versions)
        index_versions.place(held.track_id, measured)
        analysis.finish(held)


def _description(tags: FileTags, seconds: float) -> intake.Description:
    return intake.Description(
        title=tags.title,
        artist=tags.artist,
        album=tags.album,
        album_artist=tags.album_artist,
        genre=tags.genre,
        year=tags.year,
        track_number=tags.track_number,
        disc_number=tags.disc_number,
        cover=tags.cover,
        seconds=seconds,
    )


@contextmanager
def _heartbeat(token: str) -> Iterator[None]:
    """Keep the lease of a claim alive from a thread of its own while the batch is worked on."""
    done = threading.Event()

    def beat() -> None:
        try:
            while not done.wait(settings.ANALYSIS_LEASE_SECONDS / 3):
                analysis.extend(token)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{token[:6]}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)
