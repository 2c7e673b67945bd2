"""How a person plays what a pattern says: late and early strokes, ghost notes, fills, and a tempo that breathes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

HABIT = 0.012  # seconds
FILLS = ("x.xxx.xx", "xxxxxxxx", "x.x.x.x.", "xxxxxx", "..x.xxxx", "x..x..x.", "x.x", "xx")  # over one or two beats
TOMS = (38, 38, 48, 47, 45, 43, 50)
STEADY = 0.5  # share of pieces whose tempo stands as a machine's


@dataclass
class Drummer:
    """Habits drawn once for a piece; the same generator gives the same habits."""

    rng: np.random.Generator
    bpm: float
    jitter: float = 0.0  # seconds, of every single stroke
    ghosts: float = 0.0  # chance of a soft snare on a sixteenth where nobody plays
    dropped: float = 0.0  # chance that a stroke is left out
    fill_every: int = 0  # bars; 0: never
    fill_beats: int = 1
    drift: float = 0.0  # relative, of a slow wave
    accents: float = 0.0  # spread of loudness
    habit: float = 0.0  # seconds by which an instrument may lean back or push throughout the piece
    lags: dict[str, float] = field(default_factory=dict)

    @classmethod
    def machine(cls, rng: np.random.Generator, bpm: float) -> Drummer:
        """Nearly on the grid, with a small fill now and then."""
        jitter = float(rng.choice([0.0, 0.004, 0.010]))
        fills = 4 if rng.random() < 0.5 else 0
        return cls(rng, bpm, jitter, dropped=float(rng.choice([0.0, 0.03])), fill_every=fills, accents=0.08)

    @classmethod
    def person(cls, rng: np.random.Generator, bpm: float) -> Drummer:
        """Somebody who plays."""
        return cls(
            rng,
            bpm,
            jitter=float(rng.uniform(0.003, 0.014)),
            ghosts=float(rng.choice([0.0, 0.1, 0.25])),
            dropped=float(rng.choice([0.0, 0.04, 0.1])),
            fill_every=int(rng.choice([0, 2, 4, 4, 8])),
            fill_beats=int(rng.choice([1, 1, 2])),
            drift=0.0 if rng.random() < STEADY else float(rng.uniform(0.002, 0.015)),
            accents=float(rng.uniform(0.08, 0.2)),
            habit=HABIT,
        )

    def late(self, instrument: str, place: float) -> float:
        """Beats by which a stroke at `place` (in beats from the start) comes late; negative when early."""
        if instrument not in self.lags:
            self.lags[instrument] = float(self.rng.uniform(-self.habit, self.habit))
        seconds = self.lags[instrument] + self.rng.normal() * self.jitter
        wave = self.drift * 60 / (2 * np.pi) * np.sin(2 * np.pi * place / 60)  # sixty beats a wave, none in the mean
        return float(seconds * self.bpm / 60 + wave)

    def fill(self, beats: int) -> list[tuple[float, int, float]]:
        """Strokes of a fill that ends a bar: place in the bar, drum, loudness."""
        long = min(self.fill_beats, beats)
        pattern = str(self.rng.choice(FILLS))
        step = long / len(pattern)
        drums = np.sort(self.rng.choice(TOMS, len(pattern)))[::-1] if self.rng.random() < 0.5 else [38] * len(pattern)
        return [
            (beats - long + number * step, int(drums[number]), float(self.rng.uniform(0.6, 1.0)))
            for number, stroke in enumerate(pattern)
            if stroke == "x"
        ]

    def ghost_places(self, beats: int, steps: int, taken: set[float]) -> NDArray[np.float64]:
        """Places in a bar of soft strokes between those that the pattern has."""
        places = np.arange(beats * steps) / steps
        free = [place for place in places if place not in taken and place % 1 and self.rng.random() < self.ghosts]
        return np.array(free)
