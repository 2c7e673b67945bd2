"""The rival's method, on the same files: AudioMuse-AI's track vector and distance, as its source describes them.

The mean of what the dense layer of MusiCNN's MSD network says before its activation, over every patch of three seconds
from the first to the last, compared by cosine. Ours differs in the layers read, in hearing 24 spread windows, and in
everything that comes after.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from recommender import pipeline
from recommender.audio import decode
from recommender.encoders.base import Windows
from recommender.features import mel
from recommender.measurement import FloatArray, HalfArray, Heard

VERSION = "msd-dense-mean/1"
DIM = 200
FRAMES = 187  # of a patch, 2.992 s


@runtime_checkable
class DenseLayer(Protocol):
    """A network that can be read at the place that the rival reads."""

    def msd_dense(self, patches: HalfArray) -> FloatArray:
        """The dense layer before its activation [shape=(n, 200)] of patches [shape=(n, 187, 96)]."""
        ...


def every_patch(path: Path) -> HalfArray:
    """All consecutive patches of a file [shape=(n, 187, 96)]; what is left at the end is dropped. Runs in a cell.

    A file shorter than a patch is padded with silence. Raises AnalysisError for what is not sound.
    """
    decoder, spectrum = decode.Decoder(path), mel.MelStream()
    for block in decoder.blocks():
        spectrum.feed(block.mono)
    line = mel.compressed(spectrum.finish())
    line = np.pad(line, [(0, max(0, FRAMES - len(line))), (0, 0)])
    whole = len(line) // FRAMES
    return line[: whole * FRAMES].reshape(whole, FRAMES, -1).astype(np.float16)


@dataclass(frozen=True, slots=True)
class Listened:
    """What both methods need of a file."""

    ours: Heard
    patches: HalfArray  # [shape=(n, 187, 96)]


def listen(path: Path, wanted: Windows) -> Listened:
    """Hear a file as the site does, and all of its patches besides. Runs in a cell."""
    return Listened(pipeline.hear(path, wanted), every_patch(path))


def embed(network: DenseLayer, patches: HalfArray) -> FloatArray:
    """The rival's vector of a track [shape=(200,)]."""
    return network.msd_dense(patches).mean(axis=0, dtype=np.float64).astype(np.float32)
