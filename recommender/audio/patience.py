"""How much CPU one step may take on a stranger's file before it is left behind.

On the main thread only, as signals are: the only one of a cell.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in work of Python's that takes more CPU than that."""

    def ring(_number: int, _frame: object) -> None:
        raise TimeoutError(f"more than {seconds:g} s of CPU")

    with _bell(seconds, ring):
        yield


@contextmanager
def or_end(seconds: float) -> Iterator[None]:
    """End this process by SIGVTALRM if a library that hears of no exception takes more CPU than that."""
    with _bell(seconds, signal.SIG_DFL):
        yield


@contextmanager
def _bell(seconds: float, rings: Callable[[int, object], None] | signal.Handlers) -> Iterator[None]:
    before = signal.signal(signal.SIGVTALRM, rings)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
