"""The order in which a DJ would play a list: neighbouring tempi, keys that do not clash, sounds that agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from recommender.facets.key import fifths
from recommender.measurement import FloatArray

REACH = 0.06  # relative: what a pitch fader does to a record before people notice
FOLDED = 0.5  # price of mixing 70 into 140 BPM
FARTHEST = 4.0  # no tempo is worse than this
SAME_KEY, NEIGHBOUR, DIAGONAL, LIFT, CLASH, NO_KEY = 0.0, 0.2, 0.6, 0.6, 1.5, 0.5
UNLIKE = 1.0  # price of two tracks with nothing in common in sound
NO_TEMPO = 1.0
QUALITIES, BREAK = ((1.0, "smooth"), (2.0, "noticeable")), "a hard cut"  # what costs less than so much, and the rest
EXACT = 12  # tracks; every order is compared up to here (12 * 2^12 states)
STARTS = 24  # openings that are tried for longer lists
FIXED = 1e6  # ties the given opening to its place


@dataclass(frozen=True, slots=True)
class Cue:
    """What a transition depends on."""

    bpm: float | None
    tonic: int | None  # 0 = C
    mode: str = "major"


@dataclass(frozen=True, slots=True)
class Transition:
    """From one track into the next."""

    cost: float  # 0: seamless; QUALITIES
    stretch: float | None  # by how much the second must be slowed (< 0) or sped up to fit, relative; None: no beat
    octave: int  # the second is counted in half time (-1) or double time (1) to fit
    keys: str  # "8A → 9A"; empty when a key is not known
    clashes: bool  # the keys do not go together

    @property
    def quality(self) -> str:
        """The cost in a word."""
        return next((word for most, word in QUALITIES if self.cost < most), BREAK)

    @property
    def in_reach(self) -> bool:
        """Whether a pitch fader bridges the tempi."""
        return self.stretch is not None and abs(self.stretch) <= REACH


def camelot(cue: Cue) -> str:
    """The key as DJs write it, "8A" for A minor; empty when unknown."""
    if cue.tonic is None:
        return ""
    return f"{_hour(cue)}{'A' if cue.mode == 'minor' else 'B'}"


def transition(one: Cue, other: Cue, likeness: float = 1.0) -> Transition:
    """What it takes to go from one track into another, either way; `likeness` of their sound is -1..1."""
    stretch, octave = _stretch(one.bpm, other.bpm)
    key = _key_cost(one, other)
    known = one.tonic is not None and other.tonic is not None
    return Transition(
        cost=_tempo_cost(one, other, stretch, octave) + key + UNLIKE * (1 - min(max(likeness, 0.0), 1.0)),
        stretch=stretch,
        octave=octave,
        keys=f"{camelot(one)} → {camelot(other)}" if known else "",
        clashes=known and key == CLASH,
    )


def costs(cues: Sequence[Cue], likeness: FloatArray | None = None) -> FloatArray:
    """Cost of every transition [shape=(n, n)], symmetric, zero on the diagonal."""
    count = len(cues)
    table = np.zeros((count, count), np.float32)
    for a in range(count):
        for b in range(a):
            alike = 1.0 if likeness is None else float(likeness[a, b])
            table[a, b] = table[b, a] = transition(cues[a], cues[b], alike).cost
    return table


def order(table: FloatArray, *, first: int | None = None) -> list[int]:
    """Put tracks in the order of least total cost.

    Exact up to 12 tracks (Held and Karp 1962); longer lists start from nearest neighbours and are improved by reversing
    stretches (2-opt; Croes 1958) until no reversal helps.

    Parameters
    ----------
    table : array [shape=(n, n)]
        What `costs` gave.
    first : int, optional
        The track to open with.
    """
    count = len(table)
    if count < 3:
        rest = [each for each in range(count) if each != first]
        return rest if first is None else [first, *rest]
    if count <= EXACT:
        return _exact(table, first)
    openings = [first] if first is not None else list(range(0, count, max(count // STARTS, 1)))
    ways = [_improved(_greedy(table, opening), table, fixed=first is not None) for opening in openings]
    return min(ways, key=lambda way: total(way, table))


def total(way: Sequence[int], table: FloatArray) -> float:
    """Cost of playing tracks in this order."""
    return float(sum(table[a, b] for a, b in pairwise(way)))


def _hour(cue: Cue) -> int:
    assert cue.tonic is not None
    return (fifths(cue.tonic, cue.mode) + 7) % 12 + 1  # C major is 8B


def _stretch(ours: float | None, theirs: float | None) -> tuple[float | None, int]:
    if not ours or not theirs:
        return None, 0
    octaves = float(np.log2(ours / theirs))
    octave = int(np.clip(round(octaves), -1, 1))
    return float(2 ** (octaves - octave) - 1), octave


def _tempo_cost(one: Cue, other: Cue, stretch: float | None, octave: int) -> float:
    if stretch is None:
        return 0.0 if not one.bpm and not other.bpm else NO_TEMPO
    reaches = abs(np.log2(1 + stretch)) / np.log2(1 + REACH)
    return float(min(reaches**2 if reaches < 1 else 2 * reaches - 1, FARTHEST)) + FOLDED * abs(octave)


def _key_cost(one: Cue, other: Cue) -> float:
    if one.tonic is None or other.tonic is None:
        return NO_KEY
    hours = abs((_hour(one) - _hour(other) + 6) % 12 - 6)
    known = {
        (0, True): SAME_KEY,
        (0, False): NEIGHBOUR,
        (1, True): NEIGHBOUR,
        (1, False): DIAGONAL,
        (2, True): LIFT,
    }
    return known.get((hours, one.mode == other.mode), CLASH)


def _exact(table: FloatArray, first: int | None) -> list[int]:
    count = len(table)
    cost = np.full((1 << count, count), np.inf)
    origin = np.zeros((1 << count, count), np.int8)
    for opening in range(count) if first is None else (first,):
        cost[1 << opening, opening] = 0.0
    bits = 1 << np.arange(count)
    for played in range(1, 1 << count):
        if not np.isfinite(cost[played]).any():
            continue
        onward = cost[played][:, None] + table
        best, cheapest = onward.argmin(axis=0), onward.min(axis=0)
        for coming in np.flatnonzero((played & bits) == 0):
            bigger = played | (1 << int(coming))
            if cheapest[coming] < cost[bigger, coming]:
                cost[bigger, coming], origin[bigger, coming] = cheapest[coming], best[coming]
    played, at = (1 << count) - 1, int(cost[-1].argmin())
    way = [at]
    while played != 1 << at:
        played, at = played & ~(1 << at), int(origin[played, at])
        way.append(at)
    return way[::-1]


def _greedy(table: FloatArray, opening: int) -> list[int]:
    left = np.ones(len(table), bool)
    way = [opening]
    left[opening] = False
    while left.any():
        following = int(np.where(left, table[way[-1]], np.inf).argmin())
        way.append(following)
        left[following] = False
    return way


def _improved(way: list[int], table: FloatArray, *, fixed: bool) -> list[int]:
    """Reverse stretches while that helps. A nowhere before the opening and after the end closes the way to a ring."""
    count = len(way)
    ring = np.zeros((count + 1, count + 1))
    ring[:count, :count] = table
    if fixed:
        ring[count, way[0]] = ring[way[0], count] = -FIXED
    around = np.array([count, *way, count])
    while True:
        before, at = around[:-2], around[1:-1]
        now = ring[before, at]
        after = ring[around[1:-1], around[2:]]
        # gain of reversing the stretch i..j: two joints are replaced by two others
        change = (
            ring[before[:, None], at[None, :]] + ring[at[:, None], around[2:][None, :]] - now[:, None] - after[None, :]
        )
        change[np.tril_indices(count)] = 0.0
        i, j = np.unravel_index(int(change.argmin()), change.shape)
        if change[i, j] > -1e-6:
            return [int(each) for each in around[1:-1]]
        around[i + 1 : j + 2] = around[i + 1 : j + 2][::-1].copy()
