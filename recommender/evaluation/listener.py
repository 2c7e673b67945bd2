"""A simulated listener with a hidden taste: how much do a few likes and skips help?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recommender import query
from recommender.evaluation.metrics import Floats, Labels
from recommender.measurement import FloatArray

OPINIONS = 5  # likes, and as many skips
SHOWN = 10

Ask = Callable[[FloatArray], FloatArray]  # a seed vector [shape=(dim,)] to the scores of all tracks [shape=(n,)]


def gains(vectors: FloatArray, ask: Ask, taste: Labels) -> tuple[Floats, Floats]:
    """Precision among the next ten tracks without and with feedback.

    The listener starts at a track, likes what carries the same label and skips the rest, walking down the list until
    there were five of each; what was shown is not shown again. Both lists are cut from the same remaining tracks.

    Parameters
    ----------
    vectors : array [shape=(n, dim)], stored vectors
    ask : the search, with the listener's sliders in it
    taste : array [shape=(n,)], label of each track, -1 unknown

    Returns
    -------
    (before, after) : arrays [shape=(n,)], NaN where the label leaves too little to find
    """
    before, after = np.full(len(vectors), np.nan), np.full(len(vectors), np.nan)
    for start in range(len(vectors)):
        if taste[start] >= 0:
            before[start], after[start] = _session(start, vectors, ask, taste)
    return before, after


def _session(start: int, vectors: FloatArray, ask: Ask, taste: Labels) -> tuple[float, float]:
    liked: list[int] = []
    skipped: list[int] = []
    shown = {start}
    for track in _order(ask(vectors[start]), shown, taste):
        wanted = liked if taste[track] == taste[start] else skipped
        if len(wanted) < OPINIONS:
            wanted.append(track)
            shown.add(track)
        if len(liked) == len(skipped) == OPINIONS:
            break
    left = [track for track in range(len(vectors)) if track not in shown and taste[track] == taste[start]]
    if not left or not liked or not skipped:
        return np.nan, np.nan
    steered = query.steer(vectors[start], list(vectors[liked[::-1]]), list(vectors[skipped[::-1]]))
    best = min(SHOWN, len(left))
    found = []
    for seed in (vectors[start], steered):
        top = _order(ask(seed), shown, taste)[:SHOWN]
        found.append(sum(taste[track] == taste[start] for track in top) / best)
    return found[0], found[1]


def _order(scores: FloatArray, without: set[int], taste: Labels) -> list[int]:
    """Tracks of known label, best first: about the others nobody can say whether the listener would like them."""
    order = np.argsort(-scores, kind="stable")
    return [int(track) for track in order if int(track) not in without and taste[track] >= 0]
