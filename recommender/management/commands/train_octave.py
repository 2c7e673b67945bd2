"""`manage.py train_octave`: from clips of known tempo to the network that chooses the octave."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recommender import encoders
from recommender.errors import ModelMissing
from recommender.features import octave, octave_fit
from recommender.features.metre import CUES, RATIOS
from recommender.features.takes import Takes, takes
from recommender.measurement import Pulse
from recommender.sandbox import run_many

FAST, SLOW = "mtt:fast", "mtt:slow"
TAGGED = 20  # clips a manifest that the encoder hears: its tags weigh little, and their mean and spread need no more

Truths = dict[Path, float]
Lesson = tuple[octave_fit.Clip, ...]  # a clip, then its coloured copies


class Command(BaseCommand):
    help = (
        "Train the octave decision on clips of known tempo: manifests with the columns path and bpm, for example those "
        "of scripts/render_scores.py. The same clips give the same network. docs/tempo-and-key.md has the whole recipe."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("manifests", nargs="+", type=Path, metavar="MANIFEST.csv")
        parser.add_argument("--check", type=Path, action="append", default=[], help="a manifest to score, not learn")
        parser.add_argument(
            "--across", action="store_true", help="also score every manifest by a network that did not see it"
        )
        parser.add_argument("--copies", type=int, default=1, help="coloured copies of every clip (default: 1)")
        parser.add_argument(
            "--keep-tags",
            action="store_true",
            help="ask no encoder: the tags weigh what they weigh in the shipped network, whose encoder this must be",
        )
        parser.add_argument("--out", type=Path, default=octave.SHIPPED)
        parser.add_argument("--cells", type=int, default=2, help="files decoded at a time (default: 2)")

    def handle(self, *, manifests: list[Path], check: list[Path], out: Path, **options: Any) -> None:
        cells, copies = options["cells"], options["copies"]
        if copies < 0 or cells < 1:
            raise CommandError("--copies must not be negative, --cells at least 1")
        truths = {manifest: _read(manifest) for manifest in [*manifests, *check]}
        shipped = octave.shipped() if options["keep_tags"] else None
        tags, scale = (
            (shipped.tags, shipped.tag_scale) if shipped else self._tags([truths[m] for m in manifests], cells)
        )
        lessons = {manifest: self._hear(truths[manifest], copies, cells) for manifest in manifests}
        network = _fit(lessons.values(), tags, scale)
        for manifest in check:
            self._score(manifest, self._hear(truths[manifest], 0, cells), network)
        if options["across"]:
            for left_out, heard in lessons.items():
                others = [those for manifest, those in lessons.items() if manifest != left_out]
                if others:
                    self._score(left_out, heard, _fit(others, tags, scale))
        network.save(out)
        taught = sum(map(len, lessons.values()))
        self.stdout.write(f"{out}: trained on {taught} clips, coloured copies of each: {copies}")

    def _score(self, manifest: Path, lessons: list[Lesson], network: octave.Network) -> None:
        right = []
        for clip, *_ in lessons:
            chances = octave.choose(clip.measured, clip.cues, None, clip.clarity, network)
            right.append(clip.right[np.argmax(chances)])
        self.stdout.write(f"{manifest}: right octave {np.mean(right):.3f} of {len(right)} clips, tags unheard")

    def _hear(self, truths: Truths, copies: int, cells: int) -> list[Lesson]:
        """Hear the clips of a manifest, in its order whatever is ready first; what cannot be heard is left out."""
        lessons: dict[Path, Lesson] = {}
        for (path, _), heard in run_many(takes, ((path, copies) for path in truths), cells):
            if isinstance(heard, Takes):
                lessons[path] = tuple(_clip(truths[path], pulse) for pulse in heard.pulses if pulse.cues.size)
            else:
                self.stderr.write(f"left out: {path}: {heard}")
        return [lessons[path] for path in truths if lessons.get(path)]

    def _tags(self, manifests: list[Truths], cells: int) -> tuple[octave.Doubles, octave.Doubles]:
        """Weights that make "sounds fast" of tag logits, and its scale over a few clips of each manifest."""
        pipeline = import_module("recommender.pipeline")  # heavy: not for every manage.py command
        try:
            encoder = encoders.load(settings.ENCODER, settings.MODELS_DIR)
        except ModelMissing as error:
            raise CommandError(f"{error} (or --keep-tags)") from error
        tags = np.array([(name == FAST) - (name == SLOW) for name in encoder.tag_names], np.float64)
        chosen = [path for truths in manifests for path in list(truths)[:TAGGED]] if tags.any() else []
        logits = {}
        for path, heard in pipeline.hear_many(chosen, encoder.windows, cells):
            if not isinstance(heard, Exception):
                logits[path] = encoder.tag_logits(encoder.encode([heard.patches]))[0]
        return tags, octave_fit.tag_scale([logits[path] for path in chosen if path in logits], tags)


def _read(manifest: Path) -> Truths:
    """The tempo of every clip of a manifest, sorted by path."""
    try:
        with manifest.open(newline="") as handle:
            truths = {manifest.parent / row["path"]: float(row["bpm"]) for row in csv.DictReader(handle)}
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise CommandError(f"{manifest}: wants the columns path and bpm, filled in ({error!r})") from error
    return dict(sorted(truths.items()))


def _fit(sources: Iterable[list[Lesson]], tags: octave.Doubles, scale: octave.Doubles) -> octave.Network:
    taught = [clip for lessons in sources for lesson in lessons for clip in lesson]
    try:
        return octave_fit.fit(taught, tags, scale)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _clip(bpm: float, pulse: Pulse) -> octave_fit.Clip:
    return octave_fit.Clip(bpm, pulse.bpm, pulse.cues.reshape(len(RATIOS), CUES), pulse.clarity)
