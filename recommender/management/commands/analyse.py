"""`manage.py analyse`: a worker without a broker, for one-off runs and for machines that only lend their cores."""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Sum

from catalog.models import Track
from recommender.errors import ModelMissing
from recommender.models import Analysis

MIB = 1 << 20


class Command(BaseCommand):
    requires_system_checks = []
    help = "Work through the waiting tracks in this process and end when none is left. Any number may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print what it cost as one line of JSON")
        parser.add_argument("--on-enter", action="store_true", help="load everything, say so, begin when a line comes")

    def handle(self, *, json: bool, on_enter: bool, **_options: Any) -> None:
        worker = import_module("recommender.worker").Worker()  # brings the decoder: not for every manage.py command
        sandbox = import_module("recommender.sandbox")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stopping.set())
        worker.bury_the_dead()
        try:
            worker.warm_up()
        except ModelMissing as error:
            raise CommandError(str(error)) from error
        if on_enter:
            self.stdout.write("ready", ending="\n")
            self.stdout.flush()
            sys.stdin.readline()
        before = time.time(), time.process_time(), sandbox.spent()
        tracks = worker.work()
        spent = time.process_time() - before[1], sandbox.spent() - before[2]
        if json:
            self.stdout.write(_report(worker.ledger, tracks, before[0], spent))
        else:
            self.stdout.write(f"{tracks} tracks in {time.time() - before[0]:.1f} s, {sum(spent):.1f} CPU-seconds")


def _library() -> dict[str, Any]:
    done = Track.objects.filter(analysis__state=Analysis.State.DONE)
    unlucky = Analysis.objects.filter(state__in=Analysis.UNLUCKY).values("error_code").annotate(count=Count("pk"))
    return {
        "done": done.count(),
        "audio_seconds": done.aggregate(total=Sum("seconds"))["total"] or 0.0,
        "left_out": {row["error_code"]: row["count"] for row in unlucky},
    }


def _report(ledger: Any, tracks: int, began: float, spent: tuple[float, float]) -> str:
    return json.dumps({
        "tracks": tracks,
        **_library(),
        "began": began,
        "ended": time.time(),
        "cpu": dict(ledger.cpu),
        "wall": dict(ledger.wall),
        "cpu_worker": spent[0],
        "cpu_cells": spent[1],
        "worker_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // MIB,
        "cell_mib": ledger.peak_bytes // MIB,
    })  # fmt: skip
