"""What a decoder of files promises: blocks of float samples, and the facts of the header."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from recommender.errors import AnalysisError, Code
from recommender.measurement import FloatArray

BLOCK = 65_536  # samples per channel: large enough that Python costs nothing, small enough for any number of channels
RATES = range(4_000, 768_001)  # Hz: outside, a header lies
MAX_CHANNELS = 8  # 7.1 surround; more would cost more than a track is worth
NOT_READ = "no sound in a format that Segue reads"

CAP_SECONDS = 30 * 60.0  # of sound analysed in one track
SECTIONS = 30  # a longer track is heard in so many pieces, spread evenly
SECTION_SECONDS = CAP_SECONDS / SECTIONS


@dataclass(frozen=True, slots=True)
class Facts:
    """What the header says."""

    sample_rate: int
    channels: int
    codec: str
    decoder: str
    seconds: float  # promised; 0 = the header does not say
    promised: bool = True  # False: `seconds` is a guess from the bit rate
    counted: bool = True  # False: it is the length of the whole file, in which pictures may last longer than sound
    cut: bool = False  # the file is shorter than its own header says
    metadata: Mapping[str, str] = field(default_factory=dict)  # tags as ffmpeg reads them, keys in lower case


class Source(Protocol):
    """A file that gives its sound block by block, once."""

    facts: Facts
    packet_errors: int
    skipped: float  # seconds left out between sections
    broke_off: bool  # damage ended it before its end, or took pieces out

    def blocks(self) -> Iterator[FloatArray]:
        """Sound [shape=(channels, n)], n <= BLOCK, full scale 1, not yet checked for NaN.

        All at the rate of the header; channels are as many as there are in that place, at most MAX_CHANNELS.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def check(facts: Facts) -> None:
    """Refuse what no recording is."""
    if not facts.sample_rate or not facts.channels:
        raise AnalysisError(Code.NOT_AUDIO, NOT_READ)
    if facts.sample_rate not in RATES:
        raise AnalysisError(Code.NOT_AUDIO, f"a sample rate of {facts.sample_rate} Hz")
    if facts.channels > MAX_CHANNELS:
        raise AnalysisError(Code.NOT_AUDIO, f"{facts.channels} channels")
