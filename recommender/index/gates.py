"""What may enter an index, and how much comes out of it at once: the same for every kind of index."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from recommender.index.base import Attributes, values_of
from recommender.measurement import FloatArray

MAX_HITS = 16_384  # Milvus answers no more in one search


def checked_vectors(vectors: FloatArray, dim: int) -> FloatArray:
    """The vectors as a contiguous float32 array [shape=(n, dim)].

    Milvus takes NaN and Inf without a word and then puts them at the top of every search, so they stop here.

    Parameters
    ----------
    vectors
        Rows for an index of `dim` dimensions.
    dim
        What the collection was made with.

    Raises
    ------
    ValueError
        For another shape, and for numbers that are not finite.
    """
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != dim:
        raise ValueError(f"vectors of shape {rows.shape} do not fit an index of {dim} dimensions")
    if not np.isfinite(rows).all():
        raise ValueError("vectors hold numbers that are not finite")
    return rows


def one_query(query: FloatArray) -> FloatArray:
    """One query vector [shape=(dim,)] as several of them are asked [shape=(1, dim)].

    Raises
    ------
    ValueError
        For another number of axes.
    """
    if query.ndim != 1:
        raise ValueError(f"a query is one vector, not an array of shape {query.shape}")
    return query[np.newaxis]


def checked_rows(ids: Sequence[int], attributes: Sequence[Attributes], vectors: FloatArray) -> None:
    """Stop rows that do not belong together.

    Raises
    ------
    ValueError
        When the three have different lengths, when an id comes twice, and for attributes that are not finite.
    """
    if not len(ids) == len(attributes) == len(vectors):
        raise ValueError(f"{len(ids)} ids, {len(vectors)} vectors and {len(attributes)} attributes are not one table")
    if len(set(ids)) != len(ids):
        raise ValueError("an id comes twice")
    for track, row in zip(ids, attributes, strict=True):
        if not all(map(math.isfinite, values_of(row))):
            raise ValueError(f"attributes of {track} are not finite: {row}")
