"""The worker's side of the cell: send a function in, get its result or the reason of its death."""

from __future__ import annotations

import atexit
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from recommender.errors import AnalysisError, CellDied, Code
from recommender.sandbox import frames
from recommender.sandbox.walls import YIELDING, Limits

P = ParamSpec("P")
T = TypeVar("T")

CHUNK = 1 << 20
GLANCE = 0.2  # seconds between looks at the clock while a cell is silent
# What a cell may know of our environment. How sums are computed is among it, or it would compute others than we do.
HARMLESS = ("PATH", "LANG", "LC_", "TZ", "LD_LIBRARY_PATH", "PYTHON", "NUMBA_", "OMP_", "OPENBLAS_", "MKL_", "BLIS_")

# How a cell ends that was too busy, and what that means.
LAVISH = {-signal.SIGXCPU: "more than {} s of CPU", -signal.SIGVTALRM: "a header full of far too much, as tags"}


class Stopped(Exception):
    """The caller no longer wants the result; the cell was killed."""


class _Nursery:
    """The one nursery of this process, started when first needed and again whenever it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._stepped_back = False

    def send(self, request: bytes, descriptors: list[int]) -> None:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._start()
            assert self._control is not None
            try:
                socket.send_fds(self._control, [request], descriptors)
            except OSError:  # it died a moment ago
                self._start()
                socket.send_fds(self._control, [request], descriptors)

    def step_back(self, wanted: bool) -> None:
        with self._lock:
            if self._process is None or self._control is None or not (wanted or self._stepped_back):
                return
            with suppress(OSError):  # it is gone; or there are no groups, or this one was changed a moment ago
                if wanted:
                    self._control.send(frames.STEP_BACK)
                Path(f"/proc/{self._process.pid}/autogroup").write_text(str(YIELDING if wanted else 0))
                self._stepped_back = wanted

    def _start(self) -> None:
        self.stop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # One thread per cell: forked threads hang, and the same sum in another order is another vector.
            alone = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "recommender.sandbox.nursery", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={**_harmless(), **alone, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)},
                start_new_session=True,
            )
        self._control = ours

    def spent(self) -> float:
        """CPU seconds of the nursery and of all cells that ended, where the kernel tells."""
        stat = Path(f"/proc/{self._process.pid}/stat") if self._process is not None else None
        if stat is None or not stat.exists():
            return 0.0
        times = stat.read_text(encoding="ascii").rpartition(")")[2].split()[11:15]
        return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """Hang up: the nursery ends its cells and itself."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        self._process = self._control = None
        self._stepped_back = False

    def forget(self) -> None:
        """After a fork: the nursery belongs to the parent."""
        if self._control is not None:
            self._control.close()
        self._lock, self._process, self._control = threading.Lock(), None, None


def _harmless() -> dict[str, str]:
    """Our environment without passwords and keys: a cell could read them out of its own memory."""
    return {name: value for name, value in os.environ.items() if name.startswith(HARMLESS)}


_nursery = _Nursery()
os.register_at_fork(after_in_child=_nursery.forget)
atexit.register(_nursery.stop)


def spent() -> float:
    """CPU seconds that cells of this process have cost so far, their nursery included."""
    return _nursery.spent()


def step_back(wanted: bool) -> None:
    """Lower the priority of all cells of this process, or no longer; to be asked for again for as long as it is wanted.

    Linux may share its cores out by session (`man 7 sched`, autogroup): there it is the nursery's, and can be raised
    again. Elsewhere those cells that give way keep the lower priority for as long as they live.
    """
    _nursery.step_back(wanted)


