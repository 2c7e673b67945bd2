"""The library as a map: drawn by a worker, kept as bytes, served to each listener without what is not theirs to see.

Public tracks alone make the map that everybody shares. Private ones are placed among them afterwards, each owner's
apart from all others', so that nobody can tell from the places of what they see what somebody else keeps private.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import BigIntegerField, Case, F, Q, Value, When
from numpy.typing import NDArray

from accounts.models import User
from catalog.models import Track
from recommender import columns, index_versions, mapfile, naming, paths, results
from recommender.facets import FACETS
from recommender.index.base import EVERYBODY, NOBODY
from recommender.lenses import Lens
from recommender.mapfile import Places
from recommender.measurement import FloatArray
from recommender.models import IndexVersion, Measurement, TrackMap

FEWEST = 3  # tracks on a map
KEPT = 2  # maps; the one before is there for the curious
MOST_REGIONS, REGION_SIZE = 12, 6  # at most so many names, each for at least so many public tracks
NAMED_BY = 60  # tracks of a region that are asked for its name
NEWCOMERS, NEWCOMERS_SHARE = 10, 0.05  # analysed since: from so many (and such a share) a map is worth drawing again
DEFAULT_SHADE = 128
NOTHING = "There are too few analysed tracks for a map yet."


class NothingToDraw(Exception):
    """The library is too small; the message says so."""


@dataclass(frozen=True, slots=True)
class Region:
    """A neighbourhood of the map, for its label and for the list beside it."""

    number: int  # as `selected` knows it
    name: str  # "Calm and slow, piano"
    x: float  # middle, 0..1
    y: float
    count: int  # tracks that the viewer may see
    tracks: list[Track]  # the nearest to the middle


@dataclass(frozen=True, slots=True)
class _Library:
    ids: NDArray[np.int64]
    space: FloatArray
    keepers: NDArray[np.int64]  # who alone may see a track; EVERYBODY for public ones, NOBODY for what is set aside

    def of(self, keeper: int) -> NDArray[np.intp]:
        """Positions of the tracks that one person keeps private, or of the public ones."""
        return np.flatnonzero(self.keepers == keeper)


def draw() -> TrackMap:
    """Compute a new map, starting from the places of the present one. For a worker: minutes for 100,000 tracks.

    Raises
    ------
    NothingToDraw
        When fewer than three tracks were analysed.
    """
    lens = index_versions.lens()
    known = _library(lens) if lens else None
    if lens is None or known is None or len(known.ids) < FEWEST:
        raise NothingToDraw(NOTHING)
    projection = import_module("recommender.projection")  # scikit-learn: not in the web process
    return _store(lens, known, _laid_out(lens.version, known, projection), projection)


def latest() -> TrackMap | None:
    """The map that is shown, without its bytes."""
    return TrackMap.objects.defer("places").order_by("-pk").first()


def outdated() -> bool:
    """Whether a new map is worth drawing: there is none, it is of another index, or much was added or removed since."""
    version, shown = index_versions.active(), latest()
    if version is None:
        return False
    present = version.vectors.filter(removed=False).count()
    if shown is None or shown.version_id != version.pk:
        return present >= FEWEST
    return abs(present - shown.tracks) >= max(NEWCOMERS, NEWCOMERS_SHARE * shown.tracks)


def served(viewer: User, *, first: int | None = None) -> bytes:
    """The map as one viewer may see it, as `mapfile` bytes, coarse first; an empty map when none was drawn.

    Parameters
    ----------
    first : only so many tracks, spread over the whole map
    """
    places = _seen(viewer)
    return mapfile.pack(places if first is None else places.first(max(first, 0)))


def count(viewer: User) -> int:
    """How many tracks the map shows to one viewer."""
    return len(_seen(viewer).ids)


def regions(viewer: User, *, tracks: int = 5) -> list[Region]:
    """Neighbourhoods of the map with some of their tracks, the largest first: the list beside the map."""
    shown = latest()
    places = _seen(viewer)
    if shown is None or not shown.regions or not len(places.ids):
        return []
    middles = _middles(shown)
    apart = _apart(places, middles)
    home = apart.argmin(axis=1)
    nearest = {
        number: places.ids[mine[np.argsort(apart[mine, number], kind="stable")[:tracks]]]
        for number in range(len(middles))
        if len(mine := np.flatnonzero(home == number))
    }
    rows = Track.objects.visible_to(viewer).for_lists().in_bulk([int(pk) for ids in nearest.values() for pk in ids])
    found = [
        Region(
            number,
            shown.regions[number]["name"],
            float(middles[number, 0]),
            float(middles[number, 1]),
            int((home == number).sum()),
            [rows[int(pk)] for pk in ids if int(pk) in rows],
        )
        for number, ids in nearest.items()
    ]
    return sorted(found, key=lambda region: -region.count)


def selected(viewer: User, outline: FloatArray) -> list[int]:
    """Ids of the tracks inside a line [shape=(m, 2), 0..1] that the viewer may see, spread evenly from the first on."""
    places = _seen(viewer)
    return [int(pk) for pk in places.ids[mapfile.within(mapfile.opened(places.xy), outline)]]


def in_region(viewer: User, number: int) -> tuple[str, list[int]] | None:
    """Name of a neighbourhood and ids of its tracks, the nearest to its middle first; None when there is none."""
    shown, places = latest(), _seen(viewer)
    if shown is None or number >= len(shown.regions):
        return None
    apart = _apart(places, _middles(shown))
    mine = np.flatnonzero(apart.argmin(axis=1) == number)
    return shown.regions[number]["name"], [int(pk) for pk in places.ids[mine[np.argsort(apart[mine, number])]]]


def _middles(shown: TrackMap) -> FloatArray:
    return np.array([(region["x"], region["y"]) for region in shown.regions], np.float32)


def _apart(places: Places, middles: FloatArray) -> FloatArray:
    """How far each track lies from each middle, squared [shape=(tracks, regions)]."""
    here = mapfile.opened(places.xy)
    away: FloatArray = (here[:, :1] - middles[:, 0]) ** 2 + (here[:, 1:] - middles[:, 1]) ** 2
    return away


def _seen(viewer: User) -> Places:
    shown = latest()
    if shown is None:
        return Places(np.zeros(0, np.uint32), np.zeros((0, 2), np.uint16), np.zeros(0, np.uint8))
    last = Track.objects.order_by("-pk").values_list("pk", flat=True).first()
    places = _present(shown.pk, shown.made_at, Track.objects.count(), last)
    [hidden] = columns.whole_numbers(Track.objects.hidden_from(viewer), "pk")
    return places.only(~np.isin(places.ids, hidden)) if len(hidden) else places


@lru_cache(maxsize=2)
def _present(shown: int, _made_at: datetime, _count: int, _last: int | None) -> Places:
    """A map without what was deleted since it was drawn, read anew when tracks come or go.

    Numbers of tracks only grow: as many up to the same last one are the same.
    """
    places = mapfile.unpack(TrackMap.objects.values_list("places", flat=True).get(pk=shown))
    [here] = columns.whole_numbers(Track.objects.all(), "pk")
    return places.only(np.isin(places.ids, here))


def _laid_out(version: IndexVersion, known: _Library, projection: Any) -> FloatArray:
    """Places of all tracks [shape=(n, 2)]: of the public ones by themselves, then of each owner's private ones.

    They go between their nearest public neighbours where there are enough of those. Who keeps more private than there
    is public would see a heap: those tracks get a layout of their own that is turned onto the public places.
    """
    points = np.zeros((len(known.ids), 2), np.float32)
    public = known.of(EVERYBODY)
    landmarks = _spread(known.ids, public, projection.LANDMARKS)
    shown, settled = latest(), _old_places(known.ids[public])
    if shown is not None and shown.version_id == version.pk and np.isfinite(settled).all():
        points[public] = settled
    elif len(public):
        points[landmarks] = projection.fit(known.space[landmarks], _old_places(known.ids[landmarks]))
        _place(points, known, np.setdiff1d(public, landmarks), landmarks, projection)
    for keeper in np.unique(known.keepers[known.keepers != EVERYBODY]):
        mine = known.of(int(keeper))
        if len(mine) <= len(public):
            _place(points, known, mine, landmarks, projection)
            continue
        own = points.copy()  # in which the public ones may move
        marks = _spread(known.ids, np.union1d(public, mine), projection.LANDMARKS)
        old = _old_places(known.ids[marks])
        shared = np.isin(marks, public)
        old[shared] = points[marks[shared]]
        own[marks] = projection.fit(known.space[marks], old)
        _place(own, known, np.setdiff1d(mine, marks), marks, projection)
        points[mine] = own[mine]
    return points


def _place(
    points: FloatArray, known: _Library, rest: NDArray[np.intp], landmarks: NDArray[np.intp], projection: Any
) -> None:
    """Write where the rest lies among landmarks that have their places."""
    points[rest] = projection.place(known.space[rest], known.space[landmarks], points[landmarks])


def _library(lens: Lens) -> _Library | None:
    rows = dict(lens.version.vectors.filter(removed=False).values_list("track_id", "vector"))
    aside, private = Q(set_aside_at__isnull=False), Q(visibility=Track.Visibility.PRIVATE)
    alone = When(aside, then=Value(NOBODY)), When(private, then=F("owner_id"))
    keeper = Case(*alone, default=Value(EVERYBODY), output_field=BigIntegerField())
    keepers = dict(Track.objects.values_list("pk", keeper))
    ids = sorted(pk for pk in rows if pk in keepers)
    if not ids:
        return None
    usual = {facet.name: facet.default_weight for facet in FACETS}
    stacked = index_versions.stack(rows[pk] for pk in ids)
    space = paths.listening_space(stacked, usual, lens.layout)
    return _Library(np.array(ids, np.int64), space, np.array([keepers[pk] for pk in ids], np.int64))


def _spread(ids: NDArray[np.int64], positions: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    """At most so many of the positions, drawn by a hash of their ids: a growing library keeps its landmarks."""
    return np.sort(positions[mapfile.scattered(ids[positions])[:most]])


def _old_places(ids: NDArray[np.int64]) -> FloatArray:
    """Where these tracks lie on the present map [shape=(n, 2)], NaN where they do not."""
    newest = TrackMap.objects.order_by("-pk").first()
    if newest is None:
        return np.full((len(ids), 2), np.nan, np.float32)
    present = mapfile.unpack(newest.places)
    where = {int(pk): xy for pk, xy in zip(present.ids, mapfile.opened(present.xy), strict=True)}
    nowhere = np.full(2, np.nan, np.float32)
    return np.stack([where.get(int(pk), nowhere) for pk in ids])


def _store(lens: Lens, known: _Library, points: FloatArray, projection: Any) -> TrackMap:
    ids = known.ids.astype(np.uint32)
    moods = dict(Measurement.objects.values_list("track_id", "moods"))
    shade = np.array([_shade(moods.get(int(pk))) for pk in known.ids], np.uint8)
    xy = mapfile.quantised(points)
    order = mapfile.fair_order(xy, ids, known.keepers)
    places = Places(ids[order], xy[order], shade[order])
    with transaction.atomic():
        made = TrackMap.objects.create(
            version=lens.version,
            places=mapfile.pack(places),
            regions=_regions(lens, known, points, projection),
            tracks=len(ids),
        )
        kept = TrackMap.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT]
        TrackMap.objects.exclude(pk__in=list(kept)).delete()
    return made


def _shade(moods: dict[str, float] | None) -> int:
    """How energetic a track is, as the colour shows it."""
    return round(255 * min(max(moods["arousal"], 0.0), 1.0)) if moods and "arousal" in moods else DEFAULT_SHADE


def _regions(lens: Lens, known: _Library, points: FloatArray, projection: Any) -> list[dict[str, Any]]:
    """Cut and named by public tracks alone: a name must not tell of what somebody keeps to themselves."""
    public = known.of(EVERYBODY)
    parts = min(MOST_REGIONS, len(public) // REGION_SIZE)
    if parts < 1:
        return []
    labels = projection.regions(points[public], parts)
    named: list[dict[str, Any]] = []
    for label in np.argsort(-np.bincount(labels, minlength=parts)):
        mine = public[labels == label]
        middle = np.clip(points[mine].mean(axis=0), 0, 1)
        typical = mine[np.argsort(np.linalg.norm(points[mine] - middle, axis=1), kind="stable")[:NAMED_BY]]
        measured = results.load([int(pk) for pk in known.ids[typical]], lens.version.encoder)
        traits = [naming.traits_of(one, lens.usual) for _, one in sorted(measured.items())]
        name = naming.name(traits, {region["name"] for region in named})
        named.append({"name": name, "x": round(float(middle[0]), 4), "y": round(float(middle[1]), 4)})
    return named
