"""The pulse of a file, as it is and from coloured copies: what training and scoring need of a clip, and no more."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.audio.decode import Decoder
from recommender.features import colour, mel, tempo
from recommender.measurement import Pulse


@dataclass(frozen=True, slots=True)
class Takes:
    """Pulses of one file: of the file first, then of its copies."""

    pulses: tuple[Pulse, ...]


def takes(path: Path, copies: int = 0) -> Takes:
    """Decode a file once and measure its pulse and that of coloured copies. May run inside a cell.

    Parameters
    ----------
    path : Path
        An audio file. The same name gives the same colours.
    copies : int
        How many, not negative.

    Raises
    ------
    AnalysisError
        not_audio or undecodable.
    """
    spectrum = mel.MelStream()
    for block in Decoder(path).blocks():
        spectrum.feed(block.mono)
    power = spectrum.finish()
    rng = np.random.default_rng([0, zlib.crc32(path.name.encode())])
    heard = [tempo.pulse(power, mel.FRAME_RATE)]
    heard += [tempo.pulse(colour.coloured(power, mel.FRAME_RATE, rng), mel.FRAME_RATE) for _ in range(copies)]
    return Takes(tuple(heard))
