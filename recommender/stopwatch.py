"""What a piece of work costs, stage by stage: CPU seconds of the thread that does it, and seconds on the wall."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Stopwatch:
    """Sums up by stage. Not for several threads at once: the clock is that of the calling thread."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = defaultdict(float)
        self.wall: dict[str, float] = defaultdict(float)
        self.peak_bytes = 0

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """Charge the block to a stage."""
        cpu, wall = time.thread_time(), time.perf_counter()
        try:
            yield
        finally:
            self.cpu[stage] += time.thread_time() - cpu
            self.wall[stage] += time.perf_counter() - wall

    def through(self, stage: str, parts: Iterable[T]) -> Iterator[T]:
        """Pass an iterable on, charging a stage with what it takes to make each part."""
        iterator = iter(parts)
        while True:
            with self(stage):
                part = next(iterator, None)
            if part is None:
                return
            yield part

    def add(self, cpu: Mapping[str, float], wall: Mapping[str, float], peak_bytes: int = 0) -> None:
        """Take over what was measured elsewhere, such as in a cell."""
        for stage, seconds in cpu.items():
            self.cpu[stage] += seconds
        for stage, seconds in wall.items():
            self.wall[stage] += seconds
        self.peak_bytes = max(self.peak_bytes, peak_bytes)

    def __str__(self) -> str:
        return ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in self.cpu.items())
