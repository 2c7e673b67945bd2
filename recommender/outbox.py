"""The outbox to the vector index: what changed is written down with the change, and sent until the index has it.

A row of `IndexedVector` without `indexed_at` is still to be sent, a `removed` one still to be deleted there. Sending is
idempotent, so it can be interrupted anywhere; `reconcile` proves that both agree.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.utils import timezone

from catalog.models import Track
from recommender import crowding, index_versions, lenses, query, results
from recommender.measurement import FloatArray
from recommender.measurement import Measurement as Measured
from recommender.models import IndexedVector, IndexVersion

log = logging.getLogger(__name__)

CHUNK = 1000  # rows a round trip
SETTLED_GROWTH = 1.5
RECONCILE_SPAN = 10_000  # ids compared at a time
BEYOND = 2**63 - 1  # no id is as high; those of the database end early where an older one was restored
MANY = 5_000  # rows that are worth sealing


@dataclass(frozen=True, slots=True)
class Differences:
    """What `reconcile` found and mended."""

    missing: int  # in the database, not in the index: sent again
    surplus: int  # in the index, not in the database: deleted there


def place(track_id: int, measured: Measured) -> None:
    """Write a track's vector into every version that this code can fill; call it where its results are stored."""
    index_versions.ensure_current()
    known = results.as_known(track_id, measured)
    for version in index_versions.fillable():
        packed = lenses.of(version).packed(known)
        row, _ = IndexedVector.objects.get_or_create(version=version, track_id=track_id, defaults={"vector": packed})
        _change(IndexedVector.objects.filter(pk=row.pk), vector=packed, removed=False)


def touch(track_ids: Sequence[int]) -> None:
    """Send these tracks again: something that searches filter on has changed."""
    _change(IndexedVector.objects.filter(track_id__in=track_ids, removed=False))


def forget(track_id: int) -> None:
    """Leave a tombstone for a deleted track in every version."""
    _change(IndexedVector.objects.filter(track_id=track_id), removed=True)


def send(version: IndexVersion, limit: int = CHUNK) -> int:
    """Send up to `limit` waiting rows of a version to the index; returns how many.

    Raises IndexUnavailable when nobody answers: the rows stay waiting.
    """
    _settle(version)
    unsent = version.vectors.filter(indexed_at=None).order_by("pk")
    if not unsent.exists():
        _note_whole(version)
        return 0
    find_lost(version)
    target = index_versions.index()
    target.create(version.collection, version.dim)
    waiting = list(unsent[:limit])
    attributes = index_versions.attributes_of(row.track_id for row in waiting if not row.removed)
    present = [row for row in waiting if row.track_id in attributes]
    gone = [row for row in waiting if row.track_id not in attributes]
    if gone:
        target.delete(version.collection, [row.track_id for row in gone])
    if present:
        target.upsert(
            version.collection,
            [row.track_id for row in present],
            _crowded(version, present),
            [attributes[row.track_id] for row in present],
        )
    _mark_sent(present, gone)
    _note_whole(version)
    return len(waiting)


def seal(version: IndexVersion) -> None:
    """Have the index write out what it was sent; worth it for MANY rows. Raises IndexUnavailable.

    A Milvus server searches rows that it was sent lately one by one while they are few (recall@20 1.0 up to 10,000),
    and through a coarse index when they are many, until it is told to write them out or has had ten minutes of rest.
    Fewer make a small graph that finds less than what it replaces (.975 with 1,000).
    """
    index_versions.index().seal(version.collection)


def waits() -> bool:
    """Whether some live version has rows that were not sent, or nobody has noted that they all were."""
    live = IndexVersion.objects.exclude(state=IndexVersion.State.RETIRED)
    unsent = IndexedVector.objects.filter(indexed_at=None, version__in=live)
    return unsent.exists() or live.exclude(partial_since=None).exists()


def find_lost(version: IndexVersion) -> int:
    """See whether a version's collection is gone; if so all that was sent is to be sent again. Returns how many rows.

    The version is noted as partial before somebody makes an empty collection that answers as if it held everything.
    Raises IndexUnavailable.
    """
    if index_versions.index().exists(version.collection) or not version.vectors.exists():
        return 0
    if lost := _lacks(version, version.vectors.exclude(indexed_at=None)):
        log.warning("%s is gone from the index: %d tracks are sent again", version.collection, lost)
    return lost


