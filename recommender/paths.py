"""A way from one track to another in steps that are even to the ear.

The space is the listener's own: every facet stretched by the square root of its weight, so that distances in it are
what the sliders mean. Of all ways with a given number of steps between fixed ends, the one whose squared steps sum to
the least is the shortest and the most even (a discrete geodesic); here its points must be tracks, none of them twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recommender import distances
from recommender.measurement import FloatArray
from recommender.query import Layout, sloped, weighting

Costs = NDArray[np.floating]

PROGRESS = 40.0  # how strongly a point is held at its share of the way; docs/questions.md has the figures
EVENNESS = 24.0  # how strongly a step is held at the mean step of the round before
ROUNDS = 3  # of evening out; more change nothing
LONGER = 1.25  # a way may take so much longer steps to be even; without a bound it would rather leap about evenly
SAME_ARTIST = 0.15  # in squared lengths of the whole way: two pieces of one artist in a row need a reason
OCTAVES_OF_BEND = 0.4  # how far the middle of a bent tempo curve leaves the straight one: 120 -> 158 BPM
SHARE_OF_BEND = 0.35  # the same for values between 0 and 1


class Curve(StrEnum):
    """How a value moves between its first and its last."""

    STRAIGHT = "straight"
    ARCH = "arch"  # up, and back
    VALLEY = "valley"  # down, and back


def listening_space(vectors: FloatArray, positions: Mapping[str, float], layout: Layout) -> FloatArray:
    """Stored vectors where squared distances are what the sliders make of dissimilarity [shape=(n, dim)]."""
    weights = sloped(weighting(positions, layout), layout)
    stretched: FloatArray = vectors * np.sqrt(np.maximum(weights, 0))
    return stretched


def between(start: FloatArray, stop: FloatArray, share: float, layout: Layout) -> FloatArray:
    """A stored vector on the way, each facet turned by its share of the angle (slerp; Shoemake 1985) [shape=(dim,)]."""
    middle = np.zeros(layout.dim, np.float32)
    for part in layout.parts:
        middle[part.place] = _turned(start[part.place], stop[part.place], share)
    return middle


def curve(kind: Curve, first: float, last: float, steps: int, *, bend: float) -> FloatArray:
    """Values from `first` to `last` [shape=(steps,)], in the middle `bend` above (arch) or below (valley) the line."""
    share = np.linspace(0.0, 1.0, steps)
    sign = {Curve.STRAIGHT: 0.0, Curve.ARCH: 1.0, Curve.VALLEY: -1.0}[kind]
    return (first + (last - first) * share + sign * bend * np.sin(np.pi * share)).astype(np.float32)


def progress(points: FloatArray, start: FloatArray, stop: FloatArray) -> FloatArray:
    """Share of the way at which each point stands [shape=(n,)]: its foot on the line from start (0) to stop (1)."""
    way = stop - start
    feet: FloatArray = ((points - start) @ way / max(float(way @ way), 1e-9)).astype(np.float32)
    return feet


def step_lengths(points: FloatArray) -> FloatArray:
    """Distances between neighbours in the order given [shape=(n - 1,)]."""
    lengths: FloatArray = np.linalg.norm(np.diff(points, axis=0), axis=1).astype(np.float32)
    return lengths


def walk(
    points: FloatArray,
    start: FloatArray,
    stop: FloatArray,
    steps: int,
    *,
    artists: Sequence[int] = (),
    off_curve: FloatArray | None = None,
) -> list[int]:
    """Choose the tracks between two given ones.

    Parameters
    ----------
    points : array [shape=(n, dim)]
        Candidates in `listening_space`; twins should have been taken out.
    start, stop : arrays [shape=(dim,)]
        The given ends, in the same space.
    steps : int
        Number of tracks on the whole way, the two ends included.
    artists : sequence of n numbers, optional
        0 is unknown. Two of the same artist in a row cost something.
    off_curve : array [shape=(steps - 2, n)], optional
        How far each candidate is from the wanted value at each place, squared, 1 being intolerable.

    Returns
    -------
    list of positions in `points`
        `steps - 2` of them, or all of them in an order when there are fewer; never one twice.
    """
    inner = min(steps - 2, len(points))
    if inner < 1:
        return []
    apart = float(np.sum((stop - start) ** 2))
    # Ends that are nearly the same give no way to be held to, and no measure for steps: then the tracks around do.
    whole = max(apart, float(np.median(_squares(points, start))), 1e-6)
    share = np.arange(1, inner + 1) / (inner + 1)
    held = PROGRESS * apart / whole * (progress(points, start, stop)[None, :] - share[:, None]) ** 2
    if off_curve is not None:
        held = held + off_curve[:inner]
    squared = _Squared(
        first=_squares(points, start) / whole,
        last=_squares(points, stop) / whole,
        every=distances.squared(points, points) / whole,
    )
    crowd = SAME_ARTIST * _same(artists, len(points))
    way = _cheapest(squared.first, squared.last, squared.every + crowd, held)
    longest = LONGER * squared.mean_step(way)
    for _ in range(ROUNDS):
        even = squared.evened(min(squared.mean_step(way), longest))
        way = _cheapest(even.first, even.last, even.every + crowd, held)
    return way


class _Squared:
    """Squared step lengths: from the start, to the stop, and among candidates, in squared lengths of the whole way."""

    def __init__(self, first: Costs, last: Costs, every: Costs) -> None:
        self.first, self.last, self.every = first, last, every

    def mean_step(self, way: Sequence[int]) -> float:
        """Mean step length of a way, the whole being 1 long."""
        hops = [self.first[way[0]], *(self.every[a, b] for a, b in pairwise(way)), self.last[way[-1]]]
        return float(np.mean(np.sqrt(hops)))

    def evened(self, mean: float) -> _Squared:
        """The same, with a price on steps that are longer or shorter than this."""
        first, last, every = (
            each + EVENNESS * (np.sqrt(each) - mean) ** 2 for each in (self.first, self.last, self.every)
        )
        return _Squared(first, last, every)


def _cheapest(first: Costs, last: Costs, every: Costs, held: Costs) -> list[int]:
    """Dynamic programme over places; a candidate's best way so far knows where it has been and goes nowhere twice."""
    count = len(first)
    cost = first + held[0]
    visited = np.eye(count, dtype=bool)
    came_from: list[NDArray[np.intp]] = []
    for here in held[1:]:
        total = np.where(visited, np.inf, cost[:, None] + every)
        origin = total.argmin(axis=0)
        cost = total[origin, np.arange(count)] + here
        visited = visited[origin] | np.eye(count, dtype=bool)
        came_from.append(origin)
    at = int((cost + last).argmin())
    way = [at]
    for origin in reversed(came_from):
        at = int(origin[at])
        way.append(at)
    return way[::-1]


def _turned(start: FloatArray, stop: FloatArray, share: float) -> FloatArray:
    lengths = float(np.linalg.norm(start) * np.linalg.norm(stop))
    cosine = float(np.clip(start @ stop / lengths, -1, 1)) if lengths > 0 else 1.0
    angle = np.arccos(cosine)
    if angle < 1e-3 or np.pi - angle < 1e-3:  # the same, or opposite: no one arc leads there
        return ((1 - share) * start + share * stop).astype(np.float32)
    turned = (np.sin((1 - share) * angle) * start + np.sin(share * angle) * stop) / np.sin(angle)
    return turned.astype(np.float32)


def _squares(points: FloatArray, end: FloatArray) -> FloatArray:
    return np.sum((points - end) ** 2, axis=1)


def _same(artists: Sequence[int], count: int) -> NDArray[np.bool_]:
    known = np.asarray(artists if len(artists) else [0] * count)
    return (known[:, None] == known[None, :]) & (known[:, None] != 0)
