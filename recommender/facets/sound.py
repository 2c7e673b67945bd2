"""Timbre, texture, instruments: what the encoder heard, seen from the middle of all music."""

from __future__ import annotations

import numpy as np

from recommender.encoders.tag_layer import TagLayer
from recommender.facets import reference
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
    hint = "Instruments, voices and texture, as a network trained on a million songs hears them."
    dim = reference.SOUND_DIM
    default_weight = 0.6

    @property
    def version(self) -> str:
        """Of the code and of the statistics: others make other vectors."""
        return f"2/{reference.current().version}"

    def vector(self, measurement: Measurement) -> FloatArray:
        """Unit vector [shape=(dim,)]: z-scored embedding on its principal components."""
        point = reference.current().sound(measurement.embedding)
        norm = float(np.linalg.norm(point))
        if norm < reference.TINY:  # exactly the usual sound: no direction is right, so it gets a fixed one
            point, norm = np.eye(1, self.dim, dtype=np.float32)[0], 1.0
        return (point / norm).astype(np.float32)

    def badge(self, measurement: Measurement) -> str:
        """ "piano, strings": what is most certainly heard; empty when nothing is certain."""
        return ", ".join(list(_heard(measurement))[:SAID])

    def agreement(self, seed: Measurement, other: Measurement) -> str:
        """ "both with piano"; empty when no instrument is certain in both."""
        theirs = _heard(other)
        shared = [word for word in _heard(seed) if word in theirs]
        return f"both with {' and '.join(shared[:SAID])}" if shared else ""


def tags(measurement: Measurement) -> list[str]:
    """What both networks hear in plain words, the most certain first: "piano", "slow", "classical"."""
    found: dict[str, float] = {}
    for name, share in _probabilities(measurement).items():
        tag = name.partition(":")[2]
        word = PLAIN.get(tag, tag)
        if share >= AUDIBLE and word not in UNTOLD:
            found[word] = max(share, found.get(word, 0.0))
    return sorted(found, key=lambda word: -found[word])[:TOLD]


def _heard(measurement: Measurement) -> dict[str, float]:
    """Words for what is heard and how certain it is, the most certain first."""
    likely = _probabilities(measurement)
    certain = {word: likely[tag] for tag, word in HEARD.items() if likely[tag] >= LIKELY}
    return dict(sorted(certain.items(), key=lambda item: -item[1]))


def _probabilities(measurement: Measurement) -> dict[str, float]:
    """How certain the networks are of each tag, 0..1."""
    logits = np.clip(np.nan_to_num(np.asarray(measurement.tag_logits, np.float64)), -50, 50)
    return dict(zip(TagLayer.shipped().names, (1 / (1 + np.exp(-logits))).tolist(), strict=True))


SOUND = SoundFacet()
