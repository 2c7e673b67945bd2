"""`manage.py train_octave`: from clips of known tempo to the network that chooses the octave."""

from __future__ import annotations

import csv
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
from recommender.measurement import FloatArray, Heard

FAST, SLOW = "mtt:fast", "mtt:slow"
TAGGED = 60  # clips a manifest that the encoder hears: its tags weigh little, and their mean and spread need no more


class Command(BaseCommand):
    help = (
        "Train the octave decision on clips of known tempo: manifests with the columns path and bpm, for example those "
        "of scripts/render_scores.py. docs/tempo-and-key.md has the whole recipe."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("manifests", nargs="+", type=Path, metavar="MANIFEST.csv")
        parser.add_argument("--check", type=Path, action="append", default=[], help="a manifest to score, not learn")
        parser.add_argument(
            "--across", action="store_true", help="also score every manifest by a network that did not see it"
        )
        parser.add_argument("--out", type=Path, default=octave.SHIPPED)
        parser.add_argument("--cells", type=int, default=2, help="files decoded at a time (default: 2)")

    def handle(self, *, manifests: list[Path], check: list[Path], out: Path, cells: int, **options: Any) -> None:
        try:
            encoder = encoders.load(settings.ENCODER, settings.MODELS_DIR)
        except ModelMissing as error:
            raise CommandError(str(error)) from error
        tags = np.array([(name == FAST) - (name == SLOW) for name in encoder.tag_names], np.float64)
        sources = {manifest: self._clips(manifest, encoder, cells) for manifest in manifests}
        taught = [clip for clips in sources.values() for clip in clips]
        try:
            network = octave_fit.fit(taught, tags)
        except ValueError as error:
            raise CommandError(str(error)) from error
        for manifest in check:
            self._score(manifest, self._clips(manifest, encoder, cells), network)
        if options["across"]:
            self._score_across(sources, tags)
        network.save(out)
        self.stdout.write(f"{out}: trained on {len(taught)} clips")

    def _score(self, manifest: Path, clips: list[octave_fit.Clip], network: octave.Network) -> None:
        right = [clip.right[np.argmax(self._chances(clip, network))] for clip in clips]
        self.stdout.write(f"{manifest}: right octave {np.mean(right):.3f} of {len(clips)} clips")

    def _score_across(self, sources: dict[Path, list[octave_fit.Clip]], tags: octave.Doubles) -> None:
        for left_out, clips in sources.items():
            others = [clip for manifest, those in sources.items() if manifest != left_out for clip in those]
            if others:
                self._score(left_out, clips, octave_fit.fit(others, tags))

    def _clips(self, manifest: Path, encoder: encoders.base.Encoder, cells: int) -> list[octave_fit.Clip]:
        """Hear the clips of a manifest; what cannot be heard is named and left out."""
        pipeline = import_module("recommender.pipeline")  # heavy: not for every manage.py command
        try:
            with manifest.open(newline="") as handle:
                truths = {manifest.parent / row["path"]: float(row["bpm"]) for row in csv.DictReader(handle)}
        except (OSError, KeyError, ValueError) as error:
            raise CommandError(f"{manifest}: wants the columns path and bpm, filled in ({error!r})") from error
        clips: list[octave_fit.Clip] = []
        for path, heard in pipeline.hear_many(truths, encoder.windows, cells):
            if isinstance(heard, Exception):
                self.stderr.write(f"left out: {path}: {heard}")
            elif heard.pulse.cues.size == len(RATIOS) * CUES:
                tagged = bool(encoder.tag_names) and len(clips) < TAGGED
                clips.append(_clip(truths[path], heard, encoder if tagged else None))
        return clips

    @staticmethod
    def _chances(clip: octave_fit.Clip, network: octave.Network) -> octave.Doubles:
        return octave.choose(clip.measured, clip.cues, clip.tag_logits, clip.clarity, network)


def _clip(bpm: float, heard: Heard, encoder: encoders.base.Encoder | None) -> octave_fit.Clip:
    logits: FloatArray | None = None if encoder is None else encoder.tag_logits(encoder.encode([heard.patches]))[0]
    pulse = heard.pulse
    return octave_fit.Clip(bpm, pulse.bpm, pulse.cues.reshape(len(RATIOS), CUES), logits, pulse.clarity)
