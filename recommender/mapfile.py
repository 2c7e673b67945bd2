"""The map as bytes: 9 a track, ordered so that every beginning of it is a coarser map of the whole.

    magic "SEGM" | version u16 | reserved u16 | count u32 | ids u32[count] | x, y u16[count, 2] | shade u8[count]

Little-endian. A browser draws the first thousand at once and the rest as it zooms; 100,000 tracks are 0.9 MB.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.measurement import FloatArray

MAGIC, VERSION = b"SEGM", 1
HEADER = struct.Struct("<4sHHI")
TOP = 65_535
FINEST = 10  # the finest grid has 2^10 cells a side


@dataclass(frozen=True, slots=True)
class Places:
    """Where tracks lie."""

    ids: NDArray[np.uint32]
    xy: NDArray[np.uint16]  # [shape=(n, 2)]
    shade: NDArray[np.uint8]  # what the colour says, 0..255

    def only(self, kept: NDArray[np.bool_]) -> Places:
        """Those for which `kept` is True, in the same order."""
        return Places(self.ids[kept], self.xy[kept], self.shade[kept])

    def first(self, count: int) -> Places:
        """The coarser map of so many tracks."""
        return Places(self.ids[:count], self.xy[:count], self.shade[:count])


def quantised(points: FloatArray) -> NDArray[np.uint16]:
    """Places in the unit square as whole numbers [shape=(n, 2)]; what lies outside is moved to its edge."""
    return np.round(np.clip(points, 0, 1) * TOP).astype(np.uint16)


def opened(xy: NDArray[np.uint16]) -> FloatArray:
    """Places in the unit square of what `quantised` gave, to within 8e-6."""
    return (xy / TOP).astype(np.float32)


def scattered(ids: NDArray[np.integer]) -> NDArray[np.intp]:
    """Order ids by a hash (Knuth's), not by when they came: no album first; others that join change no two's order."""
    mixed = (ids.astype(np.uint64) * np.uint64(2_654_435_761)) % np.uint64(1 << 32)
    return np.argsort(mixed, kind="stable")


def coarse_first(xy: NDArray[np.uint16], ids: NDArray[np.uint32]) -> NDArray[np.intp]:
    """An order in which every beginning covers the map evenly: one track per cell of ever finer grids."""
    left = scattered(ids)
    chosen: list[NDArray[np.intp]] = []
    taken = np.zeros(len(ids), bool)
    for level in range(FINEST + 1):
        cells = (xy.astype(np.int64) * (1 << level)) // (TOP + 1)
        cell = cells[:, 0] * (1 << level) + cells[:, 1]
        waiting = left[~np.isin(cell[left], cell[taken])]
        _, firsts = np.unique(cell[waiting], return_index=True)
        fresh = waiting[np.sort(firsts)]
        chosen.append(fresh)
        taken[fresh] = True
        left = left[~taken[left]]
    return np.concatenate([*chosen, left])


def fair_order(xy: NDArray[np.uint16], ids: NDArray[np.uint32], keepers: NDArray[np.int64]) -> NDArray[np.intp]:
    """An order in which every beginning covers the map for whoever sees the tracks of some keepers alone.

    What one keeps private takes nobody else's turn.
    """
    turn = np.zeros(len(ids))
    for keeper in np.unique(keepers):
        mine = np.flatnonzero(keepers == keeper)
        turn[mine[coarse_first(xy[mine], ids[mine])]] = np.linspace(0, 1, len(mine), endpoint=False)
    return np.argsort(turn, kind="stable")


def within(points: FloatArray, outline: FloatArray) -> NDArray[np.bool_]:
    """Which points [shape=(n, 2)] lie inside a closed line through the corners of `outline` [shape=(m, 2)].

    A ray to the right crosses the line an odd number of times (even-odd rule), so lines may cross themselves.
    """
    inside = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        crossed = (points[:, 1] > min(y0, y1)) & (points[:, 1] <= max(y0, y1))
        inside ^= crossed & (points[:, 0] < x0 + (points[:, 1] - y0) * (x1 - x0) / (y1 - y0))
    return inside


def pack(places: Places) -> bytes:
    """As bytes, in the order given."""
    header = HEADER.pack(MAGIC, VERSION, 0, len(places.ids))
    return b"".join(
        [
            header,
            places.ids.astype("<u4").tobytes(),
            places.xy.astype("<u2").tobytes(),
            places.shade.astype("u1").tobytes(),
        ]
    )


def unpack(stored: bytes | memoryview) -> Places:
    """Read what `pack` wrote.

    Raises
    ------
    ValueError
        For other bytes.
    """
    view = memoryview(stored)
    if len(view) < HEADER.size:
        raise ValueError("this is no map: too short")
    magic, version, _, count = HEADER.unpack(view[: HEADER.size])
    if magic != MAGIC or version != VERSION or len(view) != HEADER.size + 9 * count:
        raise ValueError("this is no map, or one of another version")
    ids = np.frombuffer(view, "<u4", count, HEADER.size)
    xy = np.frombuffer(view, "<u2", 2 * count, HEADER.size + 4 * count).reshape(-1, 2)
    shade = np.frombuffer(view, "u1", count, HEADER.size + 8 * count)
    return Places(ids, xy, shade)
