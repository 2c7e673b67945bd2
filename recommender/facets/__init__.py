"""Measured values in, unit vectors out. The order of `FACETS` is that of the page, of the index and of the links."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.facets.base import Facet
from recommender.facets.key import KeyFacet
from recommender.facets.mood import MoodFacet
from recommender.facets.reference import Reference
from recommender.facets.sound import SoundFacet
from recommender.facets.tempo import SLOPE, TempoFacet
from recommender.measurement import FloatArray

FACETS: tuple[type[Facet], ...] = (SoundFacet, MoodFacet, TempoFacet, KeyFacet)
# Facet and version -> what its coordinates count where a way is looked for, for facets that are too flat for that.
SLOPES: Mapping[tuple[str, str], FloatArray] = {(TempoFacet.name, TempoFacet.version): SLOPE}


def seen_by(usual: Reference) -> tuple[Facet, ...]:
    """The facets as these statistics see tracks, in the order of `FACETS`."""
    return tuple(facet(usual) for facet in FACETS)


def default_weights() -> dict[str, float]:
    """Where the sliders stand when nobody moved them: facet -> position, 0..1."""
    return {facet.name: facet.default_weight for facet in FACETS}


def scales(usual: Reference) -> dict[str, float]:
    """What each facet's similarity is multiplied with so that equal weights move a ranking equally.

    One over the standard deviation of the similarity over random pairs of the reference music.
    """
    return {facet.name: 1.0 / usual.similarity_deviation[facet.name] for facet in FACETS}
