"""`manage.py fit_reference`: from music to the statistics that the sound and mood facets read.

From folders: a file for `recommender/data/`. From the library itself: a new index version beside the one that answers.
"""

from __future__ import annotations

import random
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from recommender import encoders, index_versions, references, wakeups
from recommender.errors import ModelMissing
from recommender.facets import fitting, reference
from recommender.measurement import Heard, Measurement

SUFFIXES = {".ogg", ".oga", ".opus", ".mp3", ".flac", ".wav", ".m4a"}
BATCH = 16
NAME = re.compile(r"[\w.-]{1,40}", re.ASCII)
SHORTEST = 25.0  # seconds: below it is a jingle or a sound effect


class Command(BaseCommand):
    help = (
        "Fit means, principal components, mood percentiles and slider scales on folders of music. "
        "Every folder named counts as one source and gives at most --most tracks. "
        "With --from-library: fit on what is stored of this library, and build an index version on the result."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("sources", nargs="*", type=Path, metavar="FOLDER")
        parser.add_argument("--from-library", action="store_true", help="hear nothing, read what was measured here")
        parser.add_argument("--name", required=True, help='version of the result, for example "debian-2"')
        parser.add_argument("--out", type=Path, default=reference.SHIPPED)
        parser.add_argument("--most", type=int, default=60, help="tracks per source (default: 60)")
        parser.add_argument("--cells", type=int, default=2, help="files decoded at a time (default: 2)")

    def handle(
        self, *, sources: list[Path], from_library: bool, name: str, out: Path, most: int, cells: int, **_options: Any
    ) -> None:
        if not NAME.fullmatch(name):
            raise CommandError(f"{name!r} is no name: letters, digits, dots and dashes, 40 at most")
        if from_library == bool(sources):
            raise CommandError("name folders of music, or say --from-library; not both")
        if from_library:
            self._renew(name)
            return
        paths = [path for source in sources for path in _choose(source, most)]
        try:
            fitted = fitting.fit(self._measure(paths, cells), name)
        except (ModelMissing, ValueError) as error:
            raise CommandError(str(error)) from error
        out.write_bytes(reference.write(fitted))
        self.stdout.write(f"{out}: {name}, fitted on {fitted.tracks} tracks")

    def _renew(self, name: str) -> None:
        try:
            with transaction.atomic():
                fitted = references.fit(name)
                version = index_versions.build(reference=fitted)
        except references.NotFitted as error:
            raise CommandError(str(error)) from error
        wakeups.wake_index()
        self.stdout.write(
            f"{name}: fitted on {fitted.tracks} tracks. Workers fill {version.collection} beside the version that "
            "answers; it takes over as soon as it is complete. `manage.py index_versions` shows how far it is, and "
            "leads back."
        )

    def _measure(self, paths: list[Path], cells: int) -> list[Measurement]:
        pipeline = import_module("recommender.pipeline")  # brings librosa: not for every manage.py command
        encoder = encoders.load(settings.ENCODER, settings.MODELS_DIR)
        found: list[Measurement] = []
        waiting: list[Heard] = []
        for path, heard in pipeline.hear_many(paths, encoder.windows, cells):
            if isinstance(heard, Exception):
                self.stderr.write(f"left out: {path}: {heard}")
            elif heard.decoded.seconds >= SHORTEST:
                waiting.append(heard)
            if len(waiting) == BATCH:
                found += pipeline.measure(waiting, encoder)
                waiting = []
                self.stdout.write(f"{len(found)} of at most {len(paths)}")
        return found + pipeline.measure(waiting, encoder)


def _choose(source: Path, most: int) -> list[Path]:
    """A fixed random choice of a source's files; links would count a file twice."""
    paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES and not path.is_symlink())
    random.Random(0).shuffle(paths)
    return sorted(paths[:most])
