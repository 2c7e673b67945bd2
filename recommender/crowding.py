"""Hubs, and how one search avoids them: how crowded it is around each track, as coordinates of its vector.

In spaces of many dimensions a few tracks lie near everything and are recommended all the time, others never
(Radovanovic et al., "Hubs in space", 2010). What helps is to hold against a track how near it lies to its own
neighbours: similarity less a share of the mean similarity to the nearest (CSLS: Conneau et al., "Word translation
without parallel data", 2018). The mean is a number per track and facet, so it can be a coordinate, and the correction
happens inside the same inner product as everything else, at any weights and any size.

Tempo is corrected less: a popular tempo is popular, not wrong, but tracks of rare ones must be found too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from recommender.measurement import FloatArray

# Facets in the order of the coordinates, and how much of the crowding is held against a track. New ones go to the end:
# index versions from before them are still searched and sent to.
SHARES: Mapping[str, float] = {"sound": 0.7, "mood": 0.85, "tempo": 0.5}
DIM = len(SHARES) + 1  # and one that makes all rows equally long
VERSION = "3"
NEAREST = 30
LANDMARKS = 1_000  # tracks of the library that stand for all of it: crowding is smooth
ITSELF = 0.9999  # similarity from which a landmark is the track itself, or its copy


def corrected(place: slice) -> list[str]:
    """The facets whose crowding is stored at this place of a layout."""
    return list(SHARES)[: place.stop - place.start - 1]


def unknown(count: int) -> FloatArray:
    """Coordinates of tracks about whose surroundings nothing is known: no correction [shape=(count, DIM)]."""
    return _filled(np.zeros((count, len(SHARES)), np.float64))


def coordinates(vectors: FloatArray, landmarks: FloatArray, places: Sequence[slice]) -> FloatArray:
    """How crowded it is around tracks.

    Parameters
    ----------
    vectors : array [shape=(n, dim)]
        Stored vectors.
    landmarks : array [shape=(m, dim)]
        Stored vectors of a fair sample of the library; the tracks themselves may be among them.
    places
        Where the facets of `corrected` lie.

    Returns
    -------
    array [shape=(n, len(places) + 1)]
        Per facet the mean similarity to the `NEAREST` landmarks, then the coordinate that fills up the length.
    """
    if len(landmarks) < 2:
        return _filled(np.zeros((len(vectors), len(places)), np.float64))
    return _filled(np.stack([_crowding(vectors[:, place], landmarks[:, place]) for place in places], axis=1))


def _crowding(rows: FloatArray, landmarks: FloatArray) -> FloatArray:
    alike = rows @ landmarks.T
    count = min(NEAREST + 1, alike.shape[1])
    nearest = -np.sort(-np.partition(alike, alike.shape[1] - count, axis=1)[:, -count:], axis=1)
    itself = nearest[:, :1] >= ITSELF
    others = np.where(itself, nearest[:, 1:], nearest[:, :-1])
    return others.mean(axis=1)


def _filled(values: FloatArray) -> FloatArray:
    """With one length for all rows, a graph built for inner products is a graph of distances."""
    rest = np.sqrt(np.maximum(values.shape[1] - (values**2).sum(axis=1, keepdims=True), 0.0))
    return np.hstack([values, rest]).astype(np.float32)
