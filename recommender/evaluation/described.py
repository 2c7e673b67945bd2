"""The words question over a manifest: does asking for "jazz" find what the manifest calls jazz?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.evaluation import manifest, methods, metrics
from recommender.evaluation.manifest import Recording
from recommender.evaluation.metrics import Figure, Floats
from recommender.facets import mood
from recommender.facets.reference import Reference
from recommender.measurement import FloatArray
from recommender.query import Layout
from recommender.words import TextEncoder

LABELS = ("style", "mood")  # what somebody would ask for; names of artists, albums and groups describe no sound
FIRST = 20  # as many as a page of answers


@dataclass(frozen=True, slots=True)
class Asker:
    """The words question to a library of stored vectors, as the site asks it."""

    reader: TextEncoder
    vectors: FloatArray  # [shape=(n, layout.dim)]
    layout: Layout
    usual: Reference

    def scores(self, text: str) -> Floats | list[str]:
        """How well each recording answers [shape=(n,)]; or the words that are not understood, if any is asked."""
        reading = self.reader.read(text, self.usual)
        if reading.unknown or not reading.terms:
            return [each.word for each in reading.unknown]
        return methods.spoken(reading, self.vectors, self.layout).astype(np.float64)


@dataclass(slots=True)
class Judged:
    """Figures about the values of one label."""

    values: dict[str, dict[str, Figure]] = field(default_factory=dict)  # value -> auc, p20
    unknown: dict[str, list[str]] = field(default_factory=dict)  # value -> words of it that are not understood

    def mean(self, name: str) -> Figure:
        """Over the values that are understood, each counting the same."""
        return metrics.figure(np.array([found[name].mean for found in self.values.values()], np.float64))


def labels(recordings: Sequence[Recording], asker: Asker) -> dict[str, Judged]:
    """Ask for every value of the labels that describe, among the recordings of which the label is known."""
    found: dict[str, Judged] = {}
    for name in LABELS:
        codes = manifest.labels(recordings, name)
        spelled = {one.labels[name]: int(code) for one, code in zip(recordings, codes, strict=True) if code >= 0}
        if len(spelled) > 1:  # with one value nothing can be wrong
            found[name] = _judged(spelled, codes, asker)
    return found


def ratings(moods: Mapping[str, Floats], asker: Asker) -> dict[str, dict[str, Figure]]:
    """Rank correlation of ratings (column -> [shape=(n,)], NaN unknown) with each word that the site says of moods."""
    said = {word: asker.scores(word) for word in mood.WORDS.values()}
    heard = {word: scores for word, scores in said.items() if not isinstance(scores, list)}
    return {
        name: {word: metrics.spearman(scores, values) for word, scores in heard.items()}
        for name, values in moods.items()
    }


def _judged(spelled: Mapping[str, int], codes: metrics.Labels, asker: Asker) -> Judged:
    judged, known = Judged(), codes >= 0
    for value, code in sorted(spelled.items()):
        scores = asker.scores(value)
        if isinstance(scores, list):
            judged.unknown[value] = scores
        else:
            judged.values[value] = metrics.separation(scores[known], codes[known] == code, FIRST)
    return judged
