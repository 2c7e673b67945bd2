"""`manage.py bench search`: recall and latency of the vector index at any size, on a made-up library.

`manage.py bench ingest PATH...`: what it costs to take music in, beside decoding alone and the naive way.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog import formats
from recommender import query
from recommender.bench import engines, imagined, ingest, search
from recommender.errors import IndexUnavailable
from recommender.facets import reference
from recommender.management.arguments import at_least, file_to_write


class Command(BaseCommand):
    help = "Measure speed and exactness on this machine. Touches no data of the site."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        subjects = parser.add_subparsers(dest="subject", required=True)
        about = subjects.add_parser("search", help="recall@20 against the exact answer, latency and CPU of searches")
        about.add_argument("--tracks", type=at_least(search.K), default=100_000)
        about.add_argument("--dim", type=at_least(1), help="length of the vectors; default: that of the present facets")
        about.add_argument("--queries", type=at_least(1), default=100, help="of each kind")
        about.add_argument("--uri", help="also measure a Milvus server; its collection segue_bench is overwritten")
        about.add_argument("--token", default="")
        about.add_argument("--no-embedded", action="store_true", help="leave the embedded index out")
        about.add_argument("--json", type=file_to_write, help="write the figures to this file")
        about = subjects.add_parser("ingest", help="CPU seconds by stage, memory and pace of the worker on real files")
        about.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="sound files, or folders of them")
        about.add_argument("--workers", type=_counts, default=[1], help="worker processes, one run each: 1,2")
        about.add_argument("--cells", type=int, help="decoders of each worker; default: so that all cores have work")
        about.add_argument("--limit", type=int, help="take only so many of the files, spread evenly")
        about.add_argument("--yardsticks", type=int, default=5, help="files for decode-only and naive; 0: no yardstick")
        about.add_argument("--json", type=file_to_write, help="write the figures to this file")

    def handle(self, *, json: Path | None, subject: str, **options: Any) -> None:
        measure = {"search": self._search, "ingest": self._ingest}[subject]
        try:
            report = measure(options)
        except (ValueError, IndexUnavailable, ingest.BenchFailed) as error:
            raise CommandError(str(error)) from error
        except MemoryError as error:
            raise CommandError(f"there is not enough memory here for {options['tracks']} tracks") from error
        if json:
            json.write_text(as_text(report), encoding="utf-8")

    def _ingest(self, options: dict[str, Any]) -> dict[str, Any]:
        paths = spread([file for path in options["paths"] for file in formats.sound_files(path)], options["limit"])
        if not paths:
            raise CommandError("there is no sound file; name files or folders of music")
        cells = options["cells"] or max(1, (os.cpu_count() or 1) // max(options["workers"]))
        encoder = settings.ENCODER, settings.MODELS_DIR
        report = ingest.run(
            ingest.Plan(paths, *encoder, options["workers"], cells, options["yardsticks"]), self.stdout.write
        )
        for line in ingest.conclusions(report):
            self.stdout.write(line)
        return report

    def _search(self, options: dict[str, Any]) -> dict[str, Any]:
        layout = query.present_layout(reference.shipped())
        if options["dim"]:
            layout = imagined.resized(layout, options["dim"])
        made = imagined.imagine(options["tracks"], layout)
        questions = search.scenarios(made, options["queries"])
        report: dict[str, Any] = {"tracks": options["tracks"], "dim": layout.dim, "k": search.K, "engines": {}}
        with ExitStack() as stack:
            exact = engines.exact()
            measured, served = {"exact": exact}, {}
            if options["uri"]:
                served["server"] = engines.served(options["uri"], options["token"])
                served["server"].index.drop(search.COLLECTION)  # who does not answer is found now, not in minutes
            if not options["no_embedded"]:
                measured["embedded"] = stack.enter_context(engines.embedded())
            measured |= served
            for name, engine in measured.items():
                seconds = search.put(engine.index, made)
                self.stdout.write(f"{name}: {options['tracks']} tracks written in {seconds:.1f} s")
                fresh = search.measure(engine.index, questions["random"], exact.index, made, engine.cpu)
                found = {"random_fresh": fresh.to_json()}  # before the index has come to rest
                engine.settle(search.COLLECTION)
                for kind, asked in questions.items():
                    timing = search.measure(engine.index, asked, exact.index, made, engine.cpu).to_json()
                    found[kind] = timing
                for kind, timing in found.items():
                    self.stdout.write(_line(kind, timing))
                report["engines"][name] = {"written_s": round(seconds, 1), "scenarios": found}
        return report


def _counts(text: str) -> list[int]:
    return [max(1, int(part)) for part in text.split(",")]


def spread(paths: list[Path], limit: int | None) -> list[Path]:
    """At most `limit` of the files, spread evenly over all."""
    if not limit or limit >= len(paths):
        return paths
    return [paths[number * len(paths) // limit] for number in range(limit)]


def _line(kind: str, timing: dict[str, float | int]) -> str:
    return (
        f"  {kind:18} recall@20 {timing['recall20']:.4f}  p50 {timing['p50_ms']:7.2f} ms  "
        f"p99 {timing['p99_ms']:7.2f} ms  CPU {timing['client_cpu_ms']:.2f} + {timing['server_cpu_ms']:.2f} ms"
    )


def as_text(report: dict[str, Any]) -> str:
    """The report as indented JSON with a final newline."""
    return json.dumps(report, indent=2) + "\n"
