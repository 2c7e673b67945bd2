"""Tempo as a unit vector: octave-aware, and honest about music without a beat.

A tempo is an angle: one turn of the circle is one octave of BPM, so 70 and 140 point the same way. Harmonics of that
angle make the similarity as narrow as a dancer's patience (a few percent); a slow turn over eight octaves still tells
70 from 140.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.facets.reference import Reference
from recommender.measurement import GRID, FloatArray, Measurement, Tempo

HARMONICS = 10
NARROW = 0.06  # octaves: a dancer's patience, 4 percent
SLOW_SHARE = 0.1
SLOW_OCTAVES = 8.0  # one turn of the slow part
# Between tempi that lie further apart the narrow similarity is flat: whoever looks for a way from one to the other
# sees no slope, and jumps. `SLOPE` puts as much of a wide one beside it.
WIDE, WIDE_SHARE = 0.22, 0.2
CLEAR = 0.25  # clarity from which the beat counts fully; at .35 slow scores of known tempo lost their neighbours
TOLERANCE = 0.06  # relative: what is called the same tempo
COUNTED = {0: "", 1: ", double time", -1: ", half time"}  # by `octaves_apart`


def _series(width: float) -> NDArray[np.float64]:
    """Fourier series of a wrapped Gaussian so many octaves wide, of sum one."""
    series = np.exp(-2 * (np.pi * np.arange(1, HARMONICS + 1) * width) ** 2)
    return series / series.sum()


def _slope() -> FloatArray:
    """What each coordinate counts where ways are looked for [shape=(TempoFacet.dim,)]: see `WIDE`.

    Similarities of random tempi spread as much with it as without, so that sliders keep their meaning.
    """
    narrow = _series(NARROW)
    mixed = (1 - WIDE_SHARE) * narrow + WIDE_SHARE * _series(WIDE)
    steady = SLOW_SHARE / (1 - SLOW_SHARE)
    kept = np.sqrt((np.sum(narrow**2) + steady**2) / (np.sum(mixed**2) + steady**2))
    return np.concatenate([kept * np.tile(mixed / narrow, 2), [kept, kept, 1.0]]).astype(np.float32)


SLOPE = _slope()


def _phi(bpm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors [shape=(len(bpm), 2 * HARMONICS + 2)] of exact tempi."""
    octave = np.log2(bpm)[:, None]
    turns = 2 * np.pi * octave * np.arange(1, HARMONICS + 1)
    slow = 2 * np.pi * octave / SLOW_OCTAVES
    # Square roots, so that dot products are the Gaussian itself.
    amplitude = np.sqrt(_series(NARROW) * (1 - SLOW_SHARE))
    return np.hstack(
        [
            amplitude * np.cos(turns),
            amplitude * np.sin(turns),
            np.sqrt(SLOW_SHARE) * np.hstack([np.cos(slow), np.sin(slow)]),
        ]
    )


_ON_GRID = _phi(GRID)


def pace(bpm: float) -> FloatArray:
    """The way towards a tempo that is meant as it is, unlike its half and its double [shape=(TEMPO.dim,)]."""
    way = np.zeros(2 * HARMONICS + 3, np.float32)
    angle = 2 * np.pi * np.log2(bpm) / SLOW_OCTAVES
    way[2 * HARMONICS : 2 * HARMONICS + 2] = np.cos(angle), np.sin(angle)
    return way


def octaves_apart(ours: float, theirs: float) -> int | None:
    """0 for the same tempo, 1 where the second is the double of the first, -1 where it is the half; else None."""
    octaves = float(np.log2(theirs / ours))
    whole = round(octaves)
    return whole if whole in COUNTED and abs(octaves - whole) <= np.log2(1 + TOLERANCE) else None


def vector_of(tempo: Tempo) -> FloatArray:
    """Unit vector [shape=(TempoFacet.dim,)]: the mean over the posterior, less of it the less clear the pulse is."""
    posterior = np.asarray(tempo.posterior, np.float64)
    mean = np.zeros(_ON_GRID.shape[1])
    if posterior.shape == GRID.shape and np.isfinite(posterior).all():
        mean = np.maximum(posterior, 0) @ _ON_GRID
    norm = float(np.linalg.norm(mean))
    clarity = tempo.clarity if np.isfinite(tempo.clarity) and norm > 0 else 0.0
    angle = np.pi / 2 * np.clip(clarity / CLEAR, 0, 1)
    known = np.sin(angle) * mean / norm if norm > 0 else mean
    return np.append(known, np.cos(angle)).astype(np.float32)


class TempoFacet:
    """How fast, whichever of the half and the double one taps."""

    name = "tempo"
    label = "Tempo"
    hint = "Beats per minute. Half and double time count as close."
    dim = 2 * HARMONICS + 3
    default_weight = 0.35
    code = version = "5"

    def __init__(self, _usual: Reference) -> None:
        """A tempo is seen the same whatever is usual."""

    def vector(self, measurement: Measurement) -> FloatArray:
        """Unit vector [shape=(dim,)], see `vector_of`."""
        return vector_of(measurement.tempo)

    def badge(self, measurement: Measurement) -> str:
        """ "118.0 BPM", "75.0 or 150.0 BPM" when the octave is open, "no clear beat"."""
        tempo = measurement.tempo
        if tempo.bpm is None:
            return "no clear beat"
        return " or ".join(f"{bpm:.1f}" for bpm in (tempo.bpm, *tempo.alternatives[:1])) + " BPM"

    def agreement(self, seed: Measurement, other: Measurement) -> str:
        """ "118 and 120 BPM", "70 and 140 BPM, double time"; empty when the tempi differ."""
        ours, theirs = seed.tempo.bpm, other.tempo.bpm
        if ours is None or theirs is None:
            return "both without a clear beat" if ours is None and theirs is None else ""
        apart = octaves_apart(ours, theirs)
        if apart is None:
            return ""
        if f"{ours:.0f}" == f"{theirs:.0f}":
            return f"both {ours:.0f} BPM"
        return f"{ours:.0f} and {theirs:.0f} BPM{COUNTED[apart]}"