class Cell:
    """Runs functions on files of strangers, each in a fresh child process. May be shared by threads."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()

    def run(self, function: Callable[P, T], *args: P.args, **_none: P.kwargs) -> T:
        """Call a function in a cell.

        Parameters
        ----------
        function : callable
            Top-level, annotated with the type of its result: a dataclass, array, number, string, or bytes.
        args
            Anything small that pickles.

        Returns
        -------
        The function's result.

        Raises
        ------
        AnalysisError
            As the function raised it: a final answer about the file. Also for what uses up its CPU.
        CellDied
            Memory, time on the wall or a crash; nothing else was harmed.
        """
        return self.call(function, args, lambda: False)

    def call(self, function: Callable[..., T], args: tuple[object, ...], given_up: Callable[[], bool]) -> T:
        """As `run`, for as long as nobody has given up; raises Stopped when somebody has, and the cell is gone."""
        request = pickle.dumps((function, args, self.limits))
        if len(request) > frames.REQUEST_BYTES:
            raise ValueError(f"{len(request)} bytes of arguments: hand over a path instead")
        data, end = self._attempt(request, given_up)
        if not end:  # the nursery was killed, which is nobody's fault here: one more time with a new one
            data, end = self._attempt(request, given_up)
        return self._judge(function, data, end)

    def _attempt(self, request: bytes, given_up: Callable[[], bool]) -> tuple[bytes, bytes]:
        """What a new cell wrote, and how it ended: nothing when the nursery did not live to tell."""
        result, inner = os.pipe()
        status, report = socket.socketpair()
        with status, os.fdopen(result, "rb", buffering=0) as pipe:
            try:
                _nursery.send(request, [inner, report.fileno()])
            finally:
                os.close(inner)
                report.close()
            return self._listen(pipe.fileno(), status, given_up)

    def _listen(self, pipe: int, status: socket.socket, given_up: Callable[[], bool]) -> tuple[bytes, bytes]:
        """All that the cell wrote and how it ended. Leaving early hangs up, and hanging up kills the cell."""
        deadline = time.monotonic() + self.limits.wall_seconds
        parts: list[bytes] = []
        size, end = 0, b""
        waiting = select.poll()
        waiting.register(pipe, select.POLLIN)
        waiting.register(status, select.POLLIN)
        opened = 2
        while opened:
            ready = waiting.poll(GLANCE * 1000)
            if given_up():
                raise Stopped
            if time.monotonic() > deadline:
                raise CellDied(Code.CELL_TIMEOUT, f"not done after {self.limits.wall_seconds:g} s")
            for descriptor, _event in ready:
                piece = os.read(descriptor, CHUNK)
                if descriptor == pipe and piece:
                    parts.append(piece)
                    size += len(piece)
                    if size > self.limits.output_bytes:
                        raise CellDied(Code.CELL_CRASHED, f"answered with more than {self.limits.output_bytes} bytes")
                    continue
                end = piece if descriptor != pipe else end
                waiting.unregister(descriptor)
                opened -= 1
        return b"".join(parts), end

    def _judge(self, function: Callable[..., T], data: bytes, end: bytes) -> T:
        if len(end) != frames.END.size:
            raise CellDied(Code.CELL_CRASHED, "the nursery ended under it")
        status, _peak = frames.END.unpack(end)
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            try:
                return frames.unpack(frames.result_type(function), data)
            except frames.BrokenFrame as error:
                raise CellDied(Code.CELL_CRASHED, str(error)) from error
        raise self._obituary(code, data)

    def _obituary(self, code: int, data: bytes) -> AnalysisError | CellDied:
        if code in (frames.EXIT_MEMORY, -signal.SIGKILL):  # SIGKILL that we did not send is the kernel, out of memory
            return CellDied(Code.CELL_MEMORY, f"wanted more than {self.limits.memory_bytes >> 20} MiB")
        if code in LAVISH:  # final: unlike time on the wall, CPU will be the same the next time
            return AnalysisError(Code.TOO_COSTLY, LAVISH[code].format(self.limits.cpu_seconds))
        if code < 0:
            return CellDied(Code.CELL_CRASHED, f"killed by {signal.Signals(-code).name}")
        return CellDied(Code.CELL_CRASHED, data[:300].decode("utf-8", "replace") or f"exit code {code}")
