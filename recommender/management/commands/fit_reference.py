"""`manage.py fit_reference`: from music to the statistics that the sound and mood facets read.

From folders: a file for `recommender/data/`. From the library itself: a new index version beside the one that answers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recommender import encoders, index_versions, references, wakeups
from recommender.encoders.base import Encoder
from recommender.errors import ModelMissing
from recommender.evaluation.cache import Cache, Measured
from recommender.facets import fitting, reference
from recommender.measurement import Heard

SUFFIXES = {".ogg", ".oga", ".opus", ".mp3", ".flac", ".wav", ".m4a"}
BATCH = 16
NAME = re.compile(r"[\w.-]{1,40}", re.ASCII)
NO_RIVAL = np.zeros(0, np.float32)  # what `evaluate` keeps besides
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
        parser.add_argument("--name", required=True, help='version of the result, for example "debian-7"')
        parser.add_argument("--out", type=Path, default=reference.SHIPPED)
        parser.add_argument("--most", type=int, default=60, help="tracks per source (default: 60)")
        parser.add_argument("--cells", type=int, default=2, help="files decoded at a time (default: 2)")
        parser.add_argument("--cache", type=Path, help="keep measurements in this folder; the next fit takes seconds")

    def handle(
        self,
        *,
        sources: list[Path],
        from_library: bool,
        name: str,
        out: Path,
        most: int,
        cells: int,
        cache: Path | None = None,
        **_options: Any,
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
            measured = self._measured(paths, cells, cache)
            fitted = fitting.fit([one.measurement for one in measured], name, [one.passages for one in measured])
        except (ModelMissing, ValueError) as error:
            raise CommandError(str(error)) from error
        out.write_bytes(reference.write(fitted))
        self.stdout.write(f"{out}: {name}, fitted on {fitted.tracks} tracks")

    def _renew(self, name: str) -> None:
        try:
            version = index_versions.renew(name)
        except references.NotFitted as error:
            raise CommandError(str(error)) from error
        assert version.reference is not None
        wakeups.wake_index()
        self.stdout.write(
            f"{name}: fitted on {version.reference.tracks} tracks. Workers fill {version.collection} beside the "
            "version that answers; it takes over as soon as it is complete. `manage.py index_versions` shows how far "
            "it is, and leads back."
        )

    def _measured(self, paths: list[Path], cells: int, folder: Path | None) -> list[Measured]:
        pipeline = import_module("recommender.pipeline")  # brings the decoder: not for every manage.py command
        encoder = encoders.load(settings.ENCODER, settings.MODELS_DIR)
        cache = Cache(folder, pipeline.analysis_versions(encoder))
        known = {path: found for path in paths if (found := cache.read(path)) and len(found.passages.embeddings)}
        for path, one in self._hear([path for path in paths if path not in known], cells, encoder):
            cache.write(path, one)
            known[path] = one
        return [known[path] for path in paths if path in known]

    def _hear(self, paths: list[Path], cells: int, encoder: Encoder) -> Iterator[tuple[Path, Measured]]:
        pipeline = import_module("recommender.pipeline")
        waiting: list[tuple[Path, Heard]] = []
        done = 0
        for path, heard in pipeline.hear_many(paths, encoder.windows, cells):
            if isinstance(heard, Exception):
                self.stderr.write(f"left out: {path}: {heard}")
            elif heard.decoded.seconds >= SHORTEST:
                waiting.append((path, heard))
            if len(waiting) == BATCH:
                yield from _encoded(waiting, encoder)
                done, waiting = done + BATCH, []
                self.stdout.write(f"{done} of at most {len(paths)}")
        yield from _encoded(waiting, encoder)


def _encoded(heard: list[tuple[Path, Heard]], encoder: Encoder) -> Iterator[tuple[Path, Measured]]:
    pipeline = import_module("recommender.pipeline")
    tracks = [one for _, one in heard]
    passages = pipeline.passages(tracks, encoder)
    measured = pipeline.measure(tracks, encoder, [one.embeddings.mean(axis=0) for one in passages])
    for (path, _), measurement, pieces in zip(heard, measured, passages, strict=True):
        yield path, Measured(measurement, NO_RIVAL, pieces)


def _choose(source: Path, most: int) -> list[Path]:
    """A fixed random choice of a source's files; links would count a file twice."""
    paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES and not path.is_symlink())
    random.Random(0).shuffle(paths)
    return sorted(paths[:most])
