"""What a listener thinks of tracks, from everything that they did: newer counts more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.utils import timezone

from accounts.models import User
from recommender import listening, taste
from recommender.models import Listen

Kind = Listen.Kind
WORTH: Mapping[str, float] = {
    Kind.LIKED: 1.0,
    Kind.FINISHED: 0.35,
    Kind.PLAYED: 0.1,
    Kind.SKIPPED: -0.3,
    Kind.LESS: -1.0,
}
EVENTS = 1_000  # newest things that a listener did, of which a taste is made
OPINIONS = 300  # tracks of which it is made at most


@dataclass(frozen=True, slots=True)
class Opinions:
    """Of one listener."""

    liked: dict[int, float]  # track -> how much, faded with age; the most first
    disliked: list[int]  # newest first
    seen: frozenset[int]  # everything that there is an opinion about


def of(viewer: User, until: datetime | None = None) -> Opinions:
    """What a listener thinks at present, or what they thought at a moment."""
    now = until or timezone.now()
    events = [event for event in listening.newest(viewer, EVENTS) if until is None or event.at < until]
    total: dict[int, float] = {}
    taken_back: set[int] = set()
    # Newest first: what was taken back later does not count.
    for event, faded in zip(events, _faded(now, [event.at for event in events]), strict=True):
        if event.kind == Kind.UNLIKED:
            taken_back.add(event.track_id)
        if event.kind == Kind.LIKED and event.track_id in taken_back:
            continue
        total[event.track_id] = total.get(event.track_id, 0.0) + WORTH.get(event.kind, 0.0) * faded
    older = [
        (track_id, at)
        for track_id, at in listening.all_liked(viewer).items()
        if track_id not in total and (until is None or at < until)
    ]
    total |= zip((pk for pk, _ in older), _faded(now, [at for _, at in older]), strict=True)
    liked = sorted(((pk, worth) for pk, worth in total.items() if worth > 0), key=lambda pair: -pair[1])[:OPINIONS]
    return Opinions(dict(liked), [pk for pk, worth in total.items() if worth < 0], frozenset(total))


def _faded(now: datetime, moments: Sequence[datetime]) -> list[float]:
    return taste.fade(np.array([(now - at).total_seconds() / 86_400 for at in moments])).tolist()
