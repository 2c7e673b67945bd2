"""Who alone may see a track, and which points of the map whom is shown.

Public tracks alone make the map that everybody shares. Private ones are placed among them afterwards (`drawing`), each
owner's apart from all others', so that nobody can tell from the places of what they see what somebody else keeps
private. Who may see a track at all is the catalogue's rule, `TrackQuerySet.visible_to`.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import numpy as np
from django.db.models import BigIntegerField, Case, F, Q, Value, When

from accounts.models import User
from catalog.models import Track
from recommender import columns, mapfile
from recommender.index.base import EVERYBODY, NOBODY
from recommender.mapfile import Places
from recommender.models import TrackMap


def keeper() -> Case:
    """Of a track in a query: who alone may see it; EVERYBODY of a public one, NOBODY of one that is set aside."""
    aside, private = Q(set_aside_at__isnull=False), Q(visibility=Track.Visibility.PRIVATE)
    alone = When(aside, then=Value(NOBODY)), When(private, then=F("owner_id"))
    return Case(*alone, default=Value(EVERYBODY), output_field=BigIntegerField())


def points(drawn: TrackMap | None, viewer: User) -> Places:
    """The points of a map that one viewer is shown: of what is there still, and not hidden from them."""
    if drawn is None:
        return Places(np.zeros(0, np.uint32), np.zeros((0, 2), np.uint16), np.zeros(0, np.uint8))
    last = Track.objects.order_by("-pk").values_list("pk", flat=True).first()
    places = _present(drawn.pk, drawn.made_at, Track.objects.count(), last)
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
