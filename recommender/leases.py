"""Claims that are held while the work on them goes on, however long that takes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

log = logging.getLogger(__name__)


@contextmanager
def renewed(renew: Callable[[], object], every: float) -> Iterator[None]:
    """Call `renew` every so many seconds from a thread of its own while the block runs.

    A lease should outlive two beats: one that the database refuses is logged, and the next one may come through.
    """
    done = threading.Event()

    def beat() -> None:
        try:
            while not done.wait(every):
                try:
                    renew()
                except DatabaseError as error:
                    log.warning("the leases were not renewed: %s", error)
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)
