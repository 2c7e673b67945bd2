"""Which multiple of a period do people tap? The decision between half, double and triple of a measured tempo.

A small network scores every candidate from its own cues (see `metre`), a prior keeps candidates without evidence near
the tempi of music, and the encoder's tags say whether a track sounds fast or slow as a whole. `octave_fit` trains it.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.features.metre import CUES, RATIOS
from recommender.measurement import FloatArray

VERSION = "3"

Doubles = NDArray[np.float64]

SHIPPED = Path(__file__).parents[1] / "data" / "octave.npz"
SQUASH = 3.0  # cues are heavy-tailed: their logarithm is what is learned from
FAR = 4.0  # deviations at which a cue is cut
TRUSTED = 0.3  # clarity from which the cues count fully
STAY = 2.0  # log odds for the measured tempo where there are no cues to trust
WIDTH_OCTAVES = 0.01  # of one candidate in the posterior
REMAINDER = 0.05  # of the undecided posterior stays: what the decision did not consider


@dataclass(frozen=True, slots=True)
class Network:
    """Several networks of one hidden layer whose scores are averaged, a prior, and the voice of the tags."""

    mean: Doubles  # [shape=(CUES,)] of the squashed cues
    deviation: Doubles
    hidden: Doubles  # [shape=(networks, CUES, units)]
    bias: Doubles  # [shape=(networks, units)]
    output: Doubles  # [shape=(networks, units)]
    temperature: Doubles  # [shape=()] scores are divided by it: how far the networks are to be believed
    prior: Doubles  # [shape=(2,)] BPM and octaves of a log-normal
    tags: Doubles  # [shape=(tags,)] weights that make "sounds fast" of tag logits
    tag_scale: Doubles  # [shape=(3,)] mean and deviation of that sum, weight per octave

    def inputs(self, cues: FloatArray) -> Doubles:
        """Standardised cues [shape=(..., CUES)]."""
        known = np.nan_to_num(np.asarray(cues, np.float64), posinf=0.0, neginf=0.0)
        squashed = np.sign(known) * np.log1p(SQUASH * np.abs(known))
        standard: Doubles = np.clip((squashed - self.mean) / self.deviation, -FAR, FAR)
        return standard

    def scores(self, inputs: Doubles) -> Doubles:
        """Log chance of every candidate by its cues alone [shape=(candidates,)]."""
        active = np.maximum(np.einsum("cf,nfu->ncu", inputs, self.hidden) + self.bias[:, None, :], 0)
        raw = np.einsum("ncu,nu->nc", active, self.output)
        best = raw.max(axis=1, keepdims=True)
        logs = raw - best - np.log(np.exp(raw - best).sum(axis=1, keepdims=True))
        return logs.mean(axis=0)

    def speed(self, tag_logits: FloatArray | None) -> float:
        """How fast a track sounds as a whole, in deviations; 0 where nobody knows."""
        if tag_logits is None or np.shape(tag_logits) != self.tags.shape or not np.isfinite(tag_logits).all():
            return 0.0
        centre, deviation, _ = self.tag_scale
        return float(np.clip((tag_logits @ self.tags - centre) / deviation, -FAR, FAR))

    def save(self, path: Path) -> None:
        """Write as plain arrays."""
        arrays = {name: np.asarray(value, np.float32) for name, value in asdict(self).items()}
        np.savez_compressed(path, allow_pickle=False, **arrays)


def read(path: Path) -> Network:
    """Read what `Network.save` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return Network(**{field.name: arrays[field.name].astype(np.float64) for field in fields(Network)})


@cache
def shipped() -> Network:
    """The network of docs/tempo-and-key.md."""
    return read(SHIPPED)


@cache
def version() -> str:
    """Of the decision: of this code and of the shipped network, so that another network is another version."""
    return f"{VERSION}-{hashlib.sha256(SHIPPED.read_bytes()).hexdigest()[:8]}"


def prior(bpm: Doubles, centre: float, octaves: float) -> Doubles:
    """Log-normal prior over tempi, not normalised."""
    score: Doubles = -0.5 * (np.log2(bpm / centre) / octaves) ** 2
    return score


def choose(
    bpm: float, cues: FloatArray, tag_logits: FloatArray | None, clarity: float = 1.0, network: Network | None = None
) -> Doubles:
    """Chance of every candidate `bpm * RATIOS`.

    Parameters
    ----------
    bpm : float
        The measured tempo, positive.
    cues : array [shape=(len(RATIOS) * CUES,)]
        As `metre.cues` gives them; of another length (none, or of an older version) they are not read.
    tag_logits : array [shape=(tags,)] or None
        Of the encoder, where it has tags.
    clarity : float
        Of the pulse, 0 to 1: what is hardly heard hardly counts.
    network : Network, optional
        Another than the shipped one.

    Returns
    -------
    array [shape=(len(RATIOS),)]
        Sums to 1.
    """
    used = network or shipped()
    score = prior(bpm * RATIOS, *used.prior)
    trust = float(np.clip(clarity / TRUSTED, 0, 1)) if np.size(cues) == len(RATIOS) * CUES else 0.0
    if trust:
        score += trust * used.scores(used.inputs(np.reshape(cues, (len(RATIOS), CUES)))) / used.temperature
    score -= np.where(RATIOS == 1, 0.0, (1 - trust) * STAY)
    score += used.tag_scale[2] * used.speed(tag_logits) * np.log2(RATIOS)
    chances = np.exp(score - score.max())
    normal: Doubles = chances / chances.sum()
    return normal


def moved(posterior: FloatArray, grid: Doubles, bpms: Doubles, chances: Doubles) -> FloatArray:
    """Posterior after the decision: each candidate's surroundings hold that candidate's chance."""
    distance = np.log2(grid[None, :] / bpms[:, None]) / WIDTH_OCTAVES
    shape = np.exp(-0.5 * np.minimum(distance**2, 200))
    total = (chances[:, None] * shape / shape.sum(axis=1, keepdims=True)).sum(axis=0)
    return ((1 - REMAINDER) * total / total.sum() + REMAINDER * posterior).astype(np.float32)
