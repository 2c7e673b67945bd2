"""A reader of text that is not the lexicon: every word is a tag of the network, or nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.encoders.tag_layer import TagLayer
from recommender.facets.reference import Reference
from recommender.facets.sound import SoundFacet
from recommender.phrases import Unknown
from recommender.terms import Reading, Term
from recommender.words import NO_NAMES


class TagReader:
    """Understands the network's own vocabulary and no grammar."""

    name = "tags"

    def read(self, text: str, usual: Reference, names: Mapping[str, Term] = NO_NAMES) -> Reading:
        """Each word that is a tag becomes a term, and so does each name."""
        said = [term for name, term in names.items() if name in text.lower()]
        for term in said:
            text = text.lower().replace(term.typed, "")
        found = {word: self._column(word) for word in text.lower().split()}
        terms = [self._term(word, column, usual) for word, column in found.items() if column is not None]
        return Reading((*said, *terms), tuple(Unknown(word) for word, column in found.items() if column is None))

    def _column(self, word: str) -> int | None:
        names = [name.partition(":")[2] for name in TagLayer.shipped().names]
        return names.index(word) if word in names else None

    def _term(self, word: str, column: int, usual: Reference) -> Term:
        rise = usual.components.T @ (TagLayer.shipped().weight[:, column] * usual.deviation)
        rest = SoundFacet.dim - len(rise)  # what was not heard by the network
        direction = np.pad(rise / np.linalg.norm(rise), (0, rest))
        return Term(word, word, 1.0, {"sound": direction.astype(np.float32)})


NOT_A_READER = dict
