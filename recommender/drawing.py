"""Drawing the map of the library: public tracks by themselves, then what each owner keeps private among them.

Loaded by workers only, where a map is drawn: it brings scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from catalog.models import Track
from recommender import audience, index_versions, mapfile, maps, naming, paths, projection, results
from recommender.facets import default_weights
from recommender.index.base import EVERYBODY
from recommender.jobs import JobFailed
from recommender.lenses import Lens
from recommender.mapfile import Places
from recommender.measurement import FloatArray
from recommender.models import IndexVersion, Job, Measurement, TrackMap

KEPT = 2  # maps; the one before is there for the curious
MOST_REGIONS, REGION_SIZE = 12, 6  # at most so many names, each for at least so many public tracks
NAMED_BY = 60  # tracks of a region that are asked for its name
DEFAULT_SHADE = 128
NOTHING = "There are too few analysed tracks for a map yet."


class NothingToDraw(Exception):
    """The library is too small; the message says so."""


@dataclass(frozen=True, slots=True)
class _Library:
    ids: NDArray[np.int64]
    space: FloatArray
    keepers: NDArray[np.int64]  # who alone may see a track; EVERYBODY for public ones, NOBODY for what is set aside

    def of(self, keeper: int) -> NDArray[np.intp]:
        """Positions of the tracks that one person keeps private, or of the public ones."""
        return np.flatnonzero(self.keepers == keeper)


def work(job: Job) -> str:
    """Draw for a job; returns a line for its row. Raises JobFailed where there is too little."""
    try:
        draw()
    except NothingToDraw as error:
        raise JobFailed(str(error)) from error
    return f"{maps.count(job.asked_by)} tracks on the map." if job.asked_by else "The map was drawn."


def draw() -> TrackMap:
    """Compute a new map, starting from the places of the present one: minutes for 100,000 tracks.

    Raises
    ------
    NothingToDraw
        When fewer than three tracks were analysed.
    """
    lens = index_versions.lens()
    known = _library(lens) if lens else None
    if lens is None or known is None or len(known.ids) < maps.FEWEST:
        raise NothingToDraw(NOTHING)
    return _store(lens, known, _laid_out(lens.version, known))


def _laid_out(version: IndexVersion, known: _Library) -> FloatArray:
    """Places of all tracks [shape=(n, 2)]: of the public ones by themselves, then of each owner's private ones.

    They go between their nearest public neighbours where there are enough of those. Who keeps more private than there
    is public would see a heap: those tracks get a layout of their own that is turned onto the public places.
    """
    points = np.zeros((len(known.ids), 2), np.float32)
    public = known.of(EVERYBODY)
    landmarks = _spread(known.ids, public, projection.LANDMARKS)
    shown, settled = maps.latest(), _old_places(known.ids[public])
    if shown is not None and shown.version_id == version.pk and np.isfinite(settled).all():
        points[public] = projection.steady(settled)
    elif len(public):
        fitted = projection.fit(known.space[landmarks], _old_places(known.ids[landmarks]))
        points[landmarks] = projection.steady(fitted)
        _place(points, known, np.setdiff1d(public, landmarks), landmarks)
    for keeper in np.unique(known.keepers[known.keepers != EVERYBODY]):
        mine = known.of(int(keeper))
        if len(mine) <= len(public):
            _place(points, known, mine, landmarks)
            continue
        own = points.copy()  # in which the public ones may move
        marks = _spread(known.ids, np.union1d(public, mine), projection.LANDMARKS)
        old = _old_places(known.ids[marks])
        shared = np.isin(marks, public)
        old[shared] = points[marks[shared]]
        own[marks] = projection.fit(known.space[marks], old)
        _place(own, known, np.setdiff1d(mine, marks), marks)
        points[mine] = own[mine]
    return points


def _place(points: FloatArray, known: _Library, rest: NDArray[np.intp], landmarks: NDArray[np.intp]) -> None:
    """Write where the rest lies among landmarks that have their places."""
    points[rest] = projection.place(known.space[rest], known.space[landmarks], points[landmarks])


def _library(lens: Lens) -> _Library | None:
    rows = dict(lens.version.vectors.filter(removed=False).values_list("track_id", "vector"))
    keepers = dict(Track.objects.values_list("pk", audience.keeper()))
    ids = sorted(pk for pk in rows if pk in keepers)
    if not ids:
        return None
    stacked = index_versions.stack(rows[pk] for pk in ids)
    space = paths.listening_space(stacked, default_weights(), lens.layout)
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


def _store(lens: Lens, known: _Library, points: FloatArray) -> TrackMap:
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
            regions=_regions(lens, known, points),
            tracks=len(ids),
        )
        kept = TrackMap.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT]
        TrackMap.objects.exclude(pk__in=list(kept)).delete()
    return made


def _shade(moods: dict[str, float] | None) -> int:
    """How energetic a track is, as the colour shows it."""
    return round(255 * min(max(moods["arousal"], 0.0), 1.0)) if moods and "arousal" in moods else DEFAULT_SHADE


def _regions(lens: Lens, known: _Library, points: FloatArray) -> list[dict[str, Any]]:
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
