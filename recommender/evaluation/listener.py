"""A simulated listener with a hidden taste: how much do a few likes and skips help?"""

from __future__ import annotations

import numpy as np

from recommender import query
from recommender.evaluation.metrics import Floats, Ranking
from recommender.measurement import FloatArray

OPINIONS = 5  # likes, and as many skips
SHOWN = 10


def gains(vectors: FloatArray, weighting: FloatArray, taste: Ranking) -> tuple[Floats, Floats]:
    """Precision among the next ten tracks without and with feedback.

    The listener starts at a track, likes what carries the same label and skips the rest, walking down the list until
    there were five of each; what was shown is not shown again. Both lists are cut from the same remaining tracks.

    Parameters
    ----------
    vectors : array [shape=(n, dim)], stored vectors
    weighting : array [shape=(dim,)], weights and scales as they stand in the query
    taste : array [shape=(n,)], label of each track, -1 unknown

    Returns
    -------
    (before, after) : arrays [shape=(n,)], NaN where the label leaves too little to find
    """
    before, after = np.full(len(vectors), np.nan), np.full(len(vectors), np.nan)
    for start in range(len(vectors)):
        if taste[start] >= 0:
            before[start], after[start] = _session(start, vectors, weighting, taste)
    return before, after


def _session(start: int, vectors: FloatArray, weighting: FloatArray, taste: Ranking) -> tuple[float, float]:
    first = _order(vectors[start], vectors, weighting, {start})
    liked: list[int] = []
    skipped: list[int] = []
    shown = {start}
    for track in first:
        wanted = liked if taste[track] == taste[start] else skipped
        if len(wanted) < OPINIONS:
            wanted.append(track)
            shown.add(track)
        if len(liked) == len(skipped) == OPINIONS:
            break
    left = [track for track in range(len(vectors)) if track not in shown and taste[track] == taste[start]]
    if not left or not liked or not skipped:
        return np.nan, np.nan
    steered = query.steer(vectors[start], vectors[liked[::-1]], vectors[skipped[::-1]])
    best = min(SHOWN, len(left))
    found = []
    for seed in (vectors[start], steered):
        top = _order(seed, vectors, weighting, shown)[:SHOWN]
        found.append(sum(taste[track] == taste[start] for track in top) / best)
    return found[0], found[1]


def _order(seed: FloatArray, vectors: FloatArray, weighting: FloatArray, without: set[int]) -> list[int]:
    scores = vectors @ (seed * weighting)
    return [int(track) for track in np.argsort(-scores, kind="stable") if int(track) not in without]
