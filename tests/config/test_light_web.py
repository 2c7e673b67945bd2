"""A web process starts small: the heavy libraries stay out until somebody asks a question that needs one.

So does the clock, which never needs one.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from config.celery import QUEUES, app
from tests.processes import ROOT, site_environment

BEAT = """
    import sys
    from config.clock import app
    app.Beat(loglevel="WARNING", quiet=True).init_loader()  # as `celery beat` does before its first tick
    print(sorted(set({heavy!r}) & set(sys.modules)))
"""
HEAVY = ("torch", "pymilvus", "numba", "scipy", "librosa", "av", "sklearn", "soundfile", "milvus_lite")
CODE = """
    import asyncio, sys, threading
    held_back = []
    threading.Timer.start = lambda timer: held_back.append(timer)  # slow machines: not yet
    from asgiref.testing import ApplicationCommunicator
    from config.asgi import application

    async def status(path):
        scope = {{
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [(b"host", b"localhost")], "http_version": "1.1", "scheme": "http",
        }}
        web = ApplicationCommunicator(application, scope)
        await web.send_input({{"type": "http.request", "body": b""}})
        return (await web.receive_output(timeout=60))["status"]

    print([asyncio.run(status(path)) for path in ("/health/live", "/accounts-nobody-made/")])
    print(sorted(set({heavy!r}) & set(sys.modules)))
    print([(timer.name, timer.daemon, timer.interval) for timer in held_back])
"""


def test_no_heavy_library_loads_with_the_first_request(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CODE.format(heavy=HEAVY))],
        cwd=ROOT,
        env=site_environment(tmp_path, SEGUE_DEBUG="1"),
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    statuses, loaded, later = result.stdout.splitlines()
    assert statuses.startswith("[200, ")
    assert loaded == "[]"
    assert later == "[('warm-up', True, 2.0)]"


def test_the_clock_loads_no_task(tmp_path: Path) -> None:
    heavy = (*HEAVY, "recommender.tasks")
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(BEAT.format(heavy=heavy))],
        cwd=ROOT, env=site_environment(tmp_path), check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert result.stdout == "[]\n"


def test_the_clock_names_tasks_and_queues_that_workers_know() -> None:
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["queue"] in QUEUES
