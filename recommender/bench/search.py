"""Does an index find what the weighted sum says, and how long does it take?

The truth is every score computed in numpy. A hit counts when its score reaches that of the true k-th track: searches by
one facet are full of ties, and which of two equal tracks comes first is nobody's mistake.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender import query
from recommender.bench.imagined import Library
from recommender.index.base import Filter, Hits, VectorIndex
from recommender.measurement import FloatArray

K = 20
TIE = 1e-4  # of the spread of a query's scores: float32 sums differ by this much between machines
COLLECTION = "segue_bench"
BULK = 5_000
WARM_UP = 5

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Question:
    """One search as the site would send it."""

    vector: FloatArray  # weighted
    where: Filter
    effort: int


@dataclass(slots=True)
class Timing:
    """What one scenario cost on one index."""

    recalls: list[float] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)  # seconds
    client: float = 0.0  # CPU seconds in all
    server: float = 0.0

    def to_json(self) -> dict[str, float | int]:
        """Milliseconds a search."""
        walls = np.array(self.walls) * 1000
        count = len(walls)
        return {
            "queries": count,
            "recall20": round(float(np.mean(self.recalls)), 4),
            "p50_ms": round(float(np.quantile(walls, 0.5)), 2),
            "p99_ms": round(float(np.quantile(walls, 0.99)), 2),
            "client_cpu_ms": round(self.client / count * 1000, 2),
            "server_cpu_ms": round(self.server / count * 1000, 2),
        }


def scenarios(made: Library, count: int, seed: int = 1) -> Mapping[str, list[Question]]:
    """The questions that people ask, `count` of each kind; names are keys of the report."""
    generator = np.random.default_rng(seed)
    names = [part.name for part in made.layout.facets]
    rows = made.vectors

    def seed_row() -> FloatArray:
        return rows[generator.integers(len(rows))]

    def anywhere() -> dict[str, float]:
        return {name: float(generator.random()) for name in names}

    def one_end() -> dict[str, float]:
        return {**anywhere(), str(generator.choice(names)): 1.0}

    def alone() -> dict[str, float]:
        return {str(generator.choice(names)): 1.0}

    def opposite() -> dict[str, float]:
        return {**anywhere(), str(generator.choice(names)): -float(generator.random())}

    def asked(
        positions: Callable[[], dict[str, float]], vector: Callable[[], FloatArray] = seed_row, **how: Any
    ) -> list[Question]:
        where, blended = how.get("where", Filter()), vector is not seed_row
        found = []
        for _ in range(count):
            chosen = positions()
            effort = query.effort(chosen, blended=blended, filtered=where != Filter())
            found.append(Question(query.weighted(vector(), chosen, made.layout), where, effort))
        return found

    return {
        "random": asked(anywhere),
        "slider_end": asked(one_end),
        "single_facet": asked(alone),
        "negative": asked(opposite),
        "blend": asked(anywhere, lambda: query.blend([seed_row() for _ in range(3)], [seed_row()])),
        "radio": asked(
            anywhere,
            lambda: query.steer(seed_row(), [seed_row() for _ in range(5)], [seed_row() for _ in range(5)]),
        ),
        "filter_bpm_wide": asked(anywhere, where=Filter(bpm=(100.0, 125.0))),
        "filter_bpm_narrow": asked(anywhere, where=Filter(bpm=(126.0, 130.0))),
        "filter_year": asked(anywhere, where=Filter(year=(1990, 1999))),
        "filter_ids": asked(anywhere, where=Filter(without_ids=frozenset(range(1, min(500, len(rows) // 2))))),
    }


def put(index: VectorIndex, made: Library) -> float:
    """Write the library into a fresh collection; returns the seconds that it took."""
    began = time.perf_counter()
    index.drop(COLLECTION)
    index.create(COLLECTION, made.layout.dim)
    for start in range(0, len(made.vectors), BULK):
        stop = min(start + BULK, len(made.vectors))
        ids = range(start + 1, stop + 1)
        index.upsert(COLLECTION, list(ids), made.vectors[start:stop], made.attributes[start:stop])
    return time.perf_counter() - began


def measure(index: VectorIndex, questions: Iterable[Question], truth: VectorIndex, made: Library, cpu: Clock) -> Timing:
    """Ask every question of both; `cpu` reads the server's CPU seconds."""
    found = Timing()
    asked = list(questions)
    for one in asked[:WARM_UP]:
        index.search(COLLECTION, one.vector, K, one.where, effort=one.effort)
    for one in asked:
        before = time.perf_counter(), time.process_time(), cpu()
        hits = index.search(COLLECTION, one.vector, K, one.where, effort=one.effort)
        found.walls.append(time.perf_counter() - before[0])
        found.client += time.process_time() - before[1]
        found.server += cpu() - before[2]
        best = truth.search(COLLECTION, one.vector, K, one.where)
        found.recalls.append(recall(hits, best, one.vector, made.vectors))
    return found


def recall(hits: Hits, best: Hits, vector: FloatArray, rows: FloatArray) -> float:
    """Share of the best that were found, ties counting as found. Scores are computed anew from the rows."""
    if not len(best.ids):
        return 1.0
    needed = float(best.scores[-1]) - TIE * float(np.abs(vector).sum() / max(np.sqrt(len(vector)), 1))
    scores = rows[np.unique(hits.ids) - 1] @ vector
    return min(1.0, float((scores >= needed).sum()) / len(best.ids))
