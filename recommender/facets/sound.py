"""Timbre, texture, instruments: what the encoder heard and what was measured, seen from the middle of all music.

Three parts, each a kernel of its own, so that none can drown another: the embedding, the timbre in plain numbers (of a
recording's studio and band a network trained to tag music tells little), and the level at which it was mastered.
docs/experiments.md compares the shares.
"""

from __future__ import annotations

import numpy as np

from recommender.encoders.tag_layer import TagLayer
from recommender.facets.reference import HEARD_DIM, TIMBRE_DIM, TINY, Reference
from recommender.measurement import FloatArray, Measurement

# Tags that name something one can hear in a few seconds. Genres and decades are left out: the encoder guesses them from
# pop music, and a wrong genre beside a track annoys its curator more than none.
HEARD = {
    "mtt:guitar": "guitar",
    "mtt:strings": "strings",
    "mtt:drums": "drums",
    "mtt:piano": "piano",
    "mtt:violin": "violin",
    "mtt:synth": "synth",
    "mtt:opera": "opera",
    "mtt:harpsichord": "harpsichord",
    "mtt:flute": "flute",
    "mtt:sitar": "sitar",
    "mtt:choir": "choir",
    "mtt:harp": "harp",
    "mtt:cello": "cello",
    "mtt:vocals": "vocals",
    "mtt:female vocal": "female voice",
    "mtt:male vocal": "male voice",
}
HEARD_SHARE, COLOUR_SHARE, LEVEL_SHARE = 0.55, 0.25, 0.2  # of the similarity
# Radians a deviation of loudness, which is 4.55 dB in the shipped statistics: the same recording 6 dB quieter loses
# LEVEL_SHARE * (1 - cos(0.7 * 6 / 4.55)) = .08 of its similarity by it.
LEVEL_ANGLE = 0.7
LEVEL_DIM = 2
MOST_LEVEL = 3.0  # deviations
LIKELY = 0.3  # probability from which a tag is said aloud
SAID = 2
# The page of a track shows more, as what it is: the network's guess. Tags that say the same share one word; decades and
# opinions ("sexy", "catchy") are not told.
PLAIN = {
    "electronica": "electronic", "classic": "classical", "beats": "beat", "chill": "chillout", "choral": "choir",
    **dict.fromkeys(("female vocalists", "female vocalist", "female", "woman", "female vocal"), "female voice"),
    **dict.fromkeys(("male vocalists", "male", "man", "male vocal"), "male voice"),
    **dict.fromkeys(("vocal", "singing", "voice"), "vocals"),
    **dict.fromkeys(("no vocals", "no vocal", "no voice"), "instrumental"),
}  # fmt: skip
UNTOLD = {"60s", "70s", "80s", "90s", "00s", "oldies", "party", "sexy", "catchy", "beautiful", "weird"}
AUDIBLE, TOLD = 0.12, 6  # probability, and how many at most


class SoundFacet:
    """How it sounds: instruments, voices, texture."""

    name = "sound"
    label = "Sound"
    hint = "Instruments, voices and texture."
    dim = HEARD_DIM + TIMBRE_DIM + LEVEL_DIM
    default_weight = 0.5
    code = "4"

    def __init__(self, usual: Reference) -> None:
        self._usual = usual

    @property
    def version(self) -> str:
        """Of the code and of the statistics: others make other vectors."""
        return f"{self.code}/{self._usual.version}"

    def vector(self, measurement: Measurement) -> FloatArray:
        """Unit vector [shape=(dim,)]: embedding and timbre on their principal components, loudness as an angle."""
        usual = self._usual
        angle = LEVEL_ANGLE * np.clip(usual.louder(measurement.loudness), -MOST_LEVEL, MOST_LEVEL)
        point = np.concatenate(
            [
                np.sqrt(HEARD_SHARE) * _direction(usual.sound(measurement.embedding)),
                np.sqrt(COLOUR_SHARE) * _direction(usual.colour(measurement.timbre)),
                np.sqrt(LEVEL_SHARE) * np.array([np.cos(angle), np.sin(angle)]),
            ]
        )
        return (point / np.linalg.norm(point)).astype(np.float32)  # shorter where the timbre was not measured

    def badge(self, measurement: Measurement) -> str:
        """ "piano, strings": what is most certainly heard; empty when nothing is certain."""
        return ", ".join(words(measurement))

    def agreement(self, seed: Measurement, other: Measurement) -> str:
        """ "both with piano"; empty when no instrument is certain in both."""
        theirs = _heard(other)
        shared = [word for word in _heard(seed) if word in theirs]
        return f"both with {' and '.join(shared[:SAID])}" if shared else ""


def words(measurement: Measurement) -> list[str]:
    """At most two instruments or voices that are heard for certain, the most certain first."""
    return list(_heard(measurement))[:SAID]


def tags(measurement: Measurement) -> list[str]:
    """What both networks hear in plain words, the most certain first: "piano", "slow", "classical"."""
    found: dict[str, float] = {}
    for name, share in _probabilities(measurement).items():
        tag = name.partition(":")[2]
        word = PLAIN.get(tag, tag)
        if share >= AUDIBLE and word not in UNTOLD:
            found[word] = max(share, found.get(word, 0.0))
    return sorted(found, key=lambda word: -found[word])[:TOLD]


def _direction(point: FloatArray) -> FloatArray:
    """Of length one, but for the middle of all music, where no direction is right."""
    norm = float(np.linalg.norm(point))
    return point / norm if norm > TINY else np.zeros_like(point)


def _heard(measurement: Measurement) -> dict[str, float]:
    """Words for what is heard and how certain it is, the most certain first."""
    likely = _probabilities(measurement)
    certain = {word: likely[tag] for tag, word in HEARD.items() if likely[tag] >= LIKELY}
    return dict(sorted(certain.items(), key=lambda item: -item[1]))


def _probabilities(measurement: Measurement) -> dict[str, float]:
    """How certain the networks are of each tag, 0..1."""
    logits = np.clip(np.nan_to_num(np.asarray(measurement.tag_logits, np.float64)), -50, 50)
    return dict(zip(TagLayer.shipped().names, (1 / (1 + np.exp(-logits))).tolist(), strict=True))
