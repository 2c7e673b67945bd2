"""Chance that stands still: the same person gets the same draw, however often the page is loaded."""

from __future__ import annotations

import hashlib

import numpy as np

from accounts.models import User
from recommender import columns
from recommender.models import IndexVersion


def seed_of(viewer: User, *purpose: str) -> int:
    """The same number, 0..2^48, for the same listener and purpose: a day, a session, what is drawn."""
    text = "/".join([str(viewer.pk), *purpose])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def shuffled(version: IndexVersion, seed: int) -> list[int]:
    """Ids of all tracks of a version, also of those that not everybody may hear."""
    [ids] = columns.whole_numbers(version.vectors.filter(removed=False), "track_id")
    drawn: list[int] = np.random.default_rng(seed).permutation(np.sort(ids)).tolist()
    return drawn
