"""Cells side by side, ahead of the one who asked; one more of them while somebody waits for what is urgent."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Generic, Self, TypeVar

from recommender.errors import AnalysisError, CellDied, Outcome
from recommender.sandbox.cell import Cell, step_back
from recommender.sandbox.walls import Limits

T = TypeVar("T")
Call = TypeVar("Call", bound=tuple[object, ...])

AHEAD = 2  # results per cell that may wait for the one who asked


class Crew(Generic[Call, T]):
    """Calls a function on files of strangers, up to `cells` at a time, those that are urgent first.

    While all cells are busy with what is not urgent, one more is started for what is. Used by one thread, as a context:
    leaving it, or setting `stop` from any thread, kills the cells that still run; their calls stay unanswered.
    `background` are the limits of what is not urgent, if others than those of the rest.
    """

    def __init__(
        self,
        function: Callable[..., T],
        cells: int = 2,
        stop: threading.Event | None = None,
        limits: Limits | None = None,
        background: Limits | None = None,
    ) -> None:
        self._function, self._cells = function, cells
        self._cell = {True: Cell(limits), False: Cell(background or limits)}
        self._stop, self._closed = stop, threading.Event()
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._waiting: list[tuple[bool, int, Call]] = []  # a heap: urgent first, then as they came
        self._running: list[bool] = []  # whether it is urgent, of each call in a cell
        self._ended: list[tuple[Call, Future[T]]] = []
        self._pool = ThreadPoolExecutor(cells + 1, thread_name_prefix="cell")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed.set()
        self._pool.shutdown()

    @property
    def busy(self) -> bool:
        """Whether a result is still to come."""
        with self._changed:
            return not self._given_up() and bool(self._waiting or self._running or self._ended)

    @property
    def room(self) -> int:
        """How many calls more keep the cells busy for as long as the one who asks looks away, and do not pile up."""
        with self._changed:
            return self._cells * AHEAD - len(self._waiting) - len(self._running) - len(self._ended)

    @property
    def spare(self) -> bool:
        """Whether an urgent call would start at once."""
        with self._changed:
            return not (self._waiting and self._is_urgent(self._waiting[0])) and self._admits(urgent=True)

    def start(self, call: Call, *, urgent: bool = False) -> None:
        """Hand a call over, whether there is room or not."""
        with self._changed:
            heapq.heappush(self._waiting, (not urgent, next(self._numbers), call))
            self._fill()

    def ready(self, seconds: float | None = None) -> list[tuple[Call, Outcome[T]]]:
        """All that ended since the last time, errors as values; waits for the first of them, at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or not self._running, seconds)
            ended, self._ended = self._ended, []
        answers: list[tuple[Call, Outcome[T]]] = []
        for call, future in [] if self._given_up() else ended:
            outcome: Outcome[T] = _outcome(future)
            answers.append((call, outcome))
        return answers

    def step_back(self, wanted: bool) -> None:
        """Lower the priority of what is not urgent while a neighbour on this machine has what is, or no longer."""
        with self._changed:
            step_back(wanted and not any(self._running))

    def _fill(self) -> None:
        while self._waiting and not self._given_up() and self._admits(urgent=self._is_urgent(self._waiting[0])):
            first = heapq.heappop(self._waiting)
            urgent = self._is_urgent(first)
            self._running.append(urgent)
            future = self._pool.submit(self._cell[urgent].call, self._function, first[-1], self._given_up)
            future.add_done_callback(partial(self._end, first))

    def _admits(self, *, urgent: bool) -> bool:
        busy = len(self._running)
        return busy < self._cells or (urgent and busy == self._cells and not any(self._running))

    def _end(self, call: tuple[bool, int, Call], future: Future[T]) -> None:
        with self._changed:
            self._running.remove(self._is_urgent(call))
            self._ended.append((call[-1], future))
            self._fill()
            self._changed.notify_all()

    def _given_up(self) -> bool:
        return self._closed.is_set() or (self._stop is not None and self._stop.is_set())

    @staticmethod
    def _is_urgent(call: tuple[bool, int, Call]) -> bool:
        return not call[0]


def run_many(
    function: Callable[..., T],
    calls: Iterable[Call],
    cells: int = 2,
    stop: threading.Event | None = None,
    limits: Limits | None = None,
) -> Iterator[tuple[Call, Outcome[T]]]:
    """Call a function many times, `cells` at a time; results come as they are ready, errors as values.

    The cells work ahead of the one who iterates, by `AHEAD` results each. Setting `stop`, or closing the iterator,
    kills the cells that still run; their calls stay unanswered.
    """
    rest = iter(calls)
    with Crew[Call, T](function, cells, stop, limits) as crew:
        while True:
            for call in itertools.islice(rest, max(0, crew.room)):
                crew.start(call)
            if not crew.busy:
                return
            yield from crew.ready()


def _outcome(future: Future[T]) -> Outcome[T]:
    try:
        return future.result()
    except (AnalysisError, CellDied) as error:
        return error
