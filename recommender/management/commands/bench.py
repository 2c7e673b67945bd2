"""`manage.py bench search`: recall and latency of the vector index at any size, on a made-up library."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recommender import query
from recommender.bench import engines, library, search
from recommender.errors import IndexUnavailable


class Command(BaseCommand):
    help = "Measure speed and exactness on this machine. Touches no data of the site."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        subjects = parser.add_subparsers(dest="subject", required=True)
        about = subjects.add_parser("search", help="recall@20 against the exact answer, latency and CPU of searches")
        about.add_argument("--tracks", type=int, default=100_000)
        about.add_argument("--dim", type=int, help="length of the vectors; default: that of the present facets")
        about.add_argument("--queries", type=int, default=100, help="of each kind")
        about.add_argument("--uri", help="also measure a Milvus server; its collection segue_bench is overwritten")
        about.add_argument("--token", default="")
        about.add_argument("--no-embedded", action="store_true", help="leave the embedded index out")
        about.add_argument("--json", type=Path, help="write the figures to this file")

    def handle(self, *, json: Path | None, **options: Any) -> None:
        layout = query.present_layout()
        try:
            if options["dim"]:
                layout = library.resized(layout, options["dim"])
            report = self._search(layout, options)
        except (ValueError, IndexUnavailable) as error:
            raise CommandError(str(error)) from error
        if json:
            json.write_text(as_text(report), encoding="utf-8")

    def _search(self, layout: query.Layout, options: dict[str, Any]) -> dict[str, Any]:
        made = library.library(options["tracks"], layout)
        questions = search.scenarios(made, options["queries"])
        report: dict[str, Any] = {"tracks": options["tracks"], "dim": layout.dim, "k": search.K, "engines": {}}
        with ExitStack() as stack:
            exact = engines.exact()
            measured = {"exact": exact}
            if not options["no_embedded"]:
                measured["embedded"] = stack.enter_context(engines.embedded())
            if options["uri"]:
                measured["server"] = engines.served(options["uri"], options["token"])
            for name, engine in measured.items():
                seconds = search.put(engine.index, made)
                self.stdout.write(f"{name}: {options['tracks']} tracks written in {seconds:.1f} s")
                found = {}
                for kind, asked in questions.items():
                    timing = search.measure(engine.index, asked, exact.index, made, engine.cpu).to_json()
                    found[kind] = timing
                    self.stdout.write(
                        f"  {kind:18} recall@20 {timing['recall20']:.4f}  p50 {timing['p50_ms']:7.2f} ms  "
                        f"p99 {timing['p99_ms']:7.2f} ms  CPU {timing['client_cpu_ms']:.2f} + "
                        f"{timing['server_cpu_ms']:.2f} ms"
                    )
                report["engines"][name] = {"written_s": round(seconds, 1), "scenarios": found}
        return report


def as_text(report: dict[str, Any]) -> str:
    """The report as indented JSON with a final newline."""
    return json.dumps(report, indent=2) + "\n"
