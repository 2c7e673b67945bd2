"""Measured values in, unit vectors out. The order of `FACETS` is that of the page, of the index and of the links."""

from __future__ import annotations

from recommender.facets import reference
from recommender.facets.base import Facet
from recommender.facets.key import KEY
from recommender.facets.mood import MOOD
from recommender.facets.sound import SOUND
from recommender.facets.tempo import TEMPO

FACETS: tuple[Facet, ...] = (SOUND, MOOD, TEMPO, KEY)


def scales() -> dict[str, float]:
    """What each facet's similarity is multiplied with so that equal weights move a ranking equally.

    One over the standard deviation of the similarity over random pairs of the reference music.
    """
    spread = reference.current().similarity_deviation
    return {facet.name: 1.0 / spread[facet.name] for facet in FACETS}
