"""Stored vectors of the library as a whole: seeds by id, the scale of its similarities, and the exact search."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from django.db.models import Count, Max, Sum

from recommender import crowding, index_versions, query, ranking, results
from recommender.errors import IndexUnavailable
from recommender.index.base import Filter, Hits
from recommender.index.exact import ExactIndex
from recommender.measurement import FloatArray
from recommender.models import IndexedVector, IndexVersion
from recommender.ranking import Scale

EXACT_LIMIT = 50_000  # tracks; beyond that the web process would hold too much
SCALE_SAMPLE = 2_000  # tracks among which random pairs are drawn

Stamp = tuple[int, int, int]


def vectors(version: IndexVersion, track_ids: Iterable[int]) -> dict[int, FloatArray]:
    """Stored vectors by track; tracks without one are left out."""
    rows = IndexedVector.objects.filter(version=version, track_id__in=list(track_ids), removed=False)
    return {track_id: results.unpack(stored) for track_id, stored in rows.values_list("track_id", "vector")}


def slices(version: IndexVersion) -> dict[str, slice]:
    """Where each facet lies in this version's vectors."""
    return {part.name: slice(part.start, part.stop) for part in index_versions.layout_of(version).parts}


def scale(version: IndexVersion) -> Scale:
    """What counts as alike among its public tracks; drawn anew when the library has grown by a tenth."""
    count = version.vectors.filter(removed=False).count()
    return _scale(version.pk, _step(count))


def sample(version: IndexVersion) -> FloatArray:
    """Stored vectors of up to SCALE_SAMPLE public tracks [shape=(n, version.dim)], the same until it has grown.

    What is private must not show in what others are told of theirs: "like 87 % of the library" is a question to it.
    """
    return _sample(version.pk, _step(version.vectors.filter(removed=False).count()))


def exact_search(version: IndexVersion, vector: FloatArray, k: int, where: Filter) -> Hits:
    """Search the vectors in the database, all of them.

    Raises IndexUnavailable when the library is larger than EXACT_LIMIT.
    """
    stamp = _stamp(version)
    if stamp[0] > EXACT_LIMIT:
        raise IndexUnavailable(f"{stamp[0]} tracks are too many to search without the vector index")
    return _exact(version.pk, stamp).search(version.collection, vector, k, where)


def _step(count: int) -> int:
    step = 1
    while step * 1.1 + 1 < count:
        step = int(step * 1.1) + 1
    return step


@lru_cache(maxsize=4)
def _scale(version_id: int, size: int) -> Scale:
    drawn = _sample(version_id, size)
    version = IndexVersion.objects.get(pk=version_id)
    if len(drawn) < 2:
        return Scale({name: np.zeros(0, np.float32) for name in slices(version)})
    return ranking.scale_of(drawn, slices(version))


@lru_cache(maxsize=4)
def _sample(version_id: int, _size: int) -> FloatArray:
    version = IndexVersion.objects.get(pk=version_id)
    ids = list(index_versions.public(version).order_by("pk").values_list("pk", flat=True))
    every = max(len(ids) // SCALE_SAMPLE, 1)
    stored = list(version.vectors.filter(pk__in=ids[::every][:SCALE_SAMPLE]).values_list("vector", flat=True))
    return index_versions.stack(stored) if stored else np.zeros((0, version.dim), np.float32)


def _stamp(version: IndexVersion) -> Stamp:
    """Changes whenever a stored vector of this version does."""
    found = version.vectors.aggregate(count=Count("pk"), last=Max("pk"), changes=Sum("revision"))
    return found["count"], found["last"] or 0, found["changes"] or 0


@lru_cache(maxsize=2)
def _exact(version_id: int, _stamp: Stamp) -> ExactIndex:
    version = IndexVersion.objects.get(pk=version_id)
    rows = list(version.vectors.filter(removed=False).values_list("track_id", "vector"))
    attributes = index_versions.attributes_of(track_id for track_id, _ in rows)
    rows = [row for row in rows if row[0] in attributes]
    found = ExactIndex()
    found.create(version.collection, version.dim)
    if rows:
        vectors, layout = index_versions.stack(stored for _, stored in rows), index_versions.layout_of(version)
        shared = vectors[[attributes[track_id].owner_id == 0 for track_id, _ in rows]]
        found.upsert(
            version.collection,
            [track_id for track_id, _ in rows],
            query.crowded(vectors, shared[:: max(len(shared) // crowding.LANDMARKS, 1)], layout),
            [attributes[track_id] for track_id, _ in rows],
        )
    return found


def forget() -> None:
    """Drop what was kept of libraries: for tests, whose next library has the same numbers and other vectors."""
    for kept in (_scale, _sample, _exact):
        kept.cache_clear()
