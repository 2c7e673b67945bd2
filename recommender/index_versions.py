"""Index versions: built beside the one that answers, filled, activated by flipping one row, retired.

The database holds every vector; the index is a projection of it, which `outbox` keeps up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from catalog.models import Track
from recommender import audience, lenses, query, references, results
from recommender.facets.mood import MoodFacet
from recommender.index import VectorIndex, open_index
from recommender.index.base import Attributes
from recommender.lenses import Lens
from recommender.measurement import FloatArray
from recommender.models import Embedding, FittedReference, IndexedVector, IndexVersion

State = IndexVersion.State
CHUNK = 1000  # rows a round trip


class NotCovered(Exception):
    """This index version does not hold every analysed track yet, so it may not answer."""


def index() -> VectorIndex:
    """The index that the settings name."""
    return open_index(settings.MILVUS_URI, settings.MILVUS_TOKEN, settings.MILVUS_INDEX_TYPE)


def active() -> IndexVersion | None:
    """The version that answers, if any."""
    return IndexVersion.objects.filter(state=State.ACTIVE).first()


def lens() -> Lens | None:
    """The version that answers, and how it sees tracks. Look it up once, and hand it on to all that one page asks."""
    version = active()
    return lenses.of(version) if version else None


def ensure_current() -> IndexVersion:
    """The newest version with the facets of this code, seen as the one that answers sees; the very first answers."""
    if (found := _current()) is not None:
        return found
    with transaction.atomic():
        IndexVersion.objects.select_for_update().filter(state=State.ACTIVE).first()  # of several who look, one builds
        before = active()
        return _current() or build(reference=references.followed(before), gave_way=references.given_way(before))


def build(
    layout: query.Layout | None = None,
    *,
    reference: FittedReference | None = None,
    gave_way: FittedReference | None = None,
) -> IndexVersion:
    """Start another version beside those that exist; new tracks go into it from now on.

    Parameters
    ----------
    reference : the library's own statistics by which it sees tracks; None: the shipped ones
    gave_way : those that would be used if this code could; see `refitting`
    """
    version = IndexVersion(encoder=settings.ENCODER, reference=reference, gave_way=gave_way)
    layout = layout or query.present_layout(lenses.statistics_of(version))
    with transaction.atomic():
        number = (IndexVersion.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
        first = not IndexVersion.objects.select_for_update().exclude(state=State.RETIRED).exists()
        version.collection = f"tracks_{number}_{layout.fingerprint[:8]}"
        version.layout, version.fingerprint, version.dim = layout.to_json(), layout.fingerprint, layout.dim
        version.state = State.ACTIVE if first else State.BUILDING
        version.activated_at = timezone.now() if first else None
        version.save()
    return version


def renew(name: str) -> IndexVersion:
    """Fit statistics of this name on the library itself, and start a version on them. Raises references.NotFitted."""
    with transaction.atomic():
        version = build(reference=references.fit(name))
        IndexVersion.objects.update(gave_way=None)
    return version


def statistics_told(version: IndexVersion) -> str:
    """By which statistics a version sees tracks, for the operator."""
    if version.reference:
        return version.reference.name
    return f"as shipped, until {version.gave_way.name} is fitted anew" if version.gave_way else "as shipped"


def fill(version: IndexVersion, limit: int = CHUNK) -> int:
    """Compute vectors for analysed tracks that this version lacks, at most `limit`; returns how many were added."""
    missing, seen = list(_uncovered(version)[:limit]), lenses.of(version)
    rows = [
        IndexedVector(version=version, track_id=track_id, vector=seen.packed(measured))
        for track_id, measured in results.load(missing, version.encoder).items()
    ]
    IndexedVector.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def complete(version: IndexVersion) -> int:
    """Compute all vectors that a version lacks, unless it is being built or of other code; returns how many.

    It lacks nothing, unless another version of Segue heard tracks meanwhile.
    """
    total = 0
    while version.state != State.BUILDING and lenses.of(version).fillable and (added := fill(version)):
        total += added
    return total


def advance() -> int:
    """Take the next step with a version that is being built; returns how many rows it filled.

    After an upgrade the facets may be others than those of the version that answers, or the library was fitted on
    itself. The successor is filled from the stored measurements, chunk by chunk, and answers as soon as it is complete;
    the old one stays for the way back. Of several the oldest goes first, so that the newest answers in the end.
    """
    version = next((one for one in fillable() if one.state == State.BUILDING), None)
    if version is None:
        return 0
    filled = fill(version)
    if not filled and not version.vectors.filter(indexed_at=None, removed=False).exists():
        activate(version)
    return filled


def activate(version: IndexVersion) -> None:
    """Let this version answer from now on; the one before stays ready for the way back.

    Raises NotCovered when analysed tracks are missing from it or are not sent yet.
    """
    waiting = version.vectors.filter(indexed_at=None, removed=False).count()
    lacking = _uncovered(version).count() if lenses.of(version).fillable else 0
    if waiting or lacking:
        raise NotCovered(
            f"{version.collection} lacks {lacking} analysed tracks and has {waiting} still to send; "
            "it fills in the background, try again when it is complete"
        )
    with transaction.atomic():
        before = IndexVersion.objects.select_for_update().filter(state=State.ACTIVE).exclude(pk=version.pk).first()
        IndexVersion.objects.filter(state=State.ACTIVE).update(state=State.READY)
        changed = IndexVersion.objects.filter(pk=version.pk)
        changed.update(state=State.ACTIVE, activated_at=timezone.now())
        if before and (before.moods_after is not None or _moods_differ(before, version)):
            changed.update(moods_after=0)


def retire_outdated() -> None:
    """Drop what this code filled before another version of Segue took over. Call it where a worker starts.

    Who upgrades, goes back and upgrades again finds such a version; what was added or corrected meanwhile is missing
    from it or wrong in it. Without it the next one is built, and takes over as after any upgrade. Not at other times: a
    person may let a version of other code answer for a while. Raises IndexUnavailable.
    """
    version = active()
    if version is None or lenses.of(version).fillable:
        return
    for one in fillable():
        if one.state == State.READY:
            retire(one)


def follow_moods() -> int:
    """Say the moods of some more tracks as the version that answers sees them; returns of how many."""
    version = active()
    return references.rewrite_moods(version) if version else 0


def retire(version: IndexVersion) -> None:
    """Drop a version's collection and vectors. The one that answers cannot be retired."""
    with transaction.atomic():  # an index that does not answer leaves the version as it was, to be tried again
        changed = IndexVersion.objects.filter(pk=version.pk).exclude(state=State.ACTIVE).update(state=State.RETIRED)
        if not changed:
            raise ValueError(f"{version.collection} is the one that answers; activate another version first")
        index().drop(version.collection)
        version.vectors.all().delete()


