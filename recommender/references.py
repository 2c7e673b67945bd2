"""A library fitted on itself: statistics from what is stored, without audio, and what follows from their coming."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.db import transaction

from catalog.models import Track
from recommender import lenses, results
from recommender.facets import FACETS, fitting, mood, reference
from recommender.models import Embedding, FittedReference, IndexVersion, Measurement

MOST_OF_ARTIST = 60  # tracks of one artist that a fit hears: statistics of music, not of one discography
MOST = 6_000  # tracks of one fit; about 100 MB while it runs, and more change the second digit of nothing
CHUNK = 500
MOST_OF_NAME = 30  # characters before the number


class NotFitted(Exception):
    """No statistics can be made of this library, or not under this name; the message says why."""


def fit(name: str) -> FittedReference:
    """Fit statistics on the public tracks of the library.

    What people keep to themselves shapes nothing that others see.

    Raises
    ------
    NotFitted
        When too few tracks were analysed, or the name is taken: it is part of what vectors are called.
    """
    if name == reference.shipped().version or FittedReference.objects.filter(name=name).exists():
        raise NotFitted(f"statistics called {name!r} exist already; give these another --name")
    measured = [one for ids in _chunks(_chosen()) for one in results.load(ids, settings.ENCODER).values()]
    try:
        fitted = fitting.fit(measured, name)
    except ValueError as error:
        raise NotFitted(f"{error}; only public tracks that were analysed count") from error
    return FittedReference.objects.create(
        name=name, encoder=settings.ENCODER, tracks=fitted.tracks, statistics=reference.write(fitted)
    )


def followed(version: IndexVersion | None) -> FittedReference | None:
    """The library's own statistics that a successor of this version should use; None for the shipped ones.

    Statistics that were measured with other facets than this code has, or that it cannot read, are out of date.
    """
    if version is None or version.reference is None or version.encoder != settings.ENCODER:
        return None
    present = {facet.name: facet.code for facet in FACETS}
    seen = lenses.statistics_of(version)
    return version.reference if seen is not reference.shipped() and seen.facet_versions == present else None


def given_way(version: IndexVersion | None) -> FittedReference | None:
    """The library's own statistics that a successor of this version cannot use and that should be fitted anew."""
    if version is None or followed(version) is not None:
        return None
    return version.reference or version.gave_way


def next_name(name: str) -> str:
    """A free name for another fit: "mine-1", "mine-2" ..."""
    tail = re.search(r"-?(\d+)$", name)
    stem, number = (name[: tail.start()], int(tail[1])) if tail else (name, 1)
    taken = set(FittedReference.objects.values_list("name", flat=True))
    names = (f"{stem[:MOST_OF_NAME]}-{count}" for count in itertools.count(number + 1))
    return next(free for free in names if free not in taken)


def rewrite_moods(version: IndexVersion) -> int:
    """Say the stored mood percentiles of some more tracks in the version's statistics; returns of how many."""
    if version.moods_after is None:
        return 0
    later = Measurement.objects.filter(track_id__gt=version.moods_after).order_by("track_id")
    ids = list(later.values_list("track_id", flat=True)[:CHUNK])
    usual = lenses.statistics_of(version)
    with transaction.atomic():
        known = results.load(ids, version.encoder)
        rows = list(Measurement.objects.filter(track_id__in=list(known)).only("pk", "track_id"))
        for row in rows:
            row.moods = results.rounded(mood.axes(known[row.track_id], usual))
        Measurement.objects.bulk_update(rows, ["moods"])
        IndexVersion.objects.filter(pk=version.pk).update(moods_after=ids[-1] if ids else None)
    return len(ids)


def _chosen() -> list[int]:
    """Analysed public tracks, not too many of one artist, spread evenly over the library."""
    heard = Embedding.objects.filter(encoder=settings.ENCODER, track__measurement__isnull=False)
    public = heard.filter(track__in=Track.objects.public()).order_by("track_id")
    kept, of_artist = [], Counter[int]()
    for pk, artist in public.values_list("track_id", "track__artist_id"):
        if artist is None or of_artist[artist] < MOST_OF_ARTIST:
            kept.append(pk)
            of_artist[artist or 0] += 1
    return kept[:: -(-len(kept) // MOST) or 1]


def _chunks(ids: list[int]) -> Iterator[Iterable[int]]:
    yield from (ids[low : low + CHUNK] for low in range(0, len(ids), CHUNK))
