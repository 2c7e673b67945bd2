"""A made-up library of any size whose vectors lie as those of real music do: styles, artists in them, albums in those.

What graph indexes find hard is the shape of the data, not its size alone: independent random numbers would be harder
than music and clean clusters easier. Sound and mood come from a tree of styles, artists and albums with a spectrum that
decays like MusiCNN's; tempo and key come from the facets themselves, because their exact shape decides about ties.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender import crowding, query
from recommender.facets import reference, seen_by
from recommender.index.base import Attributes
from recommender.measurement import GRID, FloatArray, Key, Measurement, Tempo
from recommender.query import Layout, Part

STYLES = 40
TRACKS_PER_ARTIST = 12
TRACKS_PER_ALBUM = 8
SHARES = (0.35, 0.25, 0.1, 0.3)  # of the variance: style, artist, album, track
DECAY = 0.7  # the n-th direction varies as n ** -DECAY
MEASURED = {"tempo", "key"}
YEARS = (1955, 2026)


@dataclass(frozen=True, slots=True)
class Library:
    """Rows as an index takes them; ids are 1..n."""

    vectors: FloatArray  # [shape=(n, layout.dim)]
    attributes: list[Attributes]
    layout: Layout


def resized(layout: Layout, dim: int) -> Layout:
    """The layout with as much sound as makes `dim` in all.

    Raises
    ------
    ValueError
        When the other facets alone need more.
    """
    others = layout.dim - sum(part.dim for part in layout.parts if part.name == "sound")
    if dim <= others + 1:
        raise ValueError(f"--dim {dim} leaves no room for sound: the other facets need {others}")
    parts, start = [], 0
    for part in layout.parts:
        width = dim - others if part.name == "sound" else part.dim
        parts.append(Part(part.name, start, start + width, part.version, part.scale))
        start += width
    return Layout(tuple(parts))


def imagine(count: int, layout: Layout, seed: int = 0) -> Library:
    """Make up `count` tracks; the same arguments give the same library."""
    generator = np.random.default_rng(seed)
    artist = generator.integers(0, max(count // TRACKS_PER_ARTIST, 1), count)
    album = artist * 100 + generator.integers(0, max(TRACKS_PER_ARTIST // TRACKS_PER_ALBUM, 1) + 1, count)
    bpm = np.where(generator.random(count) < 0.05, 0.0, 2 ** generator.normal(np.log2(115), 0.35, count))
    bpm = np.where(bpm > 0, np.clip(bpm, 40, 300), 0.0)
    columns = []
    for part in layout.facets:
        if part.name in MEASURED:
            columns.append(_measured(part.name, bpm, generator))
        else:
            columns.append(_tree(part.dim, artist, album, generator))
    years = generator.integers(*YEARS, count)
    seconds = generator.uniform(90, 420, count)
    rows = zip(artist, album, bpm, seconds, years, strict=True)
    attributes = [Attributes(int(a) + 1, int(b) + 1, 0, float(c), float(d), int(e)) for a, b, c, d, e in rows]
    vectors = np.hstack([*columns, crowding.unknown(count)]).astype(np.float32)
    landmarks = vectors[generator.permutation(count)[: crowding.LANDMARKS]]
    return Library(query.crowded(vectors, landmarks, layout), attributes, layout)


def _tree(
    width: int, artist: NDArray[np.int64], album: NDArray[np.int64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Unit rows [shape=(n, width)] that share their style, artist and album with others."""
    spectrum = np.arange(1, width + 1) ** -DECAY
    spectrum /= np.linalg.norm(spectrum)

    def drawn(labels: NDArray[np.int64]) -> NDArray[np.float64]:
        _, place = np.unique(labels, return_inverse=True)
        return (generator.normal(size=(int(place.max()) + 1, width)) * spectrum)[place]

    levels = (drawn(artist % STYLES), drawn(artist), drawn(album), drawn(np.arange(len(artist))))
    rows = sum(np.sqrt(share) * level for share, level in zip(SHARES, levels, strict=True))
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def _measured(name: str, bpm: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """What the facet of this code makes of made-up measurements [shape=(n, facet.dim)]."""
    facet = next(facet for facet in seen_by(reference.shipped()) if facet.name == name)
    make = _measurements(generator)
    return np.array([facet.vector(make(float(one))) for one in bpm])


def _measurements(generator: np.random.Generator) -> Callable[[float], Measurement]:
    nothing = np.zeros(0, np.float32)
    flat = np.full(len(GRID), 1 / len(GRID), np.float32)

    def made(bpm: float) -> Measurement:
        clarity = float(generator.beta(4, 2)) if bpm else 0.0
        peak = np.exp(-0.5 * (np.log2(GRID / bpm) / 0.02) ** 2) if bpm else flat
        posterior = (0.9 * peak / peak.sum() + 0.1 * flat).astype(np.float32)
        profile = generator.dirichlet(np.full(24, 0.2)).astype(np.float32)
        best = int(profile.argmax())
        key = Key(best % 12, "minor" if best >= 12 else "major", float(generator.beta(4, 2)), profile)
        return Measurement(200.0, Tempo(bpm or None, clarity, 0.9, 0.0, posterior), key, nothing, nothing)

    return made