def unfinished() -> bool:
    """Whether a version is to be completed, or moods are to be said anew."""
    version = active()
    if version is None:
        return False
    ensure_current()
    return version.moods_after is not None or any(one.state == State.BUILDING for one in fillable())


def attributes_of(track_ids: Iterable[int]) -> Mapping[int, Attributes]:
    """What searches filter on, for the tracks among these that still exist."""
    rows = Track.objects.filter(pk__in=list(track_ids)).values_list(
        "pk", "artist_id", "album_id", audience.keeper(), "measurement__bpm", "seconds", "year"
    )
    return {
        pk: Attributes(
            artist_id=artist or 0,
            album_id=album or 0,
            owner_id=keeper,
            bpm=bpm or 0.0,
            seconds=seconds or 0.0,
            year=year or 0,
        )
        for pk, artist, album, keeper, bpm, seconds, year in rows
    }


def public(version: IndexVersion) -> QuerySet[IndexedVector]:
    """Rows of the tracks that everybody may hear: what is told of the library as a whole is drawn from these."""
    return version.vectors.filter(removed=False, track_id__in=Track.objects.public().values("pk"))


def stack(stored: Iterable[bytes | memoryview]) -> FloatArray:
    """Stored vectors as one matrix [shape=(n, dim)]."""
    return np.stack([results.unpack(one) for one in stored])


def live() -> list[IndexVersion]:
    """Every version that may still be asked or flipped back to."""
    return list(
        IndexVersion.objects.exclude(state=State.RETIRED).select_related("reference", "gave_way").order_by("pk")
    )


def fillable() -> list[IndexVersion]:
    """Live versions whose vectors this code can compute, the oldest first."""
    return [version for version in live() if lenses.of(version).fillable]


def _current() -> IndexVersion | None:
    fitted = references.followed(active())
    found = [version for version in fillable() if version.reference == fitted]
    return found[-1] if found else None


def _moods_differ(before: IndexVersion, version: IndexVersion) -> bool:
    """Whether the two see moods differently: other statistics, or another mood facet with the same ones."""
    if before.reference_id != version.reference_id:
        return True
    layouts = lenses.layout_of(before), lenses.layout_of(version)
    old, new = ([part.version for part in layout.parts if part.name == MoodFacet.name] for layout in layouts)
    return old != new


def _uncovered(version: IndexVersion) -> QuerySet[Embedding, int]:
    covered = version.vectors.filter(removed=False).values("track_id")
    analysed = Embedding.objects.filter(encoder=version.encoder, track__measurement__isnull=False)
    return analysed.exclude(track_id__in=covered).order_by("track_id").values_list("track_id", flat=True)
