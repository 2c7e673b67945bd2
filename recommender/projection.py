"""Vectors to a flat map where what sounds alike lies together, and where things stay where listeners learned them.

PCA gives the broad order, t-SNE (van der Maaten and Hinton 2008) the neighbourhoods. It is fitted on landmarks only;
the rest of a large library, newcomers, and what not everybody may see are placed among their nearest landmarks. A new
fit starts from the old places and is turned and scaled onto them (Procrustes), so old points move little.

Imports scikit-learn: load it in a worker, not in the web process.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from recommender import distances
from recommender.measurement import FloatArray

LANDMARKS = 4_000  # t-SNE of so many takes about half a minute of one core; docs/questions.md
PERPLEXITY = 30.0
ITERATIONS = 750
NEIGHBOURS = 5
BLOCK = 2_000  # rows compared with all landmarks at a time
MARGIN = 0.06  # left free around the first map, so that it can grow
LEAST_FILLED = 0.75  # of the square's side; a map that has become smaller is stretched again
LEAST_KNOWN, MOSTLY_KNOWN = 3, 0.5  # old places that turn a map; share of them from which it starts there
SMALLEST = 8  # fewer points than this get the PCA alone


def fit(vectors: FloatArray, old: FloatArray | None = None) -> FloatArray:
    """Lay out landmarks.

    Parameters
    ----------
    vectors : array [shape=(n, dim)]
        In the space where Euclidean distance is what one hears; n up to `LANDMARKS`.
    old : array [shape=(n, 2)], optional
        Where they lie on the present map; NaN for those that are new.

    Returns
    -------
    array [shape=(n, 2)]
        Mostly in 0..1; the same input gives the same map.
    """
    known: NDArray[np.bool_] = np.zeros(len(vectors), bool)
    if old is not None:
        known = np.asarray(np.isfinite(old).all(axis=1))
    if old is None or known.sum() < LEAST_KNOWN:
        return framed(_laid_out(vectors, _pca(vectors), fresh=True))
    if known.mean() < MOSTLY_KNOWN:  # the few old places say too little about where the many new ones belong
        return aligned(_laid_out(vectors, _pca(vectors), fresh=True), old[known], known)
    start = old.astype(np.float32)
    if not known.all():
        start[~known] = place(vectors[~known], vectors[known], start[known])
    middle, spread = start.mean(axis=0), max(float(start.std()), 1e-6)
    moved = _laid_out(vectors, (start - middle) / spread * _natural_spread(len(vectors)), fresh=False)
    return aligned(moved, old[known], known)


def place(vectors: FloatArray, landmarks: FloatArray, points: FloatArray) -> FloatArray:
    """Put further vectors among landmarks [shape=(n, 2)]: between the nearest ones, closest to the most alike."""
    placed = np.zeros((len(vectors), 2), np.float32)
    count = min(NEIGHBOURS, len(landmarks))
    for low in range(0, len(vectors), BLOCK):
        apart = distances.squared(vectors[low : low + BLOCK], landmarks)
        nearest = np.argpartition(apart, count - 1, axis=1)[:, :count]
        near = np.take_along_axis(apart, nearest, axis=1)
        weights = np.exp(-(near - near.min(axis=1, keepdims=True)) / np.maximum(near.mean(axis=1, keepdims=True), 1e-9))
        placed[low : low + BLOCK] = np.sum(
            points[nearest] * (weights / weights.sum(axis=1, keepdims=True))[:, :, None], axis=1
        )
    return placed


def aligned(points: FloatArray, old: FloatArray, known: NDArray[np.bool_]) -> FloatArray:
    """Turn, mirror and shift a map so that its known points come as near to their old places as can be.

    Procrustes analysis (Gower 1975); `old` has one row for each True of `known`. Both get the same spread: the scale of
    least squares is the smaller the more points have moved, and would let a map shrink from drawing to drawing.
    """
    mine = points[known]
    here, there = mine.mean(axis=0), old.mean(axis=0)
    left, _, right = np.linalg.svd((mine - here).T @ (old - there))
    size = float(np.linalg.norm(mine - here))
    scale = float(np.linalg.norm(old - there)) / size if size > 0 else 1.0
    return ((points - here) @ (left @ right) * scale + there).astype(np.float32)


def framed(points: FloatArray) -> FloatArray:
    """Move a map into the unit square, both directions on one scale, with a margin; all but the last outliers fit."""
    low, high = _frame(points)
    side = max(float((high - low).max()), 1e-9)
    middle = (low + high) / 2
    return ((points - middle) / side * (1 - 2 * MARGIN) + 0.5).astype(np.float32)


def steady(points: FloatArray) -> FloatArray:
    """Leave a map where it is, as long as it fills the unit square and stays in it; else frame it anew."""
    low, high = _frame(points)
    fits = low.min() >= 0 and high.max() <= 1 and (high - low).max() >= LEAST_FILLED
    return points if fits else framed(points)


def _frame(points: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two corners [shape=(2,)], between which all but the last outliers lie."""
    return np.percentile(points, 0.1, axis=0), np.percentile(points, 99.9, axis=0)


def regions(points: FloatArray, count: int) -> NDArray[np.intp]:
    """Cut a map into neighbourhoods [shape=(n,)], numbered from 0; the same map is cut the same way."""
    with threadpool_limits(1):
        labels: NDArray[np.intp] = KMeans(n_clusters=count, n_init=4, random_state=0).fit_predict(points)
    return labels


def _laid_out(vectors: FloatArray, start: FloatArray, *, fresh: bool) -> FloatArray:
    count = len(vectors)
    if count < SMALLEST:
        return start
    exaggeration = 12.0 if fresh else 1.0  # an old map needs no pulling together
    engine = TSNE(
        init=start.astype(np.float32),
        perplexity=min(PERPLEXITY, (count - 1) / 3),
        early_exaggeration=exaggeration,
        learning_rate=max(count / 12 / 4, 50.0),
        max_iter=ITERATIONS if fresh else ITERATIONS // 2,
        random_state=0,
        n_jobs=1,
    )
    with threadpool_limits(1):  # decoders have the other cores; OpenMP threads that wait for them cost 100 times more
        return np.asarray(engine.fit_transform(vectors), np.float32)


def _pca(vectors: FloatArray) -> FloatArray:
    """First two principal components with the small spread that t-SNE wants to start from; signs are fixed."""
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2] * np.sign(axes[:2][np.arange(min(2, len(axes))), np.abs(axes[:2]).argmax(axis=1)])[:, None]
    flat = centred @ axes.T
    if flat.shape[1] < 2:
        flat = np.hstack([flat, np.zeros((len(flat), 2 - flat.shape[1]))])
    return (flat / max(float(flat.std()), 1e-9) * 1e-4).astype(np.float32)


def _natural_spread(count: int) -> float:
    """About the standard deviation at which t-SNE settles with so many points; keeps a warm start in place."""
    return 0.55 * float(np.sqrt(count))
