"""The taste of a listener: not one point but a few, because one may love both harpsichords and metal.

Opinions fade with age. Their vectors fall into as many groups as they honestly form, each group is a centre to ask
from, and a knob decides between what is nearest and what is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender import distances
from recommender.measurement import FloatArray

HALF_LIFE = 45.0  # days after which an opinion counts half
MOST_CENTRES = 5
SMALLEST = 3  # opinions that make a taste of its own
DISTINCT = 0.1  # mean silhouette from which several groups are more than an accident
RESTARTS, ROUNDS = 8, 50
BOLD = 3.0  # standard deviations of chance, relative to those of the scores, with the knob at its end


@dataclass(frozen=True, slots=True)
class Centre:
    """One of a listener's tastes."""

    members: tuple[int, ...]  # positions of the opinions that form it, the most typical first
    share: float  # of everything that was liked, 0..1


def fade(days: FloatArray) -> FloatArray:
    """How much opinions of these ages still count [shape=(n,)], 1 for today's."""
    return np.asarray(0.5 ** (np.maximum(days, 0.0) / HALF_LIFE), np.float32)


def centres(points: FloatArray, weights: FloatArray, *, most: int = MOST_CENTRES) -> list[Centre]:
    """Find the tastes among opinions.

    k-means (Lloyd 1982) from spread-out seeds, the number of groups by mean silhouette (Rousseeuw 1987): one group
    unless several stand clearly apart. The same opinions give the same tastes.

    Parameters
    ----------
    points : array [shape=(n, dim)]
        Vectors of what was liked, where Euclidean distance is what the listener hears (`paths.listening_space`).
    weights : array [shape=(n,)]
        How much each counts, > 0.
    most : int
        Upper bound on the number of tastes.

    Returns
    -------
    list of Centre
        The greatest share first; empty without opinions.
    """
    if not len(points):
        return []
    labels = np.zeros(len(points), np.intp)
    best = DISTINCT
    apart = np.sqrt(distances.squared(points, points))
    for count in range(2, min(most, len(points) // SMALLEST) + 1):
        tried = _grouped(points, weights, count)
        worth = _silhouette(apart, tried)
        if np.bincount(tried, minlength=count).min() >= SMALLEST and worth > best:
            best, labels = worth, tried
    found = [_centre(points, weights, labels == label) for label in np.unique(labels)]
    return sorted(found, key=lambda centre: -centre.share)


def explored(scores: FloatArray, boldness: float, seed: int) -> NDArray[np.intp]:
    """An order of hits between the best first (0) and anything among them (1).

    Every score is shaken by Gumbel noise and sorted again, which is drawing without replacement by softmax odds (Kool
    et al. 2019). The same seed gives the same order.
    """
    if boldness <= 0 or len(scores) < 2:
        return np.argsort(-scores, kind="stable")
    noise = np.random.default_rng(seed).gumbel(size=len(scores))
    spread = max(float(np.std(scores)), 1e-6)
    return np.argsort(-(scores / spread + min(boldness, 1.0) * BOLD * noise), kind="stable")


def interleaved(lists: Sequence[Sequence[int]], shares: Sequence[float], k: int) -> list[tuple[int, int]]:
    """Deal from several lists in proportion to their shares, nothing twice.

    Returns
    -------
    list of (list, element)
        At most `k`. Who lags furthest behind its share is dealt next, so every prefix is in proportion.
    """
    waiting = [list(each) for each in lists]
    credit = np.zeros(len(lists))
    dealt: list[tuple[int, int]] = []
    seen: set[int] = set()
    while len(dealt) < k and any(waiting):
        open_shares = np.array([share if left else 0.0 for share, left in zip(shares, waiting, strict=True)])
        credit += open_shares / max(open_shares.sum(), 1e-9)
        turn = int(np.where([bool(left) for left in waiting], credit, -np.inf).argmax())
        element = waiting[turn].pop(0)
        if element in seen:
            continue
        credit[turn] -= 1.0
        seen.add(element)
        dealt.append((turn, element))
    return dealt


def _grouped(points: FloatArray, weights: FloatArray, count: int) -> NDArray[np.intp]:
    generator = np.random.default_rng(count)
    starts = np.stack([_seeds(points, weights, count, generator) for _ in range(RESTARTS)])
    labels, spreads = _lloyd(points, weights, starts)
    best: NDArray[np.intp] = labels[spreads.argmin()]
    return best


def _seeds(points: FloatArray, weights: FloatArray, count: int, generator: np.random.Generator) -> FloatArray:
    """k-means++ (Arthur and Vassilvitskii 2007)."""
    chosen = [int(generator.choice(len(points), p=weights / weights.sum()))]
    nearest = np.full(len(points), np.inf, np.float32)
    while len(chosen) < count:
        nearest = np.minimum(nearest, distances.squared(points, points[chosen[-1:]])[:, 0])
        far = weights * nearest
        total = far.sum()
        odds = far / total if total > 0 else np.full(len(points), 1 / len(points))
        chosen.append(int(generator.choice(len(points), p=odds)))
    return points[chosen]


def _lloyd(
    points: FloatArray, weights: FloatArray, starts: FloatArray
) -> tuple[NDArray[np.intp], NDArray[np.floating]]:
    """Labels [shape=(tries, n)] and spread of each try, from its middles [shape=(tries, groups, dim)], all at once."""
    labels = np.full((len(starts), len(points)), -1, np.intp)
    middles, moving = starts.copy(), np.arange(len(starts))
    numbers = np.arange(starts.shape[1])[:, None]
    for _ in range(ROUNDS):
        nearest = _nearest(points, middles[moving])
        changed = (nearest != labels[moving]).any(axis=1)
        if not changed.any():
            break
        moving, nearest = moving[changed], nearest[changed]
        labels[moving] = nearest
        shares = (nearest[:, None, :] == numbers) * weights
        totals = shares.sum(axis=2)[:, :, None]
        middles[moving] = np.where(totals > 0, shares @ points / np.maximum(totals, 1e-12), middles[moving])
    spreads = np.array([float(weights @ distances.squared(points, each).min(axis=1)) for each in middles])
    return labels, spreads


def _nearest(points: FloatArray, middles: FloatArray) -> NDArray[np.intp]:
    """Which middle [shape=(tries, groups, dim)] each point is nearest to; its own length decides nothing."""
    flat = middles.reshape(-1, points.shape[1])
    apart = np.sum(flat**2, axis=1)[:, None] - 2 * flat @ points.T
    return apart.reshape(*middles.shape[:2], -1).argmin(axis=1)


def _silhouette(apart: FloatArray, labels: NDArray[np.intp]) -> float:
    groups = np.unique(labels)
    if len(groups) < 2:
        return -1.0
    members = (labels[:, None] == groups[None, :]).astype(np.float32)
    sizes = members.sum(axis=0)
    sums = apart @ members
    own = members.astype(bool)
    inside = sums[own] / np.maximum(sizes[own.argmax(axis=1)] - 1, 1)
    outside = np.where(own, np.inf, sums / sizes).min(axis=1)
    values = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-9)
    return float(np.where(sizes[own.argmax(axis=1)] > 1, values, 0.0).mean())


def _centre(points: FloatArray, weights: FloatArray, mine: NDArray[np.bool_]) -> Centre:
    members = np.flatnonzero(mine)
    middle = np.average(points[members], axis=0, weights=weights[members])
    typical = members[np.argsort(np.linalg.norm(points[members] - middle, axis=1), kind="stable")]
    return Centre(tuple(int(each) for each in typical), float(weights[members].sum() / weights.sum()))
