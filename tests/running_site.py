"""A whole site under `manage.py up`, for tests of what happens to it."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.processes import PATIENCE, ROOT, free_port, freeze, running, site_environment, wait_until

UP = [sys.executable, "manage.py", "up"]
CHILDREN = {  # name -> what its command line holds and no other
    "broker": "valkey-server",
    "index": "lite_server",
    "web": "granian",
    "worker": "--app config worker",
    "beat": "--app config.clock beat",
}


def environment(data: Path, **extra: str) -> dict[str, str]:
    """The environment of a site with embedded servers, on the weights that are there already."""
    models = os.environ.get("SEGUE_MODELS", str(ROOT / "var" / "models"))
    found = site_environment(data, SEGUE_MODELS=models)
    for name in ("DATABASE_URL", "MILVUS_URI", "MILVUS_TOKEN", "SEGUE_PORT", "SEGUE_DEBUG"):
        found.pop(name, None)
    return found | extra


class Site:
    """A running `manage.py up`."""

    def __init__(self, data: Path, process: subprocess.Popen[bytes], output: Path) -> None:
        self.data, self.process, self._output = data, process, output

    @property
    def said(self) -> str:
        """What it printed so far."""
        return self._output.read_text()

    @property
    def url(self) -> str:
        """The address that it printed, without path."""
        found = re.search(r"(http://[0-9.:]+)", self.said)
        assert found, self.said
        return found.group(1)

    def ready(self) -> bool:
        """Whether database, broker and index answer."""
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=5) as answer:
                return bool(json.load(answer)["ready"])
        except OSError:
            return False

    def children(self) -> dict[int, str]:
        """All descendants: process id and the name of the service."""
        found = descendants(self.process.pid)
        return {pid: next((name for name, part in CHILDREN.items() if part in line), line) for pid, line in found}

    def pid_of(self, name: str) -> int:
        """Process id of one service."""
        return next(pid for pid, found in self.children().items() if found == name)

    def states(self) -> Counter[str]:
        """How many analyses are in which state."""
        return states(self.data)


def states(data: Path) -> Counter[str]:
    """How many analyses are in which state, read past Django."""
    with closing(sqlite3.connect(f"file:{data / 'segue.sqlite3'}?mode=ro", uri=True, timeout=20)) as database:
        return Counter(dict(database.execute("SELECT state, COUNT(*) FROM recommender_analysis GROUP BY state")))


def stopped_at_work(worker: int, data: Path) -> bool:
    """Whether a worker holds tracks, now that it is held itself; between two batches it goes on."""
    freeze(worker)
    if states(data)["running"]:
        return True
    os.kill(worker, signal.SIGCONT)
    return False


def descendants(pid: int) -> Iterator[tuple[int, str]]:
    """Process id and command line of all children, theirs included."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return
    for child in map(int, children):
        with suppress(FileNotFoundError, ProcessLookupError):
            yield child, Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
        yield from descendants(child)


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not collected yet does not."""
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextmanager
def site(data: Path, *arguments: str, **settings: str) -> Iterator[Site]:
    """Run `manage.py up` on a port of its own, unless `settings` name one, and wait for its address."""
    output = data.with_name("up.txt")
    output.unlink(missing_ok=True)
    own = environment(data, **{"SEGUE_PORT": str(free_port()), **settings})
    with running([*UP, *arguments], log=output, env=own) as process:
        made = Site(data, process, output)
        wait_until(lambda: "http://" in made.said or process.poll() is not None, what="the address")
        assert process.poll() is None, made.said
        yield made


def manage(data: Path, *arguments: str | Path) -> str:
    """Call `manage.py` beside a running site, as an operator would; what it printed."""
    command = [sys.executable, "manage.py", *map(str, arguments)]
    result = subprocess.run(
        command, cwd=ROOT, env=environment(data), check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
