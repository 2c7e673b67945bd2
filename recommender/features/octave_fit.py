"""Training of the octave decision: a conditional logit over candidates with one hidden layer, in plain numpy.

Seconds of work on a few thousand clips. Noise on the inputs and dropout stand in for the music that was not rendered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.features.metre import RATIOS
from recommender.features.octave import FAR, SQUASH, Doubles, Network
from recommender.measurement import FloatArray

UNITS, NETWORKS, EPOCHS, BATCH = 64, 5, 50, 64
DROPOUT, NOISE = 0.3, 0.7
RATE, DECAY = 3e-3, 2e-3  # of Adam: first step, and share of each weight that a step of that size takes away
MOMENTUM, SECOND, TINY = 0.9, 0.999, 1e-8
TEMPERATURE = 1.0
PRIOR = (112.0, 1.2)  # BPM, octaves
TAG_WEIGHT = 0.1
TOLERANCE = 0.04  # a candidate within it of the truth is right


@dataclass(frozen=True, slots=True)
class Clip:
    """One piece of music whose tempo is known."""

    bpm: float  # the truth
    measured: float  # before the octave decision
    cues: FloatArray  # [shape=(len(RATIOS), CUES)]
    clarity: float = 1.0

    @property
    def right(self) -> Doubles:
        """1 for the candidates that are the truth [shape=(len(RATIOS),)]; all 0 when none is."""
        hit: Doubles = (np.abs(self.measured * RATIOS / self.bpm - 1) <= TOLERANCE).astype(np.float64)
        return hit


class _Adam:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019) over a list of arrays."""

    def __init__(self, weights: list[FloatArray]) -> None:
        self.weights, self.step = weights, 0
        self.first = [np.zeros_like(weight) for weight in weights]
        self.second = [np.zeros_like(weight) for weight in weights]

    def move(self, gradients: list[FloatArray], rate: float) -> None:
        self.step += 1
        for weight, gradient, first, second in zip(self.weights, gradients, self.first, self.second, strict=True):
            first += (1 - MOMENTUM) * (gradient - first)
            second += (1 - SECOND) * (gradient**2 - second)
            fixed, spread = first / (1 - MOMENTUM**self.step), second / (1 - SECOND**self.step)
            weight -= rate * (fixed / (np.sqrt(spread) + TINY) + DECAY / RATE * weight)


def _train_one(inputs: FloatArray, right: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, ...]:
    """Train hidden weights, bias and output weights on inputs [shape=(clips, candidates, CUES)]."""
    cues = inputs.shape[2]
    weights = [
        rng.normal(0, np.sqrt(2 / cues), (cues, UNITS)),
        np.zeros(UNITS),
        rng.normal(0, np.sqrt(1 / UNITS), UNITS),
    ]
    hidden, bias, output = (weight.astype(np.float32) for weight in weights)
    adam = _Adam([hidden, bias, output])
    for epoch in range(EPOCHS):
        order = rng.permutation(len(inputs))
        rate = RATE * 0.5 * (1 + np.cos(np.pi * epoch / EPOCHS))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            known = inputs[batch]
            noisy = (known + np.float32(NOISE) * rng.standard_normal(known.shape, np.float32)).reshape(-1, cues)
            before = noisy @ hidden + bias
            kept = (rng.random(before.shape, np.float32) >= DROPOUT) / np.float32(1 - DROPOUT)
            active = np.maximum(before, 0) * kept
            score = (active @ output).reshape(len(batch), -1)
            chance = np.exp(score - score.max(axis=1, keepdims=True))
            chance /= chance.sum(axis=1, keepdims=True)
            slope = ((chance - right[batch]) / len(batch)).reshape(-1, 1)
            back = slope * output * kept * (before > 0)
            adam.move([noisy.T @ back, back.sum(axis=0), (active * slope).sum(axis=0)], rate)
    return hidden, bias, output


def fit(clips: list[Clip], tags: Doubles, scale: Doubles, seed: int = 0) -> Network:
    """Train the networks.

    Parameters
    ----------
    clips : list of Clip
        Those of which no candidate is right teach nothing and are left out.
    tags : array [shape=(tags,)]
        Weights that make "sounds fast" of tag logits; all zero where there are no tags.
    scale : array [shape=(3,)]
        As `tag_scale` gives it.
    seed : int
        The same seed and clips give the same network.

    Raises
    ------
    ValueError
        When no clip has a candidate that is right.
    """
    taught = [clip for clip in clips if clip.right.any()]
    if not taught:
        raise ValueError("no clip has a candidate near its tempo: are the tempi of the manifest right?")
    right = np.stack([clip.right / clip.right.sum() for clip in taught]).astype(np.float32)
    known = np.stack([clip.cues for clip in taught]).astype(np.float64)
    squashed = np.sign(known) * np.log1p(SQUASH * np.abs(known))
    mean, deviation = squashed.mean(axis=(0, 1)), squashed.std(axis=(0, 1)) + 1e-3
    inputs = np.clip((squashed - mean) / deviation, -FAR, FAR).astype(np.float32)
    rng = np.random.default_rng(seed)
    trained = [_train_one(inputs, right, rng) for _ in range(NETWORKS)]
    hidden, bias, output = (np.stack(parts).astype(np.float64) for parts in zip(*trained, strict=True))
    return Network(mean, deviation, hidden, bias, output, np.array(TEMPERATURE), np.array(PRIOR), tags, scale)


def tag_scale(logits: list[FloatArray], tags: Doubles) -> Doubles:
    """Mean and deviation of "sounds fast" over the tag logits of some clips, and its weight per octave.

    The weight is set by hand, and low: rendered instruments sound faster or slower than they are, recordings less so.
    """
    heard = [float(logit @ tags) for logit in logits]
    if not heard or not tags.any():
        return np.array([0.0, 1.0, 0.0])
    return np.array([np.mean(heard), np.std(heard) + 1e-6, TAG_WEIGHT])
