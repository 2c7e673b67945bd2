"""What a decoder might do once a file has taken it over. Called inside cells only."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.audio import pyav
from recommender.encoders.base import Windows
from recommender.errors import AnalysisError, Code
from recommender.measurement import Heard
from recommender.pipeline import hear


@dataclass(frozen=True)
class Parcel:
    """A result of every kind of value."""

    words: str
    number: float
    count: int
    flag: bool
    nothing: int | None
    raw: bytes
    pair: tuple[float, ...]
    names: dict[str, str]
    array: NDArray[np.float32]
    halves: NDArray[np.float16]


def parcel(count: int) -> Parcel:
    """Well-behaved."""
    array = np.arange(count, dtype=np.float32).reshape(1, -1)
    return Parcel("Jóga", 0.1, count, True, None, b"\0\xff", (1.0, 2.5), {"a": "b"}, array, array.astype(np.float16))


def refuse() -> int:
    """A final answer."""
    raise AnalysisError(Code.SILENT, "hush")


def blunder() -> int:
    """A mistake of ours."""
    raise RuntimeError("this was not foreseen")


def resign() -> int:
    """Ends as a program does that was asked to, which is no error of anybody."""
    raise SystemExit(0)


def eat_memory() -> int:
    """Take more than the cell has."""
    return len(np.ones(4 << 30, np.uint8))


def spin() -> int:
    """Burn CPU for ever."""
    while True:
        pass


def sleep(seconds: float) -> int:
    """Do nothing for long."""
    time.sleep(seconds)
    return os.getpid()


def crash() -> int:
    """Read address nought."""
    return len(ctypes.string_at(0))


def hear_or_crash(path: Path, wanted: Windows) -> Heard:
    """As `pipeline.hear`, with a decoder that WAV files take down."""
    if path.suffix == ".wav":
        crash()
    return hear(path, wanted)


def hear_late(path: Path, wanted: Windows) -> Heard:
    """As `pipeline.hear`, which takes its time with WAV files."""
    time.sleep(6.0 if path.suffix == ".wav" else 0.0)
    return hear(path, wanted)


def hear_impatiently(path: Path, wanted: Windows) -> Heard:
    """As `pipeline.hear`, with half a second for the header."""
    pyav.OPENING = 0.5
    return hear(path, wanted)


def niceness(seconds: float) -> int:
    """How far this cell steps back for others by then."""
    time.sleep(seconds)
    return os.nice(0)


def hear_niceness(_path: Path, _wanted: Windows) -> Heard:
    """Refuses every file after a while, and says how far this cell stepped back by then."""
    raise AnalysisError(Code.SILENT, str(niceness(2.0)))


def leave(code: int) -> int:
    """End without an answer."""
    os._exit(code)


def flood(size: int) -> bytes:
    """Answer with too much."""
    return bytes(size)


def wrong_type() -> int:
    """Answer with something else than promised."""
    return "seven"  # type: ignore[return-value]


def not_finite() -> NDArray[np.float32]:
    """Answer with what must not reach an index."""
    return np.array([1.0, np.nan], np.float32)


def attempt(what: str, target: str) -> str:
    """Try something that a decoder has no business with: the name of the error, or "done"."""
    try:
        _ATTEMPTS[what](target)
    except (OSError, subprocess.SubprocessError) as error:
        return type(error).__name__
    return "done"


def _connect(address: str) -> None:
    host, port = address.rsplit(":", 1)
    socket.create_connection((host, int(port)), timeout=2).close()


def _open_for_writing(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC))


_ATTEMPTS = {
    "read": lambda path: Path(path).read_bytes(),
    "list": lambda path: list(Path(path).iterdir()),
    "connect": _connect,
    "fork": lambda _: os.fork() or os._exit(0),
    "execute": lambda path: os.execv(path, [path]),
    "write": _open_for_writing,
    "delete": lambda path: Path(path).unlink(),
    "rename": lambda path: Path(path).rename(path + ".moved"),
    "kill": lambda pid: os.kill(int(pid), 0),
}


def environment() -> list[str]:
    """Names of the variables that a cell could read."""
    return sorted(
        {*os.environ, *(part.partition("=")[0] for part in Path("/proc/self/environ").read_text().split("\0"))}
    )


def sizes(given: Path, other: str) -> list[int]:
    """Bytes of the file that the cell was given and of another one, -1 where it may not be read."""
    found = []
    for path in (given, Path(other)):
        try:
            found.append(len(path.read_bytes()))
        except OSError:
            found.append(-1)
    return found


def loaded() -> list[str]:
    """Modules that this cell was born with."""
    return sorted(sys.modules)


def descriptors() -> list[int]:
    """Open files beyond the one that lists them."""
    return sorted(int(entry.name) for entry in Path("/proc/self/fd").iterdir())[:-1]
