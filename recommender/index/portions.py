"""A search whose lists of ids are longer than one expression holds: asked in portions, its answers joined again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from recommender.index.base import Filter, Hits
from recommender.index.filters import MAX_LISTED, expression
from recommender.index.gates import MAX_HITS

Ask = Callable[[int, str], list[Hits]]  # how many at most for each question, the filter expression


def best(ask: Ask, k: int, where: Filter, only: frozenset[int] | None) -> list[Hits]:
    """The k best for each question that `where` lets through, among `only` (None: among all)."""
    listed = sorted(where.without_ids)
    words = expression(where, listed[:MAX_LISTED], only)
    if len(listed) <= MAX_LISTED:
        return ask(k, words)
    dropped = np.array(listed[MAX_LISTED:], np.int64)
    limit = min(2 * k, MAX_HITS)
    while True:
        found = ask(limit, words)
        kept = [~np.isin(one.ids, dropped) for one in found]
        enough = (mask.sum() >= k or len(mask) < limit for mask in kept)
        if limit == MAX_HITS or all(enough):
            pairs = zip(found, kept, strict=True)
            return [Hits(ids=one.ids[mask][:k], scores=one.scores[mask][:k]) for one, mask in pairs]
        limit = min(4 * limit, MAX_HITS)


def of(only: frozenset[int] | None) -> list[frozenset[int] | None]:
    """A long list of ids in parts that one expression can hold."""
    if only is None:
        return [None]
    ordered = sorted(only)
    return [frozenset(ordered[start : start + MAX_LISTED]) for start in range(0, len(ordered), MAX_LISTED)]


def merged(parts: Sequence[Hits], k: int) -> Hits:
    """The k best of several answers."""
    ids = np.concatenate([np.empty(0, np.int64), *(part.ids for part in parts)])
    scores = np.concatenate([np.empty(0, np.float32), *(part.scores for part in parts)])
    order = np.lexsort((ids, -scores))[:k]
    return Hits(ids=ids[order], scores=scores[order])
