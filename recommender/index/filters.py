"""`Filter` as a Milvus expression. Built from numbers only: no text of people ever reaches it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from recommender.index.base import Filter

MAX_LISTED = 2_000  # `not in` with 10,000 ids costs Milvus 160 ms: more than this is dropped from the answer instead


def expression(where: Filter, without_ids: Iterable[int], only_ids: Iterable[int] | None) -> str:
    """The expression that Milvus and Milvus Lite evaluate inside their search.

    Parameters
    ----------
    where
        Bounds, artists, albums and viewer; its id sets are ignored, because the caller splits them.
    without_ids, only_ids
        At most `MAX_LISTED` each; `only_ids` None restricts nothing.
    """
    parts = [f"owner_id in {listed({0, where.viewer_id})}"]
    for name, (low, high) in {"bpm": where.bpm, "seconds": where.seconds, "year": where.year}.items():
        whole = name == "year"
        if (low, high) != (None, None):
            parts.append(f"{name} > 0")  # 0 stands for unknown, and the unknown lies within no bounds
        if low is not None:
            parts.append(f"{name} >= {number(low, whole=whole)}")
        if high is not None:
            parts.append(f"{name} <= {number(high, whole=whole)}")
    parts += [f"{name} not in {listed(values)}" for name, values in where.refused.items()]
    if hidden := listed(without_ids, empty=""):
        parts.append(f"id not in {hidden}")
    if only_ids is not None:
        parts.append(f"id in {listed(only_ids)}")
    return " and ".join(parts)


def listed(numbers: Iterable[int], empty: str = "[]") -> str:
    """Whole numbers as a list in an expression, ascending."""
    inside = ", ".join(str(int(each)) for each in sorted(numbers))
    return f"[{inside}]" if inside else empty


def number(value: float, *, whole: bool = False) -> str:
    """A bound as Milvus reads it, exact. Milvus 2.3 compares a `whole` number with nothing but a whole number.

    Raises
    ------
    ValueError
        For NaN and infinity.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is no bound")
    return str(int(value)) if whole else repr(float(value))
