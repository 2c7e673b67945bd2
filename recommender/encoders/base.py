"""What every encoder promises. The shared contract test holds each module of this folder to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from recommender.measurement import FloatArray, HalfArray


@dataclass(frozen=True, slots=True)
class Windows:
    """What an encoder wants to hear of a track: so many pieces, so long, in this form."""

    sample_rate: int  # Hz, mono
    seconds: float  # length of one window
    count: int  # windows spread evenly over the whole track
    form: Literal["logmel96", "waveform"]
    shape: tuple[int, ...]  # of one window, e.g. (187, 96)


@runtime_checkable
class Encoder(Protocol):
    """Windows of a track in, one vector out."""

    name: str  # the module's name
    version: str  # changes whenever the output changes
    licence: str
    dim: int
    windows: Windows
    tag_names: tuple[str, ...]  # empty when the model has no tag layer

    def encode(self, tracks: Sequence[HalfArray]) -> FloatArray:
        """Embed a batch of tracks.

        Parameters
        ----------
        tracks : sequence of arrays [shape=(windows, *windows.shape)]
            Any number of windows per track, at least one.

        Returns
        -------
        array [shape=(len(tracks), dim)]
            Mean over the windows; independent of what else is in the batch to within 1e-5.
        """
        ...

    def tag_logits(self, embeddings: FloatArray) -> FloatArray:
        """Logits of `tag_names` [shape=(n, tags)]; linear in the embedding, needs no torch."""
        ...
