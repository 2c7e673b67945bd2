"""An index version with the statistics by which it sees tracks.

A library may be fitted on itself, so two versions side by side can see the same track against different music. Whoever
answers looks the version up once and hands its lens on to everything that is asked: a page is never half of one version
and half of the next, whenever somebody flips.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from recommender import query, results
from recommender.facets import reference, seen_by
from recommender.facets.base import Facet
from recommender.facets.reference import Reference
from recommender.measurement import Measurement
from recommender.models import FittedReference, IndexVersion
from recommender.query import Layout

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """One version, and how it sees tracks."""

    version: IndexVersion
    usual: Reference  # its own statistics, or the shipped ones
    layout: Layout  # where the facets lie in its vectors

    @property
    def facets(self) -> tuple[Facet, ...]:
        """The facets of this code, as the version's statistics see tracks."""
        return seen_by(self.usual)

    @property
    def of_this_code(self) -> bool:
        """Whether the facets of this code make such vectors as the version holds."""
        return self.version.fingerprint == query.present_layout(self.usual).fingerprint

    @property
    def fillable(self) -> bool:
        """Whether this code can compute the version's vectors, of what the present encoder has heard."""
        return self.version.encoder == settings.ENCODER and self.of_this_code

    def packed(self, measured: Measurement) -> bytes:
        """A track's vector as this version stores it."""
        return results.pack(query.vector(measured, self.usual))


def of(version: IndexVersion) -> Lens:
    """The lens of a version."""
    return Lens(version, statistics_of(version), layout_of(version))


def layout_of(version: IndexVersion) -> Layout:
    """Where the facets lie in a version's vectors."""
    return Layout.from_json(version.layout)


def statistics_of(version: IndexVersion | None) -> Reference:
    """The statistics by which a version sees tracks: the shipped ones unless it has its own that this code reads."""
    fitted = version.reference_id if version else None
    return reference.shipped() if fitted is None else _read(fitted)


@lru_cache(maxsize=4)
def _read(fitted: int) -> Reference:
    """A row never changes: another fit is another row."""
    row = FittedReference.objects.get(pk=fitted)
    try:
        return reference.read(bytes(row.statistics))
    except reference.Outdated as error:
        log.warning("%s was fitted by another version of Segue, the shipped statistics serve instead: %s", row, error)
        return reference.shipped()
