"""Makes renditions: what a browser cannot play, or plays late, is written anew in a cell, one track after the other."""

from __future__ import annotations

import logging
import threading

from catalog import renditions, storage
from recommender.audio import render
from recommender.errors import AnalysisError, CellDied
from recommender.sandbox import Cell, Limits
from recommender.sandbox.walls import MIB

log = logging.getLogger(__name__)

LIMITS = Limits(memory_bytes=1024 * MIB, cpu_seconds=600, wall_seconds=900.0, output_bytes=200 * MIB)

_at_work = threading.Lock()  # one at a time in a process: analyses go first


def work(stop: threading.Event) -> int:
    """Make what is waited for, until nothing is left or somebody wants an end; returns how many were made."""
    if not _at_work.acquire(blocking=False):
        return 0
    made = 0
    try:
        while not stop.is_set() and (claimed := renditions.claim()) is not None:
            made += _make(claimed)
        return made
    finally:
        _at_work.release()


def _make(claimed: renditions.Rendition) -> bool:
    path = storage.path_of(claimed.track.sha256, claimed.track.extension)
    try:
        renditions.keep(claimed, Cell(LIMITS).run(render.render, path, claimed.extension))
    except AnalysisError as error:
        renditions.give_up(claimed, error.detail)
    except storage.StoreFull:
        log.warning("the disk is too full for the rendition of track %d; it is made later", claimed.track_id)
        renditions.postpone(claimed)
    except CellDied as error:
        log.warning("no rendition of track %d: %s", claimed.track_id, error)
        if claimed.attempts >= renditions.MAX_ATTEMPTS:
            renditions.give_up(claimed, str(error))
    else:
        return True
    return False