def reconcile(version: IndexVersion) -> Differences:
    """Prove that index and database agree on which tracks there are, and mend what differs."""
    missing, surplus = find_lost(version), 0
    target = index_versions.index()
    target.create(version.collection, version.dim)
    highest = version.vectors.aggregate(last=Max("track_id"))["last"] or 0
    for low, high in pairwise([*range(0, highest + 1, RECONCILE_SPAN), BEYOND]):
        here = version.vectors.filter(track_id__gte=low, track_id__lt=high, removed=False).exclude(indexed_at=None)
        wanted = set(here.values_list("track_id", flat=True))
        known = version.vectors.filter(track_id__gte=low, track_id__lt=high, removed=False)
        there = {int(one) for one in target.ids_between(version.collection, low, high)}
        lost = wanted - there
        stray = there - set(known.values_list("track_id", flat=True))
        if lost:
            missing += _lacks(version, version.vectors.filter(track_id__in=lost))
        if stray:
            target.delete(version.collection, sorted(stray))
            surplus += len(stray)
    return Differences(missing, surplus)


def _lacks(version: IndexVersion, rows: QuerySet[IndexedVector]) -> int:
    """Note that the index does not have these rows any more, nor all of the version until they were sent again."""
    version.partial_since = timezone.now()
    with transaction.atomic():
        IndexVersion.objects.filter(pk=version.pk).update(partial_since=version.partial_since)
        return rows.update(indexed_at=None)


def _note_whole(version: IndexVersion) -> None:
    """Let the index answer for all of a version again, if nothing waits and nobody found more to be lost meanwhile."""
    if version.partial_since is None:
        return
    unsent = IndexedVector.objects.filter(version=OuterRef("pk"), indexed_at=None, removed=False)
    partial = IndexVersion.objects.filter(pk=version.pk, partial_since=version.partial_since)
    if partial.filter(~Exists(unsent)).update(partial_since=None):
        version.partial_since = None
        log.info("the index has all of %s", version.collection)


def _crowded(version: IndexVersion, rows: Sequence[IndexedVector]) -> FloatArray:
    vectors = index_versions.stack(row.vector for row in rows)
    return query.crowded(vectors, _landmarks(version), lenses.layout_of(version))


def _landmarks(version: IndexVersion) -> FloatArray:
    """Stored vectors of a fair sample of the public library [shape=(n, dim)]: every so-and-so-many-th track."""
    every = max(Track.objects.public().count() // crowding.LANDMARKS, 1)
    chosen = index_versions.public(version).annotate(turn=F("track_id") % every).filter(turn=0).order_by("track_id")
    stored = list(chosen.values_list("vector", flat=True)[: 2 * crowding.LANDMARKS])
    return index_versions.stack(stored) if stored else np.zeros((0, version.dim), np.float32)


def _settle(version: IndexVersion) -> None:
    """Send every row again once the library has grown by half: what was a lonely place may be a crowded one now."""
    count = version.vectors.filter(removed=False).count()
    if version.settled / SETTLED_GROWTH < count < max(version.settled * SETTLED_GROWTH, version.settled + 1):
        return
    alone = IndexVersion.objects.filter(pk=version.pk, settled=version.settled).update(settled=count)
    version.settled = count
    if alone:  # of several workers one does it
        _change(version.vectors.filter(removed=False))


def _change(rows: QuerySet[IndexedVector], **values: Any) -> None:
    rows.update(indexed_at=None, revision=F("revision") + 1, **values)


def _mark_sent(present: Sequence[IndexedVector], gone: Sequence[IndexedVector]) -> None:
    sent = {row.pk: row.revision for row in (*present, *gone)}
    with transaction.atomic():
        rows = IndexedVector.objects.select_for_update().filter(pk__in=sent).values_list("pk", "revision")
        same = {pk for pk, revision in rows if sent[pk] == revision}  # the others changed meanwhile: send them again
        IndexedVector.objects.filter(pk__in=[row.pk for row in present if row.pk in same]).update(
            indexed_at=timezone.now()
        )
        IndexedVector.objects.filter(pk__in=[row.pk for row in gone if row.pk in same]).delete()
