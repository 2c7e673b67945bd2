"""Waiting tracks from claim to index: the only place where rows, cells and encoder meet.

Loaded by workers only: it brings the decoder and, through the encoder, torch.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import numpy as np
from django.conf import settings

from catalog import storage
from recommender import analysis, encoders, index_versions, leases, outbox, pipeline, results, storing
from recommender.analysis import Claim
from recommender.encoders.base import Encoder, Windows
from recommender.errors import AnalysisError, CellDied, Code, IndexUnavailable, ModelMissing, Outcome
from recommender.measurement import FloatArray, Heard
from recommender.models import Analysis
from recommender.stopwatch import Stopwatch

log = logging.getLogger(__name__)


def namespace() -> str:
    """What makes a process id unique on this machine; empty where the kernel does not tell."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot[:8]}-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


NOBODYS = "segue_warm_up"  # a collection that never exists
WARMING_WINDOWS = (
    2  # of silence: a CPU reads windows by twos, a GPU in batches that are filled up, and so meets all of it
)
CALL_SECONDS = 0.25  # of the encoder, about
GLANCE = 0.5  # seconds between looks at who waits, while the cells are at work and nothing comes of it


def encoder() -> Encoder:
    """The encoder that the settings name, loaded once per process."""
    # One thread a call: idle OpenMP threads spin, and on a machine whose cores the cells keep busy they steal more than
    # they give. Read by torch when it is imported, which happens here.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return encoders.load(settings.ENCODER, settings.MODELS_DIR)


class Worker:
    """A process that works: who it is, whether it was asked to go, and what its tracks have cost."""

    def __init__(self) -> None:
        # The boot and the process namespace are part of the name: a process id means something only with them.
        self.home = f"{socket.gethostname()}:{namespace()}"
        self.name = f"{self.home}:{os.getpid()}"
        self.machine = f":{namespace().partition('-')[0]}-"  # in the name of every worker that shares its cores
        self.stopping = threading.Event()  # set when it is asked to go: unfinished rows are handed back
        self.ledger = Stopwatch()
        self._working = threading.Lock()  # one batch at a time: the cells already use every core
        self._sending = threading.Lock()  # two senders would send the same rows
        self._unsealed: Counter[int] = Counter()  # rows sent since the index last wrote them out, by version

    def is_dead(self, name: str) -> bool:
        """Whether a worker of this name ran here and is gone. Of workers elsewhere we know nothing."""
        home, _, process = name.rpartition(":")
        if home != self.home or not process.isdecimal():
            return False
        # Our own number before our own first claim: an earlier process that had it, as the first of a container has.
        return name == self.name or not Path(f"/proc/{process}").exists()

    def bury_the_dead(self) -> None:
        """At the start: take back what workers of this machine held when they were killed. Before any claim."""
        if count := analysis.bury(self.is_dead):
            log.warning("took back %d tracks of workers that were killed", count)

    def warm_up(self) -> None:
        """Load what the first track would otherwise wait for: networks, the cells' libraries, the index client."""
        model = encoder()
        silence = np.zeros((WARMING_WINDOWS, *model.windows.shape), np.float16)
        model.encode([silence])
        log.info("walls of the cells: %s", pipeline.warm_up())
        with suppress(IndexUnavailable):
            index_versions.index().drop(NOBODYS)  # brings the client and connects it; there is none of that name
        log.info("ready: %s %s", model.name, model.version)

    def work(self) -> int:
        """Run until nothing waits or somebody says stop; returns how many tracks were claimed.

        Whoever comes while it works is sent away: the thread that is at it looks for more rows before it ends.
        """
        if not self._working.acquire(blocking=False):
            return 0
        try:
            total = 0
            while not self.stopping.is_set() and (count := self.run()) > 0:
                total += count
            return total
        finally:
            self._working.release()

    def run(self, queues: Iterable[Analysis.Queue] = tuple(Analysis.Queue)) -> int:
        """Work through what waits at this moment; returns how many tracks were claimed."""
        try:
            model = encoder()
        except ModelMissing as error:  # nothing is claimed, so no track pays for it with an attempt
            log.error("tracks wait: %s", error)  # noqa: TRY400 - the message says it all
            return 0
        shift = Shift(self, model, queues)
        with heartbeat(shift):
            shift.work()
        self.sync_index()
        if shift.claimed:
            log.info("%d tracks; CPU seconds since the start: %s", shift.claimed, self.ledger)
        return shift.claimed

    def sync_index(self) -> int:
        """Send what the index lacks, version by version; returns how many rows went. A silent one is left for later.

        So is the rest once somebody waits for an upload: to fill an index anew takes minutes.
        """
        sent = 0
        with self._sending:
            for version in index_versions.live():
                try:
                    with self.ledger("index"):
                        while (count := outbox.send(version)) > 0:
                            sent += count
                            self._unsealed[version.pk] += count
                            if analysis.someone_waits():
                                return sent
                        if self._unsealed[version.pk] >= outbox.MANY:
                            outbox.seal(version)
                            self._unsealed[version.pk] = 0
                except IndexUnavailable as error:
                    log.warning("the vector index does not answer (%s); rows stay in the outbox", error)
                    break
        return sent

    def advance_index(self) -> None:
        """Fill an index version that is being built, let it answer once it is complete, say moods as it sees them."""
        while not self.stopping.is_set() and index_versions.advance():
            self.sync_index()
        while not self.stopping.is_set() and index_versions.follow_moods():
            pass


