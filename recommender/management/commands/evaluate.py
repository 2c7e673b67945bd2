"""`manage.py evaluate`: are the recommendations good? Files and truths in, figures out; no database is touched."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recommender import encoders, words
from recommender.errors import ModelMissing
from recommender.evaluation import manifest as manifests
from recommender.evaluation.cache import Cache
from recommender.evaluation.report import report
from recommender.evaluation.rival import DenseLayer
from recommender.evaluation.study import Networks, Study, study
from recommender.evaluation.text import lines
from recommender.management.arguments import file_to_write

RIVAL_ENCODER = "musicnn"
FEWEST = 3  # recordings: with two, everybody's nearest neighbour is the other one


class Command(BaseCommand):
    help = "Judge recommendations on recordings about which something is known. docs/quality.md explains the figures."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--manifest", type=Path, required=True, help="CSV with a column path and any known truths")
        parser.add_argument("--json", type=file_to_write, help="write all figures to this file")
        parser.add_argument("--cache", type=Path, help="keep measurements in this folder; the next run takes seconds")

    def handle(self, *, manifest: Path, json: Path | None, cache: Path | None, **_options: Any) -> None:
        try:
            recordings = manifests.read(manifest)
            reader = words.load(settings.TEXT_ENCODER)
            networks = Networks(
                encoders.load(settings.ENCODER, settings.MODELS_DIR),
                cast(
                    DenseLayer, encoders.load(RIVAL_ENCODER, settings.MODELS_DIR)
                ),  # every encoder of that name has it
            )
        except (ValueError, ModelMissing) as error:  # of the manifest, or of SEGUE_TEXT_ENCODER
            raise CommandError(str(error)) from error
        for remark in manifests.remarks(recordings):
            self.stderr.write(remark)
        found = study(recordings, networks, Cache(cache, networks.versions), self._progress)
        if len(found.recordings) < FEWEST:
            raise CommandError(_too_few(found, len(recordings)))
        figures = report(found, reader)
        for line in lines(figures):
            self.stdout.write(line)
        if json:
            json.write_text(_as_text(figures), encoding="utf-8")
            self.stdout.write(f"all figures: {json}")

    def _progress(self, done: int, total: int) -> None:
        live = sys.stderr.isatty()
        self.stderr.write(
            f"{chr(13) if live else ''}{done} of {total} recordings", ending="" if live and done < total else "\n"
        )


def _too_few(found: Study, named: int) -> str:
    why = f"; {found.failed[0].path}: {found.failed[0].error}" if found.failed else ""
    return f"{len(found.recordings)} of {named} recordings could be analysed, at least {FEWEST} are needed{why}"


def _as_text(figures: dict[str, Any]) -> str:
    return json.dumps(figures, indent=2, allow_nan=False) + "\n"
