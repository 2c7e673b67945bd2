"""Claims that are held while the work on them goes on, however long that takes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection

log = logging.getLogger(__name__)

PATIENCE = 120.0  # seconds that a database may be away, as one is that starts anew
PAUSE = 1.0


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


def given_back(give_back: Callable[[], int], hurry: threading.Event) -> int:
    """Call `give_back` until the database takes it: what it is not told of would count as an attempt that died.

    Raises what the database says after PATIENCE, or when there is no time because somebody waits for us to go.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return give_back()
        except DatabaseError as error:
            if hurry.is_set() or time.monotonic() > end:
                raise
            log.warning("claims wait to be given back: %s", error)
            connection.close()
            time.sleep(PAUSE)
