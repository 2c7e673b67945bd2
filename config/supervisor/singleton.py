"""One `manage.py up` per data folder, and what other processes may know about it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class RunningAlready(Exception):
    """Another `up` serves this data folder; `url` is empty while it is still starting."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@contextmanager
def only_one(lock: Path) -> Iterator[Callable[[str], None]]:
    """Hold the data folder; what comes back leaves our address for the next who tries.

    Raises
    ------
    RunningAlready
        When another process holds it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunningAlready(lock.read_text(encoding="utf-8").strip()) from error

        def tell(url: str) -> None:
            handle.truncate(0)
            handle.write(url)
            handle.flush()

        tell("")
        try:
            yield tell
        finally:
            tell("")


@contextmanager
def written_down(path: Path, addresses: Mapping[str, str]) -> Iterator[None]:
    """Tell `manage.py` calls of other terminals where our children listen; passwords are in it, so for us alone."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as handle:
        json.dump(dict(addresses), handle)
    fresh.replace(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
