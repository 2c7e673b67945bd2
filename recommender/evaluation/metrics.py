"""Numbers about rankings and estimates. Arrays in, arrays out; every metric gives one value per query or item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Ranking = NDArray[np.int64]  # [shape=(queries, n - 1)] other items, best first
Labels = NDArray[np.int64]  # [shape=(n,)] equal numbers for equal labels, -1 for unknown

RESAMPLES = 1000
CONFIDENCE = 0.95
METRICAL = np.array([1.0, 2.0, 0.5, 3.0, 1 / 3])  # Accuracy2 of Gouyon et al. 2006


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean with its bootstrap confidence interval; n = 0 means that nothing could be measured."""

    mean: float | None
    low: float | None
    high: float | None
    n: int

    def to_json(self) -> dict[str, float | int | None]:
        """As plain data."""
        return {"mean": self.mean, "low": self.low, "high": self.high, "n": self.n}


def figure(values: Floats) -> Figure:
    """Mean of the finite values with a percentile bootstrap interval (Efron 1979), seeded."""
    values = np.asarray(values, np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return Figure(None, None, None, 0)
    generator = np.random.default_rng(0)
    means = values[generator.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Figure(round(float(values.mean()), 4), round(float(low), 4), round(float(high), 4), len(values))


def ratio(ours: Floats, theirs: Floats) -> Figure:
    """Mean of ours over mean of theirs, over the queries that both answer, with a paired bootstrap interval.

    Nothing (n = 0) when theirs is zero on average: such a ratio says nothing.
    """
    both = np.isfinite(ours) & np.isfinite(theirs)
    ours, theirs = np.asarray(ours, np.float64)[both], np.asarray(theirs, np.float64)[both]
    if not len(ours) or theirs.mean() <= 0:
        return Figure(None, None, None, 0)
    draws = np.random.default_rng(0).integers(0, len(ours), (RESAMPLES, len(ours)))
    below = theirs[draws].mean(axis=1)
    again = ours[draws].mean(axis=1)[below > 0] / below[below > 0]
    low, high = np.quantile(again, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Figure(round(float(ours.mean() / theirs.mean()), 4), round(float(low), 4), round(float(high), 4), len(ours))


def rank(scores: Floats) -> Ranking:
    """Order all other items for each query, best first [shape=(n, n - 1)] from scores [shape=(n, n)].

    Ties fall in one random order, the same in every run: the rows of a manifest stand in the order of albums, and that
    must not decide.
    """
    order = np.random.default_rng(0).permutation(len(scores))
    shuffled = scores[:, order].astype(np.float64)
    shuffled[order, np.arange(len(scores))] = -np.inf
    return order[np.argsort(-shuffled, axis=1, kind="stable")[:, :-1]].astype(np.int64)


def tempo_accuracy(estimated: Floats, truth: Floats) -> dict[str, Floats]:
    """Per clip 0 or 1, NaN where no truth is known; an estimate of NaN (no pulse) is wrong.

    accuracy1: within 4 %. accuracy2: within 4 % of 1, 2, 1/2, 3 or 1/3 times the truth (Gouyon et al. 2006).
    within1: within 1 % after both are folded into one octave.
    """
    known = np.isfinite(truth)
    safe = np.where(np.isfinite(estimated) & (estimated > 0), estimated, 1e-9)
    ratio = safe / np.where(known, truth, 1.0)
    octaves = np.abs(np.log2(ratio) - np.round(np.log2(ratio)))
    heard = np.isfinite(estimated)
    found = {
        "accuracy1": np.abs(ratio - 1) <= 0.04,
        "accuracy2": (np.abs(ratio[:, None] / METRICAL - 1) <= 0.04).any(axis=1),
        "within1": octaves <= np.log2(1.01),
    }
    return {name: np.where(known, values & heard, np.nan).astype(np.float64) for name, values in found.items()}


def retrieval(ranking: Ranking, labels: Labels, artists: Labels | None = None) -> dict[str, Floats]:
    """P@1, P@10 (of at most as many as exist) and average precision per query; NaN where nothing could be found.

    `artists`: with it, tracks by the query's own artist are left out (the artist filter of Flexer & Schnitzer 2010).
    """
    found: dict[str, list[float]] = {"p1": [], "p10": [], "map": []}
    for query, order in enumerate(ranking):
        pool = order[labels[order] >= 0]
        if artists is not None and artists[query] >= 0:
            pool = pool[artists[pool] != artists[query]]
        hits = labels[pool] == labels[query]
        if labels[query] < 0 or not hits.any():
            for values in found.values():
                values.append(np.nan)
            continue
        places = np.flatnonzero(hits) + 1
        found["p1"].append(float(hits[0]))
        found["p10"].append(float(hits[:10].sum()) / min(10, len(places)))
        found["map"].append(float(np.mean(np.arange(1, len(places) + 1) / places)))
    return {name: np.array(values) for name, values in found.items()}


def tempo_match(ranking: Ranking, truth: Floats, k: int = 10) -> Floats:
    """Per query, the share of its k nearest of known tempo that are within 6 % of its true BPM or an octave of it."""
    known = np.isfinite(truth)
    log = np.log2(np.where(known, truth, 1.0))
    shares = []
    for query, order in enumerate(ranking):
        near = order[known[order]][:k]
        if not known[query] or not len(near):
            shares.append(np.nan)
            continue
        apart = log[near] - log[query]
        shares.append(float(np.mean(np.abs(apart - np.round(apart)) <= np.log2(1.06))))
    return np.array(shares)


def tempo_ceiling(truth: Floats, k: int = 10) -> Floats:
    """The highest `tempo_match` that any ranking could reach: some tempi have fewer than k neighbours."""
    known = np.isfinite(truth)
    log = np.log2(np.where(known, truth, 1.0))
    apart = log[:, None] - log[None, :]
    near = (np.abs(apart - np.round(apart)) <= np.log2(1.06)) & known
    possible = min(k, int(known.sum()) - 1)
    if possible < 1:
        return np.full(len(truth), np.nan)
    return np.where(known, np.minimum(near.sum(axis=1) - 1, possible) / possible, np.nan)


def mood_distance(ranking: Ranking, moods: Floats, k: int = 5) -> Floats:
    """Per query, distance to its k nearest in z-scored mood columns [shape=(n, columns)] over that to all others.

    1 is what random neighbours give; lower is better.
    """
    if not moods.shape[1]:
        return np.full(len(moods), np.nan)
    spread = np.nanstd(moods, axis=0)
    space = (moods - np.nanmean(moods, axis=0)) / np.where(spread > 0, spread, 1.0)
    known = np.isfinite(space).all(axis=1)
    ratios = []
    for query, order in enumerate(ranking):
        pool = order[known[order]]
        if not known[query] or len(pool) <= k:
            ratios.append(np.nan)
            continue
        apart = np.linalg.norm(space[pool] - space[query], axis=1)
        ratios.append(float(apart[:k].mean() / max(apart.mean(), 1e-9)))
    return np.array(ratios)


def hubness(ranking: Ranking, k: int = 10) -> dict[str, Figure]:
    """Skew of the k-occurrence (Radovanovic et al. 2010) and the share of items in nobody's k nearest.

    About 0.3 is what chance alone gives to some hundred items.
    """
    counts = np.bincount(ranking[:, :k].ravel(), minlength=len(ranking))
    draws = np.random.default_rng(0).integers(0, len(counts), (RESAMPLES, len(counts)))
    again = counts[draws]
    varied = again.std(axis=1) > 0
    skews = np.where(varied, stats.skew(np.where(varied[:, None], again, np.arange(len(counts))), axis=1), 0.0)
    skew = float(stats.skew(counts)) if counts.std() > 0 else 0.0
    low, high = np.quantile(skews, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return {
        "skew": Figure(round(skew, 4), round(float(low), 4), round(float(high), 4), len(counts)),
        "never_recommended": figure((counts == 0).astype(np.float64)),
    }


def separation(scores: Floats, right: NDArray[np.bool_], k: int) -> dict[str, Figure]:
    """How well a score [shape=(n,)] puts what is right [shape=(n,)] before what is wrong, with bootstrap intervals.

    auc: the area under the curve, the chance that something right stands before something wrong; .5 is chance. pK:
    the share of right ones among the first `k`, or among as many as are right where those are fewer; chance is their
    share of all. Ties count by what a random order of them gives. Resampled are right and wrong ones apart.
    """
    levels = np.unique(scores, return_inverse=True)[1]
    good, bad, size = levels[right], levels[~right], int(levels.max(initial=-1)) + 1
    names, number = ("auc", f"p{k}"), len(good)
    if not number or not len(bad):
        return {name: Figure(None, None, None, number) for name in names}

    def measured(good: Labels, bad: Labels) -> tuple[float, float]:
        return _separated(np.bincount(good, minlength=size), np.bincount(bad, minlength=size), min(k, number))

    draw = np.random.default_rng(0).choice
    again = [measured(draw(good, number), draw(bad, len(bad))) for _ in range(RESAMPLES)]
    bounds = np.quantile(again, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0).round(4)
    return {
        name: Figure(round(mean, 4), float(low), float(high), number)
        for name, mean, low, high in zip(names, measured(good, bad), *bounds, strict=True)
    }


def _separated(right: Labels, wrong: Labels, first: int) -> tuple[float, float]:
    """Area and precision from how many right and wrong ones have each score, the lowest first [shape=(levels,)]."""
    below = np.cumsum(wrong) - wrong / 2
    here = (right + wrong)[::-1]
    taken = np.diff(np.minimum(np.cumsum(here), first), prepend=0)
    hits = taken * right[::-1] / np.maximum(here, 1)
    return float(right @ below / (right.sum() * wrong.sum())), float(hits.sum() / first)


def spearman(values: Floats, truth: Floats) -> Figure:
    """Rank correlation with a bootstrap interval; NaN rows are left out."""
    both = np.isfinite(values) & np.isfinite(truth)
    values, truth = values[both], truth[both]
    if len(values) < 5 or np.ptp(values) == 0 or np.ptp(truth) == 0:
        return Figure(None, None, None, len(values))
    generator = np.random.default_rng(0)
    draws = generator.integers(0, len(values), (RESAMPLES // 4, len(values)))
    again = [
        stats.spearmanr(values[draw], truth[draw]).statistic
        for draw in draws
        if np.ptp(values[draw]) and np.ptp(truth[draw])  # in a few rows a draw may hold but one value
    ]
    low, high = np.nanquantile(again, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    mean = float(stats.spearmanr(values, truth).statistic)
    return Figure(round(mean, 4), round(float(low), 4), round(float(high), 4), len(values))
