"""`manage.py reanalyse`: queue what this version of Segue would measure differently, and decide what needs no sound."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from recommender import analysis, decisions, encoders
from recommender.errors import ModelMissing
from recommender.models import Analysis

CHUNK = 500  # rows a transaction


class Command(BaseCommand):
    help = (
        "Queue tracks whose results an older version of some stage made, behind all uploads. What did not change is "
        "not computed again: facets need no audio at all, a changed choice of the octave is made at once from what is "
        "stored, and the encoder runs only where it or what it reads changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stage", action="append", help="only when this stage is outdated; may be repeated")
        parser.add_argument("--failed", action="store_true", help="also tracks that failed or were given up")
        parser.add_argument("--all", action="store_true", help="every track, outdated or not")
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *, stage: list[str] | None, failed: bool, dry_run: bool, **options: Any) -> None:
        pipeline = import_module("recommender.pipeline")  # brings the decoder: not for every manage.py command
        try:
            present = pipeline.analysis_versions(encoders.load(settings.ENCODER, settings.MODELS_DIR))
        except ModelMissing as error:
            raise CommandError(str(error)) from error
        if unknown := set(stage or ()) - present.keys() - {"decoder"}:
            raise CommandError(f"no stage is called {', '.join(sorted(unknown))}; there are: {', '.join(present)}")
        reasons: Counter[str] = Counter()

        def judged(stored: dict[str, str]) -> bool:
            found = pipeline.outdated(stored, present) & set(stage or {*present, "decoder"})
            reasons.update(found)
            return bool(found)

        chosen = _every() if options["all"] else analysis.outdated(judged)
        silent: set[int] = set()  # need no sound
        if reasons[decisions.STAGE]:
            alone = analysis.outdated(lambda stored: pipeline.outdated(stored, present) == {decisions.STAGE})
            silent = decisions.possible(alone, settings.ENCODER).intersection(chosen)
        heard = [track_id for track_id in chosen if track_id not in silent]
        heard += _failed() if failed and not options["all"] else []
        for name, count in reasons.most_common():
            self.stdout.write(f"{name}: {count} outdated")
        if not dry_run:
            decisions.renew(sorted(silent), settings.ENCODER, present[decisions.STAGE])
            _queue(heard)
        would = "would be " if dry_run else ""
        self.stdout.write(f"{len(silent)} tempi {would}decided anew without their files")
        self.stdout.write(f"{len(heard)} tracks {would}queued")


def _every() -> list[int]:
    return list(Analysis.objects.order_by("track_id").values_list("track_id", flat=True))


def _failed() -> list[int]:
    return list(
        Analysis.objects.filter(state__in=Analysis.UNLUCKY).order_by("track_id").values_list("track_id", flat=True)
    )


def _queue(track_ids: list[int]) -> None:
    for start in range(0, len(track_ids), CHUNK):
        analysis.requeue(track_ids[start : start + CHUNK], Analysis.Queue.BULK)
