"""What every vector index promises: idempotent writes, one exact-as-possible search, no surprises with bad numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from recommender.measurement import FloatArray

EVERYBODY, NOBODY = 0, -1  # in the place of an owner


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a search may filter on, stored beside the vector. Numbers only: no text of people reaches a filter."""

    artist_id: int = 0  # 0: unknown
    album_id: int = 0
    owner_id: int = EVERYBODY  # who alone may see it
    bpm: float = 0.0  # 0: no pulse
    seconds: float = 0.0
    year: int = 0  # 0: unknown


NAMES = tuple(column.name for column in fields(Attributes))
values_of: Callable[[Attributes], tuple[float, ...]] = attrgetter(*NAMES)  # `astuple` copies deeply: ten times as long


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tracks a search may return. Every bound is inclusive; None means no bound."""

    viewer_id: int = 0  # sees public tracks (owner 0) and their own
    bpm: tuple[float | None, float | None] = (None, None)
    seconds: tuple[float | None, float | None] = (None, None)
    year: tuple[int | None, int | None] = (None, None)
    without_artists: frozenset[int] = field(default_factory=frozenset)
    without_albums: frozenset[int] = field(default_factory=frozenset)
    without_ids: frozenset[int] = field(default_factory=frozenset)
    only_ids: frozenset[int] | None = None  # None: no restriction; empty: nothing

    @property
    def refused(self) -> dict[str, frozenset[int]]:
        """Which values must not stand in which column; columns in which any may are left out."""
        columns = {"artist_id": self.without_artists, "album_id": self.without_albums}
        return {name: values for name, values in columns.items() if values}


@dataclass(frozen=True, slots=True)
class Hits:
    """Best first."""

    ids: NDArray[np.int64]
    scores: FloatArray


@runtime_checkable
class VectorIndex(Protocol):
    """A named set of collections, each of one dimension, searched by inner product."""

    def create(self, collection: str, dim: int) -> None:
        """Make an empty collection unless it exists with that dimension already."""
        ...

    def exists(self, collection: str) -> bool:
        """Whether there is such a collection. Raises IndexUnavailable when nobody answers."""
        ...

    def drop(self, collection: str) -> None:
        """Forget a collection; no error when there is none."""
        ...

    def upsert(
        self, collection: str, ids: Sequence[int], vectors: FloatArray, attributes: Sequence[Attributes]
    ) -> None:
        """Write rows; a second write of an id replaces the first.

        Raises ValueError for vectors that are not finite or of another dimension, IndexUnavailable when nobody answers.
        """
        ...

    def delete(self, collection: str, ids: Sequence[int]) -> None:
        """Remove rows; unknown ids are ignored."""
        ...

    def seal(self, collection: str) -> None:
        """Make what was written in bulk as findable as the rest; costly, so once after many rows."""
        ...

    def search(self, collection: str, query: FloatArray, k: int, where: Filter, *, effort: int = 256) -> Hits:
        """The k best rows by inner product among those that `where` lets through. `effort` is HNSW's ef."""
        ...

    def search_each(
        self, collection: str, queries: FloatArray, k: int, where: Filter, *, effort: int = 256
    ) -> list[Hits]:
        """What `search` answers to each of these queries [shape=(n, dim)], asked all at once."""
        ...

    def count(self, collection: str) -> int:
        """Number of rows, read with strong consistency."""
        ...

    def ids_between(self, collection: str, low: int, high: int) -> NDArray[np.int64]:
        """Ids in [low, high), ascending: how `reconcile` compares without loading everything."""
        ...
