"""The last layer of MusiCNN, without torch and without the weights: 400 numbers of an embedding to 100 tag logits.

Tags are linear in the embedding, so a web process can turn words into directions of the sound space, and the mean
logits of a track are the logits of its mean embedding. The layer is small enough to ship (data/musicnn_tags.npz).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from recommender.measurement import FloatArray

SHIPPED = Path(__file__).parents[1] / "data" / "musicnn_tags.npz"

# In the order of the published networks. The same word may exist in both, so each gets its network as a prefix.
MSD_TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance", "00s", "alternative rock", "jazz",
    "beautiful", "metal", "chillout", "male vocalists", "classic rock", "soul", "indie rock", "Mellow", "electronica",
    "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues", "hard rock", "ambient", "acoustic",
    "experimental", "female vocalist", "guitar", "Hip-Hop", "70s", "party", "country", "easy listening", "sexy",
    "catchy", "funk", "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad", "House", "happy",
)  # fmt: skip
MTT_TAGS = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano", "ambient",
    "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing", "vocals", "no vocals",
    "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal", "pop", "soft", "sitar", "solo", "man",
    "classic", "choir", "voice", "new age", "dance", "male voice", "female vocal", "beats", "harp", "cello", "no voice",
    "weird", "country", "metal", "female voice", "choral",
)  # fmt: skip
MUSICNN_TAGS = tuple(f"msd:{tag.lower()}" for tag in MSD_TAGS) + tuple(f"mtt:{tag.lower()}" for tag in MTT_TAGS)
UNITS = 200  # of one network


@dataclass(frozen=True, slots=True)
class TagLayer:
    """Logits = embedding @ weight + bias."""

    names: tuple[str, ...]
    weight: FloatArray  # [shape=(400, 100)], block diagonal
    bias: FloatArray  # [shape=(100,)]

    @staticmethod
    @cache
    def shipped() -> TagLayer:
        """Read the layer that comes with the code."""
        with np.load(SHIPPED) as data:
            return TagLayer.of_blocks([(data["msd_weight"], data["msd_bias"]), (data["mtt_weight"], data["mtt_bias"])])

    @staticmethod
    def of_blocks(blocks: list[tuple[FloatArray, FloatArray]]) -> TagLayer:
        """Put the layers of the networks side by side."""
        weight = np.zeros((UNITS * len(blocks), len(MUSICNN_TAGS)), np.float32)
        column = 0
        for number, (part, _) in enumerate(blocks):
            weight[UNITS * number : UNITS * (number + 1), column : column + part.shape[1]] = part
            column += part.shape[1]
        return TagLayer(MUSICNN_TAGS, weight, np.concatenate([bias for _, bias in blocks]).astype(np.float32))

    def logits(self, embeddings: FloatArray) -> FloatArray:
        """Tag logits [shape=(n, 100)] of embeddings [shape=(n, 400)]."""
        result: FloatArray = (np.asarray(embeddings, np.float64) @ self.weight + self.bias).astype(np.float32)
        return result

    def column(self, name: str) -> int:
        """Index of a tag such as "msd:piano"; ValueError when there is none."""
        return self.names.index(name)