class Shift:
    """A worker's way through the queue: rows are claimed batch by batch, heard in cells, encoded and stored.

    Files are claimed as the cells have room for them, so neither cores nor device stand still between two batches. Who
    waits for an upload is looked for whenever something was heard or encoded, and twice a second while nothing is: such
    a file goes before all that was claimed, into a cell of its own if need be.
    """

    def __init__(self, worker: Worker, model: Encoder, queues: Iterable[Analysis.Queue]) -> None:
        self.claimed = 0
        self.tokens: set[str] = set()
        self._worker = worker
        self._model = model
        self._queues = list(queues)
        self._next: deque[Claim] = deque()
        self._in_cells: dict[Path, list[Claim]] = {}
        self._heard: list[tuple[Claim, Heard]] = []  # what the encoder has not been given yet
        self._portion = 1  # tracks in one call of the encoder
        self._unsent = 0
        self._crew = pipeline.hearers(settings.ANALYSIS_CELLS, worker.stopping)

    def work(self) -> None:
        """Hear, encode and store until nothing waits. What is unfinished at the end is handed back."""
        stopping = self._worker.stopping
        try:
            with self._crew:
                self._feed()
                while not stopping.is_set() and (self._crew.busy or self._heard):
                    self._crew.step_back(analysis.someone_waits_beside(self._worker.name, self._worker.machine))
                    self._take(self._crew.ready(0 if self._heard else GLANCE))
                    if self._heard and not stopping.is_set():
                        portion, self._heard = self._heard[: self._portion], self._heard[self._portion :]
                        self._encode_and_store(portion)
                    self._feed()
        finally:
            self._crew.step_back(False)
            # Also after an unforeseen error: only what was just being measured or stored has to answer for it.
            if left := leases.given_back(lambda: analysis.hand_back(self._held()), stopping):
                log.info("handed back %d tracks", left)

    def _feed(self) -> None:
        """Give the cells as much as they have room for, and claim what that takes."""
        while not self._worker.stopping.is_set():
            room = self._crew.room - len(self._heard)
            if not self._next and room > 0:
                self._claim(settings.ANALYSIS_BATCH, self._queues)
            elif not self._first_is_urgent() and (room > 0 or self._crew.spare) and self._someone_waits():
                self._claim(max(1, room), [Analysis.Queue.INTERACTIVE])
            if not self._next or not (room > 0 or (self._first_is_urgent() and self._crew.spare)):
                return
            self._hear(self._next.popleft())

    def _first_is_urgent(self) -> bool:
        return bool(self._next) and self._next[0].urgent

    def _someone_waits(self) -> bool:
        return Analysis.Queue.INTERACTIVE in self._queues and analysis.someone_waits()

    def _claim(self, limit: int, queues: Iterable[Analysis.Queue]) -> None:
        """Put claims at the front of what comes next."""
        claims = analysis.claim(self._worker.name, limit, queues)
        self.tokens = {one.token for one in (*self._held(), *claims)}  # nothing is being encoded at this moment
        self.claimed += len(claims)
        self._next.extendleft(reversed(claims))

    def _hear(self, one: Claim) -> None:
        path = storage.path_of(one.sha256, one.extension)
        if path.exists():
            self._in_cells.setdefault(path, []).append(one)  # two tracks may be the same file
            analysis.enter([one], Analysis.Stage.DECODE)
            self._crew.start((path, self._model.windows), urgent=one.urgent)
        else:
            analysis.fail(one, Code.FILE_MISSING, f"{path.name} is not in the media folder")

    def _held(self) -> list[Claim]:
        """What is claimed and not yet encoded."""
        in_cells = (one for held in self._in_cells.values() for one in held)
        return [*self._next, *in_cells, *(one for one, _ in self._heard)]

    def _take(self, ended: Sequence[tuple[tuple[Path, Windows], Outcome[Heard]]]) -> None:
        """Note what cells made of their files; what they heard stands before the encoder, urgent first."""
        for (path, _), outcome in ended:
            held = self._in_cells[path].pop()
            if not self._in_cells[path]:
                del self._in_cells[path]
            match outcome:
                case AnalysisError():
                    log.info("track %d is not analysable: %s", held.track_id, outcome)
                    analysis.fail(held, outcome.code, outcome.detail)
                case CellDied():
                    log.warning("track %d killed its cell: %s", held.track_id, outcome)
                    analysis.lose(held, outcome.code, outcome.detail)
                case Heard():
                    self._heard.append((held, outcome))
        self._heard.sort(key=lambda pair: not pair[0].urgent)

    def _encode_and_store(self, portion: Sequence[tuple[Claim, Heard]]) -> None:
        analysis.enter([held for held, _ in portion], Analysis.Stage.ENCODE)
        began = time.perf_counter()
        with self._worker.ledger("encoder"):
            measured = pipeline.measure([heard for _, heard in portion], self._model, self._known(portion))
        # A device that is fast gets more at a time; nobody, stop signals included, waits long for one call.
        self._portion = max(1, min(2 * len(portion), int(CALL_SECONDS * len(portion) / (time.perf_counter() - began))))
        for (held, heard), result in zip(portion, measured, strict=True):
            self._worker.ledger.add(heard.costs.cpu, heard.costs.wall, heard.costs.peak_bytes)
            with self._worker.ledger("store"):
                storing.store(held, heard, result, self._model)
        self._send(portion)

    def _known(self, portion: Sequence[tuple[Claim, Heard]]) -> list[FloatArray | None]:
        """What the encoder said of these tracks before, if it and all that it reads are still the same."""
        found: list[FloatArray | None] = []
        for held, heard in portion:
            versions = {**heard.versions, **pipeline.analysis_versions(self._model)}
            stored = results.embeddings([held.track_id], self._model.name, versions, pipeline.HEARING)
            found.append(stored.get(held.track_id))
        return found

    def _send(self, portion: Sequence[tuple[Claim, Heard]]) -> None:
        """Bring results into the index batch by batch, those that somebody waits for at once."""
        self._unsent += len(portion)
        if portion[0][0].urgent or self._unsent >= settings.ANALYSIS_BATCH:
            self._unsent = 0
            self._worker.sync_index()


def heartbeat(shift: Shift) -> AbstractContextManager[None]:
    """Keep the leases of all claims alive while they are worked on."""
    return leases.renewed(lambda: analysis.extend(*tuple(shift.tokens)), settings.ANALYSIS_LEASE_SECONDS / 3)
