"""The library as a map: drawn by a worker (`drawing`), kept as bytes, served to each listener (`audience`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from accounts.models import User
from catalog.models import Track
from recommender import audience, index_versions, mapfile
from recommender.mapfile import Places
from recommender.measurement import FloatArray
from recommender.models import TrackMap

FEWEST = 3  # tracks on a map
NEWCOMERS, NEWCOMERS_SHARE = 10, 0.05  # analysed since: from so many (and such a share) a map is worth drawing again


@dataclass(frozen=True, slots=True)
class Region:
    """A neighbourhood of the map, for its label and for the list beside it."""

    number: int  # as `selected` knows it
    name: str  # "Calm and slow, piano"
    x: float  # middle, 0..1
    y: float
    count: int  # tracks that the viewer may see
    tracks: list[Track]  # the nearest to the middle


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
    places = audience.points(latest(), viewer)
    return mapfile.pack(places if first is None else places.first(max(first, 0)))


def count(viewer: User) -> int:
    """How many tracks the map shows to one viewer."""
    return len(audience.points(latest(), viewer).ids)


def regions(viewer: User, *, tracks: int = 5) -> list[Region]:
    """Neighbourhoods of the map with some of their tracks, the largest first: the list beside the map."""
    shown = latest()
    places = audience.points(shown, viewer)
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
    places = audience.points(latest(), viewer)
    return [int(pk) for pk in places.ids[mapfile.within(mapfile.opened(places.xy), outline)]]


def in_region(viewer: User, number: int) -> tuple[str, list[int]] | None:
    """Name of a neighbourhood and ids of its tracks, the nearest to its middle first; None when there is none."""
    shown = latest()
    places = audience.points(shown, viewer)
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
