"""Stored vectors of the library as a whole: seeds by id, the scale of its similarities, and the exact search."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from django.db.models import Count, Max, Sum

from recommender import columns, crowding, index_versions, lenses, query, ranking, results
from recommender.errors import IndexUnavailable
from recommender.index.base import Filter, Hits
from recommender.index.exact import ExactIndex
from recommender.measurement import FloatArray
from recommender.models import IndexedVector, IndexVersion
from recommender.ranking import Scale

EXACT_LIMIT = 200_000  # tracks, about 160 MB in the web process; beyond that it would hold too much
FRESH_SECONDS = 5.0  # so old may what is searched exactly be; what is found is looked up in the database anyway
LARGE, COUNTED_SECONDS = 5_000, 30.0  # from so many tracks on, their number may be so old
BLOCK = 20_000  # rows brought into memory at a time
SCALE_SAMPLE = 2_000  # tracks among which random pairs are drawn

_sizes: dict[int, tuple[float, int]] = {}  # version -> when it was counted, tracks


def vectors(version: IndexVersion, track_ids: Iterable[int]) -> dict[int, FloatArray]:
    """Stored vectors by track; tracks without one are left out."""
    rows = IndexedVector.objects.filter(version=version, track_id__in=list(track_ids), removed=False)
    return {track_id: results.unpack(stored) for track_id, stored in rows.values_list("track_id", "vector")}


def scale(version: IndexVersion) -> Scale:
    """What counts as alike among its public tracks; drawn anew when the library has grown by a tenth."""
    return _scale(version.pk, _step(size(version)))


def sample(version: IndexVersion) -> FloatArray:
    """Stored vectors of up to SCALE_SAMPLE public tracks [shape=(n, version.dim)], the same until it has grown.

    What is private must not show in what others are told of theirs: "like 87 % of the library" is a question to it.
    """
    return _sample(version.pk, _step(size(version)))


def exact_search(version: IndexVersion, queries: FloatArray, k: int, where: Filter) -> list[Hits]:
    """Search the vectors in the database, all of them, with each of some queries [shape=(n, version.dim)].

    Raises IndexUnavailable when the library is larger than EXACT_LIMIT.
    """
    return _held(version.pk).refreshed(version).search_each(version.collection, queries, k, where)


def too_large(version: IndexVersion) -> bool:
    """Whether this library can only be searched with an index."""
    return size(version) > EXACT_LIMIT


def size(version: IndexVersion) -> int:
    """Tracks in this version; of a large one as many as there were some seconds ago, because counting takes long."""
    looked, count = _sizes.get(version.pk, (-np.inf, 0))
    if count < LARGE or time.monotonic() - looked > COUNTED_SECONDS:
        count = version.vectors.filter(removed=False).count()
        _sizes[version.pk] = (time.monotonic(), count)
    return count


def _step(count: int) -> int:
    step = 1
    while step * 1.1 + 1 < count:
        step = int(step * 1.1) + 1
    return step


@lru_cache(maxsize=4)
def _scale(version_id: int, size: int) -> Scale:
    drawn = _sample(version_id, size)
    places = lenses.layout_of(IndexVersion.objects.get(pk=version_id)).places
    if len(drawn) < 2:
        return Scale({name: np.zeros(0, np.float32) for name in places})
    return ranking.scale_of(drawn, places)


@lru_cache(maxsize=4)
def _sample(version_id: int, _size: int) -> FloatArray:
    version = IndexVersion.objects.get(pk=version_id)
    [ids] = columns.whole_numbers(index_versions.public(version), "pk")
    every = max(len(ids) // SCALE_SAMPLE, 1)
    chosen = np.sort(ids)[::every][:SCALE_SAMPLE].tolist()
    stored = list(version.vectors.filter(pk__in=chosen).values_list("vector", flat=True))
    return index_versions.stack(stored) if stored else np.zeros((0, version.dim), np.float32)


def _state(version: IndexVersion) -> tuple[int | None, ...]:
    """Another one after every change of a version's rows.

    Numbers of rows only grow: as many rows up to the same last one are the same rows, and every change of a row raises
    its revision.
    """
    rows = version.vectors.aggregate(rows=Count("pk"), last=Max("pk"), changes=Sum("revision"))
    return rows["rows"], rows["last"], rows["changes"]


class _Held:
    """A version's vectors in memory. The first question brings them all, later ones only what has changed since."""

    def __init__(self) -> None:
        self._index = ExactIndex()
        self._ids = np.zeros(0, np.int64)  # of the tracks that are held, ascending
        self._revisions = np.zeros(0, np.int64)  # of their rows
        self._state: tuple[int | None, ...] = ()
        self._landmarks = np.zeros((0, 0), np.float32)
        self._looked = -np.inf
        self._looking = threading.Lock()

    def refreshed(self, version: IndexVersion) -> ExactIndex:
        """The index, at most FRESH_SECONDS old; while somebody looks for changes, others search what there is."""
        first = self._looked == -np.inf
        if (first or time.monotonic() - self._looked > FRESH_SECONDS) and self._looking.acquire(blocking=first):
            try:
                self._look(version)
            finally:
                self._looking.release()
        return self._index

    def _look(self, version: IndexVersion) -> None:
        state = _state(version)
        drawn = sample(version)
        landmarks = drawn[:: -(-len(drawn) // crowding.LANDMARKS) or 1]
        if not np.array_equal(landmarks, self._landmarks):
            self._landmarks, self._state = landmarks, ()  # the library has grown: what was lonely may be crowded
            self._revisions = np.full(len(self._ids), -1)
        if state != self._state:
            self._follow(version)
        self._state, self._looked = state, time.monotonic()

    def _follow(self, version: IndexVersion) -> None:
        ids, revisions = columns.whole_numbers(version.vectors.filter(removed=False), "track_id", "revision")
        if len(ids) > EXACT_LIMIT:
            raise IndexUnavailable(f"{len(ids)} tracks are too many to search without the vector index")
        order = np.argsort(ids)
        ids, revisions = ids[order], revisions[order]
        self._index.create(version.collection, version.dim)
        self._index.delete(version.collection, np.setdiff1d(self._ids, ids).tolist())
        same = np.isin(ids, self._ids)
        same[same] = revisions[same] == self._revisions[np.searchsorted(self._ids, ids[same])]
        changed = ids[~same].tolist()
        for low in range(0, len(changed), BLOCK):
            self._bring(version, changed[low : low + BLOCK])
        self._ids, self._revisions = ids, revisions

    def _bring(self, version: IndexVersion, track_ids: list[int]) -> None:
        stored = vectors(version, track_ids)
        attributes = index_versions.attributes_of(stored)
        here = [pk for pk in stored if pk in attributes]
        if here:
            matrix = np.stack([stored[pk] for pk in here])
            matrix = query.crowded(matrix, self._landmarks, lenses.layout_of(version))
            self._index.upsert(version.collection, here, matrix, [attributes[pk] for pk in here])


@lru_cache(maxsize=2)
def _held(_version_id: int) -> _Held:
    return _Held()


def forget() -> None:
    """Drop what was kept of libraries: for tests, whose next library has the same numbers and other vectors."""
    for kept in (_scale, _sample, _held):
        kept.cache_clear()
    _sizes.clear()
