"""The process from which cells are born: it holds the decoder's libraries, so that a fresh cell costs a fork.

Runs as `python -m recommender.sandbox.nursery FD`. Over the socket FD come requests (function, arguments, limits) with
two descriptors each: where the cell writes its result, and where the nursery reports how the cell ended. Hanging up the
second kills the cell; hanging up FD ends everything. So nothing outlives the worker, not even after kill -9. The one
request of another kind is `frames.STEP_BACK`.
"""

from __future__ import annotations

import os
import pickle
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from recommender.errors import AnalysisError
from recommender.sandbox import frames, landlock, walls


@dataclass(slots=True)
class Nursery:
    """Forks one cell per request, and buries it."""

    control: socket.socket
    cells: dict[int, socket.socket] = field(default_factory=dict)  # pid -> where its end is reported
    humble: set[int] = field(default_factory=set)  # of these, the ones that give way
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def work(self) -> None:
        """Serve until the worker hangs up."""
        woken, waker = socket.socketpair()
        for end in (woken, waker):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(waker.fileno())
        self.selector.register(self.control, selectors.EVENT_READ, "control")
        self.selector.register(woken, selectors.EVENT_READ, "child")
        while True:
            for key, _events in self.selector.select():
                if key.data == "control":
                    if not self._serve():
                        self._end()
                        return
                elif key.data == "child":
                    woken.recv(4096)
                elif key.data in self.cells:  # the worker hung up on this cell
                    os.kill(key.data, signal.SIGKILL)
                    self.selector.unregister(key.fileobj)
            self._bury()

    def _serve(self) -> bool:
        request, descriptors, _flags, _address = socket.recv_fds(self.control, frames.REQUEST_BYTES, 2)
        if not request:
            return False
        if request == frames.STEP_BACK:
            self._lower()
            return True
        result, status = descriptors
        errand = pickle.loads(request)  # noqa: S301 - our own worker wrote it; it loads the function's modules, for all cells
        nursery = os.getpid()
        pid = os.fork()
        if pid == 0:
            live(errand, result, nursery)
        os.close(result)
        report = socket.socket(fileno=status)
        self.cells[pid] = report
        self._rank(pid, errand[-1])
        self.selector.register(report, selectors.EVENT_READ, pid)
        return True

    def _rank(self, pid: int, limits: walls.Limits) -> None:
        """Lower the priority of those that give way while others live."""
        if limits.gives_way:
            self.humble.add(pid)
        if self.cells.keys() - self.humble:
            self._lower()

    def _lower(self) -> None:
        """For good: nobody without privileges may raise a priority. But no cell lives long."""
        # Linux stops at 19. Nobody but root may step forward: an absolute number would end us under `nice`.
        lower = os.getpriority(os.PRIO_PROCESS, 0) + walls.YIELDING
        for one in self.humble:
            os.setpriority(os.PRIO_PROCESS, one, lower)

    def _bury(self) -> None:
        while self.cells:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            report = self.cells.pop(pid)
            self.humble.discard(pid)
            if report.fileno() in self.selector.get_map():
                self.selector.unregister(report)
            with suppress(OSError):  # the worker may no longer want to know
                report.send(frames.END.pack(status, usage.ru_maxrss))
            report.close()

    def _end(self) -> None:
        for pid in self.cells:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def live(errand: tuple[object, tuple[object, ...], walls.Limits], result: int, nursery: int) -> None:
    """The whole life of a cell; never returns."""
    code = frames.EXIT_FAILED
    try:
        walls.die_with(nursery)
        signal.set_wakeup_fd(-1)
        function, arguments, limits = errand
        result = _only(result)
        walls.set_limits(limits)
        landlock.restrict(one for one in arguments if isinstance(one, Path))
        walls.filter_calls()
        assert callable(function)
        try:
            answer = frames.pack(function(*arguments))
        except AnalysisError as error:
            answer = frames.pack_error(error)
        with os.fdopen(result, "wb") as pipe:
            pipe.write(answer)
        code = 0
    except MemoryError:
        code = frames.EXIT_MEMORY
    # Expected are errors of decoders and tag readers (FFmpegError, LibsndfileError, struct.error, UnicodeDecodeError)
    # that nobody mapped to a code. Whatever it is costs this one attempt, with its type told, and the process ends.
    except Exception as error:  # noqa: BLE001 - a library met a stranger's file: no list of its errors is complete
        os.write(result, frames.pack_failure(error))
    finally:
        os._exit(code)


def _only(result: int) -> int:
    """Keep one descriptor, as number 3; standard input and outputs lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    kept = os.dup(result)
    for standard in range(3):
        os.dup2(nowhere, standard)
    os.dup2(kept, 3)
    os.closerange(4, 65_536)
    return 3


def main() -> None:
    """Wait for requests on the inherited socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which hangs up
    walls.leave_network()  # once here: every cell inherits it
    with socket.socket(fileno=int(sys.argv[1])) as control:
        Nursery(control).work()


if __name__ == "__main__":
    main()
