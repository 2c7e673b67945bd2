"""What every facet promises: a unit vector whose dot product with another track's is a similarity.

A facet is one file plus its entry in `facets.FACETS`. The slider, the slice of the index, the GET parameter, the JSON
key, the badge and the reason all follow from the attributes below. The class alone has those that pages need; whoever
asks about tracks makes one of the statistics by which they are seen.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from recommender.facets.reference import Reference
from recommender.measurement import FloatArray, Measurement


@runtime_checkable
class Facet(Protocol):
    """One aspect in which two tracks can be alike."""

    name: str  # GET parameter and JSON key: "tempo"
    label: str  # on the slider: "Tempo"
    hint: str  # one sentence under the slider
    dim: int
    default_weight: float  # 0..1
    code: str  # changes whenever the code of `vector` changes

    def __init__(self, usual: Reference) -> None: ...

    @property
    def version(self) -> str:
        """Changes whenever `vector` changes: `code`, and behind a stroke the statistics, where it reads them."""
        ...

    def vector(self, measurement: Measurement) -> FloatArray:
        """Unit vector [shape=(dim,)] of a track; finite for any input. The unknown gets its own coordinate."""
        ...

    def badge(self, measurement: Measurement) -> str:
        """A few words for a chip, e.g. "118.0 BPM"; empty when there is nothing to say."""
        ...

    def agreement(self, seed: Measurement, other: Measurement) -> str:
        """What both have in common, in words with values: "118 and 120 BPM"; empty when they do not agree."""
        ...
