"""A reader of text that is not the lexicon: every word is a tag of the network, or nothing."""

from __future__ import annotations

import numpy as np

from recommender.encoders.tag_layer import TagLayer
from recommender.facets import reference
from recommender.facets.sound import SOUND
from recommender.phrases import Unknown
from recommender.words import Reading, Term


class TagReader:
    """Understands the network's own vocabulary and no grammar."""

    name = "tags"

    def read(self, text: str) -> Reading:
        """Each word that is a tag becomes a term."""
        found = {word: self._column(word) for word in text.lower().split()}
        terms = [self._term(word, column) for word, column in found.items() if column is not None]
        return Reading(tuple(terms), tuple(Unknown(word) for word, column in found.items() if column is None))

    def _column(self, word: str) -> int | None:
        names = [name.partition(":")[2] for name in TagLayer.shipped().names]
        return names.index(word) if word in names else None

    def _term(self, word: str, column: int) -> Term:
        usual = reference.current()
        rise = usual.components.T @ (TagLayer.shipped().weight[:, column] * usual.deviation)
        direction = np.pad(rise / np.linalg.norm(rise), (0, SOUND.dim - len(rise)))  # what was not heard by the network
        return Term(word, word, 1.0, {"sound": direction.astype(np.float32)})


NOT_A_READER = dict
