"""What is known about a track once it was heard: the values that travel from the cell to the database.

Plain data, no behaviour: every stage of the pipeline reads and writes these, none of them imports another stage.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
HalfArray = NDArray[np.float16]
ByteArray = NDArray[np.int8]

# The tempi of a posterior. Here and not where they are measured, so that who reads one loads no signal processing.
STEPS_PER_OCTAVE = 96  # 0.72 % a step: fine enough for a parabola to find the rest
SLOWEST = 30.0  # BPM
OCTAVES = 3.5  # up to 339 BPM
GRID: NDArray[np.float64] = SLOWEST * 2 ** (np.arange(int(OCTAVES * STEPS_PER_OCTAVE) + 1) / STEPS_PER_OCTAVE)

# Where a timbre has the means of its contrast, after three times the cepstra; here for the same reason.
CEPSTRA = 20
GROUPS = 8  # of 12 bands, for contrast and onsets
CONTRAST = slice(3 * CEPSTRA, 3 * CEPSTRA + GROUPS)


@dataclass(frozen=True, slots=True)
class FileTags:
    """What the file says about itself. Hints for people: half of real files say nothing, some lie."""

    title: str = ""
    artist: str = ""
    album_artist: str = ""
    album: str = ""
    genre: str = ""
    year: int | None = None
    track_number: int | None = None
    disc_number: int | None = None
    cover: bytes = b""  # plain pixels (PPM), at most 600 a side: decoded in the cell, where it can harm nobody


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the decoder met on the way through the file."""

    seconds: float  # true length of what was decoded, not what the header claims
    sample_rate: int  # Hz, of the file
    channels: int
    codec: str
    decoder: str  # "pyav 18.1.0" or "soundfile 0.14.0": different decoders give different vectors
    packet_errors: int = 0
    truncated: bool = False  # the header promised more than there was, or the cap on samples cut it
    silence_start: float = 0.0  # seconds of silence before the first sound
    silence_end: float = 0.0


@dataclass(frozen=True, slots=True)
class Loudness:
    """EBU R128 (ITU-R BS.1770-4)."""

    integrated: float  # LUFS
    range: float  # LU
    true_peak: float  # dBTP


@dataclass(frozen=True, slots=True)
class Pulse:
    """The periodicity of a track before anybody decided the octave.

    `posterior` lives on `GRID` (log-spaced BPM); `cues` are the numbers that the octave decision reads.
    """

    posterior: FloatArray  # [shape=(len(GRID),)], sums to 1
    clarity: float  # 0 (no pulse) .. 1 (a metronome)
    stability: float  # 0 (wanders) .. 1 (one tempo throughout)
    bpm: float  # refined period of the strongest candidate, before the octave decision
    beat_phase: float  # seconds from the start of the track to a beat of that candidate
    cues: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class Tempo:
    """The tempo as people and the index see it."""

    bpm: float | None  # None: no pulse worth a number
    clarity: float
    stability: float
    beat_phase: float
    posterior: FloatArray  # on GRID, after the octave decision
    alternatives: tuple[float, ...] = ()  # half, double, when the octave is unclear


@dataclass(frozen=True, slots=True)
class Key:
    """Tonal centre. `tonic` 0 = C .. 11 = B; None when nothing tonal was heard."""

    tonic: int | None
    mode: str  # "major" | "minor"
    strength: float  # 0..1
    profile: FloatArray  # [shape=(24,)] likelihood of C..B major, then C..B minor; sums to 1
    tuning: float = 0.0  # cents away from A4 = 440 Hz


@dataclass(frozen=True, slots=True)
class Costs:
    """What the cell spent on one file."""

    cpu: dict[str, float] = field(default_factory=dict)  # stage -> seconds
    wall: dict[str, float] = field(default_factory=dict)
    peak_bytes: int = 0  # of the whole cell, libraries included


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that needs the samples, computed in one pass inside the cell. Small enough for a pipe."""

    tags: FileTags
    decoded: Decoded
    patches: HalfArray  # [shape=(windows, frames, bands)] what the encoder reads
    pulse: Pulse
    key: Key
    loudness: Loudness
    peaks: ByteArray  # [shape=(800, 2)] min and max per slice of the track, for the seek bar
    timbre: FloatArray  # [shape=(features.timbre.DIM,)] colour in plain numbers, whatever the level
    energy: FloatArray  # [shape=(64,)] mean level per slice, dB below full scale
    versions: dict[str, str] = field(default_factory=dict)  # stage -> version
    costs: Costs = field(default_factory=Costs, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Passages:
    """A track piece by piece: what changes within one piece of music tells little about which piece it is."""

    embeddings: FloatArray  # [shape=(windows, encoder.dim)]
    timbres: FloatArray  # [shape=(stretches, features.timbre.DIM)] of a few windows each


@dataclass(frozen=True, slots=True)
class Measurement:
    """All that facets may read. Rebuilt from the database without audio and without a GPU."""

    seconds: float
    tempo: Tempo
    key: Key
    embedding: FloatArray  # [shape=(encoder.dim,)] mean over the windows, as the network gave it
    tag_logits: FloatArray  # [shape=(encoder tags,)] before the sigmoid
    timbre: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))  # as in Heard; empty: not measured
    loudness: float | None = None  # LUFS, integrated; None: unknown, or it says nothing, as of a microphone
