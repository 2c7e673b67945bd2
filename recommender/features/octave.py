"""Which multiple of a period do people tap? The decision between half, double and triple of a measured tempo."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.features.periodicity import GRID, Periodicity
from recommender.measurement import FloatArray

RATIOS = np.array([1.0, 2.0, 0.5, 3.0, 1 / 3, 1.5, 2 / 3])
PRIOR_BPM, PRIOR_OCTAVES = 112.0, 0.5
WIDTH_OCTAVES = 0.01  # of one candidate in the posterior
REMAINDER = 0.05  # of the undecided posterior stays: what the decision did not consider


def cues(found: Periodicity, envelopes: FloatArray, bpm: float, frame_rate: float) -> FloatArray:
    """Numbers that the decision reads [shape=(len(RATIOS),)]: salience of every candidate tempo."""
    del envelopes, frame_rate
    by_period = np.einsum("wgk,wg->k", found.by_period, found.weights) / len(found.weights)
    by_frequency = np.einsum("wgk,wg->k", found.by_frequency, found.weights) / len(found.weights)
    return np.zeros(0, np.float32) if bpm <= 0 else _at(by_period, by_frequency, bpm)


def _at(by_period: FloatArray, by_frequency: FloatArray, bpm: float) -> FloatArray:
    at = np.log2(bpm * RATIOS)
    grid = np.log2(GRID)
    period = np.interp(at, grid, by_period, left=0, right=0)
    frequency = np.interp(at, grid, by_frequency, left=0, right=0)
    return (np.log(period + 1e-3) + np.log(frequency + 1e-3)).astype(np.float32)


def choose(
    bpm: float, cues: FloatArray, tag_logits: FloatArray | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Chance of every candidate `bpm * RATIOS`; the chances sum to 1."""
    del tag_logits
    salience = cues if len(cues) else np.where(RATIOS == 1, 0.0, -50.0)
    score = salience - 0.5 * (np.log2(bpm * RATIOS / PRIOR_BPM) / PRIOR_OCTAVES) ** 2
    mass = np.exp(2 * (score - score.max()))
    return RATIOS, mass / mass.sum()


def moved(
    posterior: FloatArray, grid: NDArray[np.float64], bpms: NDArray[np.float64], chances: NDArray[np.float64]
) -> FloatArray:
    """Posterior after the decision: the mass near each candidate becomes that candidate's chance."""
    distance = np.log2(grid[None, :] / bpms[:, None]) / WIDTH_OCTAVES
    shape = np.exp(-0.5 * np.minimum(distance**2, 200))
    total = (chances[:, None] * shape / shape.sum(axis=1, keepdims=True)).sum(axis=0)
    return ((1 - REMAINDER) * total / total.sum() + REMAINDER * posterior).astype(np.float32)
