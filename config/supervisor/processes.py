"""Child processes that come back when they die, and that go when their parent goes."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

SHORTEST_PAUSE = 1.0  # seconds before a restart; doubled by every further failure
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0  # seconds that a child must run until its failures are forgotten
LOG_BYTES = 10_000_000
TICK = 0.2
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Service:
    """What to run, and how to see that it runs."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)  # beside our own
    answers: Callable[[], bool] = lambda: True
    typed: str = ""  # goes to its standard input: secrets have no place on a command line that everybody can list
    grace: float = 10.0  # seconds between the request to end and the order to end


class Child:
    """One service as a process; `watch` brings it back when it died."""

    def __init__(self, service: Service, logs: Path, say: Say) -> None:
        self.service = service
        self.log = logs / f"{service.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._say = say
        self._pause = SHORTEST_PAUSE
        self._started_at = 0.0
        self._start_at = 0.0

    def start(self) -> None:
        """Start the process in a group of its own, so that Ctrl-C reaches us alone and we choose the order."""
        rotate(self.log)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - the command is ours
                list(self.service.command),
                env={**os.environ, **self.service.environment},
                stdin=subprocess.PIPE if self.service.typed else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent(os.getpid()),  # noqa: PLW1509 - the supervisor has one thread
            )
        if self.process.stdin is not None:
            with suppress(BrokenPipeError), self.process.stdin as pipe:
                pipe.write(self.service.typed.encode())
        self._started_at = time.monotonic()

    def watch(self) -> None:
        """Notice a death and start again after a pause that grows with every failure."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._start_at:
                self.start()
        elif (status := self.process.poll()) is not None:
            self._clear_group()
            if now - self._started_at >= HEALTHY_AFTER:
                self._pause = SHORTEST_PAUSE
            said = f" It said: {last_line(self.log)}" if status > 0 else ""
            self._say(
                f"{self.service.name} {_ending(status)} and starts again in {self._pause:.0f} s.{said} ({self.log})"
            )
            self.process, self._start_at = None, now + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        elif self.log.stat().st_size > LOG_BYTES:
            rotate(self.log)

    def ask_to_end(self) -> None:
        """Send SIGTERM."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.terminate()

    def end(self) -> None:
        """Wait for the end as long as the service's grace lasts, then kill what is left of its group."""
        if self.process is None:
            return
        try:
            self.process.wait(self.service.grace)
        except subprocess.TimeoutExpired:
            self._say(f"{self.service.name} did not end within {self.service.grace:.0f} s and is killed")
        finally:  # an impatient second Ctrl-C comes this way as well
            self._clear_group()
            self.process.wait()
            self.process = None

    def _clear_group(self) -> None:
        assert self.process is not None
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Children in the order of their start; they end in the opposite order."""

    def __init__(self, logs: Path, say: Say) -> None:
        self.children: list[Child] = []
        self._logs = logs
        self._say = say
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, service: Service) -> Child:
        """Start one more service."""
        child = Child(service, self._logs, self._say)
        child.start()
        self.children.append(child)
        return child

    def wait_for(self, child: Child, seconds: float) -> bool:
        """Watch all children until `child` answers; False when it does not within `seconds`."""
        end = time.monotonic() + seconds
        while not child.service.answers():
            if time.monotonic() > end:
                return False
            self._look_after_all()
            time.sleep(TICK / 4)
        return True

    def watch(self) -> None:
        """Look after the children until an exception, such as Ctrl-C, ends it."""
        while True:
            self._look_after_all()
            time.sleep(TICK)

    def stop(self) -> None:
        """End all, the last started first."""
        for child in reversed(self.children):
            child.ask_to_end()
            child.end()
        self.children.clear()

    def _look_after_all(self) -> None:
        for child in self.children:
            child.watch()


def rotate(log: Path) -> None:
    """Move a log that grew too long aside. Copied and cut, because the process that writes holds it open."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            os.truncate(log, 0)


def last_line(log: Path) -> str:
    """What a process said last, shortened for a message."""
    with log.open("rb") as handle:
        handle.seek(max(log.stat().st_size - 2_000, 0))
        lines = handle.read().decode(errors="replace").split("\n")
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "nothing")


def _ending(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def _end_with_parent(parent: int) -> Callable[[], None] | None:
    """Ask Linux to end the child with us, even when we are killed and cannot say good-bye."""
    if LIBC is None:
        return None
    set_option = LIBC.prctl

    def before_exec() -> None:
        set_option(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # we died between the fork and this line
            os._exit(1)

    return before_exec
