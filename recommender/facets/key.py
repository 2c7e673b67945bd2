"""Key as a unit vector: the circle of fifths, where the relative minor shares its major's place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.facets.reference import Reference
from recommender.measurement import FloatArray, Key, Measurement

# Shares of the similarity; the first turn must weigh four times the second or more, else it would not fall steadily.
FIRST_TURN, SECOND_TURN, MODE = 0.736, 0.184, 0.08
CERTAIN = 0.45  # strength from which the key counts fully

MAJOR_NAMES = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
MINOR_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "G♯", "A", "B♭", "B")


def fifths(tonic: int, mode: str) -> int:
    """Place on the circle of fifths, 0..11 from C major clockwise; a minor key stands where its relative major does."""
    return (tonic + (3 if mode == "minor" else 0)) * 7 % 12


def on_wheel(hour: int, letter: str) -> tuple[int, str]:
    """Read Camelot's "8A", which is A minor: tonic and mode of an hour 1..12 and "A" (minor) or "B", in either case."""
    tonic = (hour - 8) * 7 % 12  # 8B is C major, one hour is one fifth
    return ((tonic + 9) % 12, "minor") if letter.upper() == "A" else (tonic, "major")


def _keys() -> NDArray[np.float64]:
    """Unit vectors [shape=(24, 5)] of C..B major, C..B minor."""
    rows = []
    for mode, sign in (("major", 1), ("minor", -1)):
        for tonic in range(12):
            angle = 2 * np.pi * fifths(tonic, mode) / 12
            first = np.sqrt(FIRST_TURN) * np.array([np.cos(angle), np.sin(angle)])
            second = np.sqrt(SECOND_TURN) * np.array([np.cos(2 * angle), np.sin(2 * angle)])
            rows.append(np.concatenate([first, second, [sign * np.sqrt(MODE)]]))
    return np.array(rows)


_KEYS = _keys()


def key_name(key: Key) -> str:
    """Return "A minor"; empty when the key is not known."""
    if key.tonic is None:
        return ""
    return f"{(MAJOR_NAMES if key.mode == 'major' else MINOR_NAMES)[key.tonic]} {key.mode}"


def vector_of(key: Key) -> FloatArray:
    """Unit vector [shape=(KeyFacet.dim,)]: the mean over the 24 likelihoods, less of it the weaker the key is."""
    profile = np.asarray(key.profile, np.float64)
    mean = np.zeros(_KEYS.shape[1])
    if profile.shape == (24,) and np.isfinite(profile).all():
        mean = np.maximum(profile, 0) @ _KEYS
    norm = float(np.linalg.norm(mean))
    strength = key.strength if np.isfinite(key.strength) and norm > 1e-9 else 0.0  # a flat profile has no direction
    angle = np.pi / 2 * np.clip(strength / CERTAIN, 0, 1)
    known = np.sin(angle) * mean / norm if norm > 1e-9 else np.zeros_like(mean)
    return np.append(known, np.cos(angle)).astype(np.float32)


class KeyFacet:
    """Which notes are at home: for mixing that does not clash."""

    name = "key"
    label = "Key"
    hint = "Keys that mix well, on the circle of fifths."
    dim = 6
    default_weight = 0.0
    code = version = "1"

    def __init__(self, _usual: Reference) -> None:
        """A key is seen the same whatever is usual."""

    def vector(self, measurement: Measurement) -> FloatArray:
        """Unit vector [shape=(dim,)], see `vector_of`."""
        return vector_of(measurement.key)

    def badge(self, measurement: Measurement) -> str:
        """ "A minor"; empty when no key was heard."""
        return key_name(measurement.key)

    def agreement(self, seed: Measurement, other: Measurement) -> str:
        """ "both in A minor", "C major and its relative A minor", "C major and G major, a fifth apart", or empty."""
        ours, theirs = seed.key, other.key
        if ours.tonic is None or theirs.tonic is None:
            return ""
        steps = abs((fifths(ours.tonic, ours.mode) - fifths(theirs.tonic, theirs.mode) + 6) % 12 - 6)
        if ours.mode == theirs.mode and steps == 0:
            return f"both in {key_name(ours)}"
        if steps == 0:
            return f"{key_name(ours)} and its relative {key_name(theirs)}"
        if ours.mode == theirs.mode and steps == 1:
            return f"{key_name(ours)} and {key_name(theirs)}, a fifth apart"
        return ""
