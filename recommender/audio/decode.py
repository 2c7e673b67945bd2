"""One decode that feeds everything: native blocks for loudness, 16 kHz mono for all else.

ffmpeg's own mono mix is 3 dB too loud and clips, so the mix is ours: the plain mean of the channels. Memory does not
grow with the length of the file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import soundfile
import soxr

from recommender.audio.pyav import AvSource
from recommender.audio.sndfile import SoundfileSource
from recommender.audio.source import CAP_SECONDS, Source
from recommender.errors import AnalysisError, Code
from recommender.measurement import Decoded, FloatArray

VERSION = "1"

RATE = 16_000  # Hz, what the encoder hears
DECODERS = frozenset({f"pyav {av.__version__}", f"soundfile {soundfile.__version__}"})  # others gave other samples
CEILING = 8.0  # 18 dB above full scale: no mastering reaches it, garbage does
BURST = 1024  # samples: about what a damaged packet of MP3 or AAC is heard in
OPPOSED = -0.9  # correlation below which two channels would cancel in the mix
PIECE = 8192  # samples: phase may turn within a block
CERTAIN = 0.99  # correlation, of either sign, by which a piece is judged alone: no music was seen to reach it by chance
AUDIBLE = 1e-6  # mean square that is worth judging phases by
RAMP = 1024  # samples over which the weights of the channels change
KINDS = (AvSource, SoundfileSource)
GRAIN = RATE // 100  # 10 ms: the resolution of silence, peaks and energy
SILENCE = 10 ** (-60 / 20)  # peak of a grain that counts as silence at either end
NOTHING = 10 ** (-80 / 20)  # peak of a whole track that counts as no sound at all
SLACK = 1.2  # sections end with a frame, and frames may be long: so much more than the cap is let through
CUT_SHORT = 0.5  # seconds of the promise that may be missing before a file counts as truncated
PICTURES = 0.02  # share of it, where it is the length of the whole file


@dataclass(frozen=True, slots=True)
class Block:
    """The same moment twice."""

    native: FloatArray  # [shape=(channels, n)] at the rate of the file; their number may change on the way
    mono: FloatArray  # [shape=(m,)] at RATE


def defused(block: FloatArray) -> FloatArray:
    """The block without what no recording is: NaN, infinities, and the bursts that decoders make of damaged packets.

    Some ms around them are silenced as well. Cut off at the ceiling, one burst would be the loudest part of a track.
    """
    if float(np.abs(block).max(initial=0.0)) <= CEILING:  # false for NaN as well
        return block
    edges = np.arange(0, block.shape[1], BURST)
    wild = ~(np.maximum.reduceat(np.abs(block).max(axis=0), edges) <= CEILING)
    return np.where(np.repeat(wild, BURST)[: block.shape[1]], np.float32(0), block)


class Mixer:
    """Channels to mono by their mean; a channel that is the mirror image of another is turned, not cancelled.

    That is judged for each block, and for a piece of it where the piece alone would vanish.
    """

    def __init__(self) -> None:
        self._signs = np.ones(0, np.float32)

    def mix(self, block: FloatArray) -> FloatArray:
        """Mono [shape=(n,)] of a block [shape=(channels, n)]."""
        if len(block) == 1:
            return block[0]
        if len(block) != len(self._signs):
            self._signs = np.ones(len(block), np.float32)
            self._signs = self._judged(block)[0]
        signs = self._judged(block)
        mixed = self._signs @ block / np.float32(len(block))
        for number in np.flatnonzero(np.any(signs != [self._signs, *signs[:-1]], axis=1)):
            self._turn(mixed, block, int(number) * PIECE, signs[number])
        return mixed

    def _turn(self, mixed: FloatArray, block: FloatArray, start: int, after: FloatArray) -> None:
        """Mix what lies behind a sample [shape=(n,)] with other signs, without a click."""
        before, self._signs = self._signs, after
        rest = block[:, start:]
        mixed[start:] = after @ rest / np.float32(len(block))
        ramp = min(RAMP, rest.shape[1])
        share = np.linspace(0, 1, ramp, dtype=np.float32)
        old = before @ rest[:, :ramp] / np.float32(len(block))
        mixed[start : start + ramp] = mixed[start : start + ramp] * share + old * (1 - share)

    def _judged(self, block: FloatArray) -> FloatArray:
        """Signs of the channels in each piece [shape=(pieces, channels)]."""
        left = -block.shape[1] % PIECE
        pieces = (np.pad(block, ((0, 0), (0, left))) if left else block).reshape(len(block), -1, PIECE)
        energy = np.vecdot(pieces, pieces).T
        whole = energy.sum(axis=0)
        loudest = int(np.argmax(whole))
        if whole[loudest] < AUDIBLE * block.shape[1]:
            return np.tile(self._signs, (len(energy), 1))
        shared = np.vecdot(pieces, pieces[loudest]).T
        usual = np.where(_correlation(shared.sum(axis=0), whole, loudest) < OPPOSED, np.float32(-1), np.float32(1))
        alone = _correlation(shared, energy, loudest)
        alone[energy[:, loudest] < AUDIBLE * PIECE] = 0
        signs = np.where(np.abs(alone) > CERTAIN, np.sign(alone), usual)
        before = self._signs
        for one in signs:
            one *= 1 if one @ before >= 0 else -1  # either of two mirror images may be the one that is turned
            before = one
        return signs


def _correlation(shared: FloatArray, energy: FloatArray, loudest: int) -> FloatArray:
    """Of each channel with the loudest one, of their products and squares [shape=(..., channels)]."""
    return shared / np.sqrt(np.maximum(energy * energy[..., [loudest]], 1e-20))


class Outline:
    """Least, greatest and mean square of every 10 ms: enough for silence, seek bar and energy curve."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._parts: list[FloatArray] = []

    def feed(self, mono: FloatArray) -> None:
        """Take the next samples [shape=(n,)]."""
        joined = np.concatenate([self._rest, mono])
        whole = len(joined) // GRAIN * GRAIN
        self._rest = joined[whole:]
        self._take(joined[:whole])

    def finish(self) -> FloatArray:
        """Grains [shape=(n, 3)]: minimum, maximum, mean square."""
        if len(self._rest):
            self._take(np.pad(self._rest, (0, GRAIN - len(self._rest))))
            self._rest = self._rest[:0]
        return np.concatenate(self._parts) if self._parts else np.zeros((0, 3), np.float32)

    def _take(self, samples: FloatArray) -> None:
        grains = samples.reshape(-1, GRAIN)
        power = np.einsum("ij,ij->i", grains, grains) / np.float32(GRAIN)
        self._parts.append(np.stack([grains.min(axis=1), grains.max(axis=1), power], axis=1))


class Decoder:
    """A file on its way through: iterate `blocks` once, then ask for `report`."""

    def __init__(self, path: Path) -> None:
        self._source, self._first = _open(path)
        self.sample_rate = self._source.facts.sample_rate
        self.channels = self._source.facts.channels
        self.metadata = self._source.facts.metadata
        self._native_samples = 0
        self._cut = False
        self._outline = Outline()

    def blocks(self) -> Iterator[Block]:
        """Sound of the file in order, at most `CAP_SECONDS` of it."""
        mixer = Mixer()
        resampler = soxr.ResampleStream(self.sample_rate, RATE, 1, dtype="float32", quality="HQ")
        for native in self._capped():
            mono = resampler.resample_chunk(np.ascontiguousarray(mixer.mix(native)))
            self._outline.feed(mono)
            yield Block(native, mono)
        tail = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
        self._outline.feed(tail)
        yield Block(np.zeros((self.channels, 0), np.float32), tail)
        self._source.close()

    def _capped(self) -> Iterator[FloatArray]:
        limit = int(SLACK * CAP_SECONDS * self.sample_rate)
        for raw in self._raw():
            native = defused(raw[:, : limit - self._native_samples])
            self._native_samples += native.shape[1]
            if native.shape[1]:
                yield native
            if self._native_samples >= limit:
                self._cut = True
                return

    def _raw(self) -> Iterator[FloatArray]:
        first, rest = self._first
        yield first
        yield from rest

    def report(self) -> tuple[Decoded, FloatArray]:
        """What was met on the way, and the outline of the sound [shape=(n, 3)] (see `Outline`)."""
        outline = self._outline.finish()
        facts = self._source.facts
        heard = self._native_samples / self.sample_rate
        seconds = heard + self._source.skipped
        start, end = silence(outline)
        slack = CUT_SHORT if facts.counted else max(CUT_SHORT, PICTURES * facts.seconds)
        missing = facts.promised and facts.seconds - seconds > slack
        decoded = Decoded(
            seconds=seconds,
            sample_rate=facts.sample_rate,
            channels=facts.channels,
            codec=facts.codec,
            decoder=facts.decoder,
            packet_errors=self._source.packet_errors,
            truncated=missing or facts.cut or self._cut or self._source.skipped > 0 or self._source.broke_off,
            silence_start=start,
            silence_end=end,
        )
        return decoded, outline


def silence(outline: FloatArray) -> tuple[float, float]:
    """Seconds of silence before the first and after the last sound of an outline; all of it counts as a start."""
    seconds = GRAIN / RATE
    loud = np.flatnonzero(np.maximum(outline[:, 1], -outline[:, 0]) > SILENCE)
    if not len(loud):
        return len(outline) * seconds, 0.0
    return float(loud[0]) * seconds, float(len(outline) - 1 - loud[-1]) * seconds


def is_silent(outline: FloatArray) -> bool:
    """Whether nothing rises above -80 dB of full scale."""
    return bool(np.abs(outline[:, :2]).max(initial=0.0) < NOTHING)


def _open(path: Path) -> tuple[Source, tuple[FloatArray, Iterator[FloatArray]]]:
    """The first decoder that yields sound, with its first block."""
    if not path.is_file():
        raise AnalysisError(Code.FILE_MISSING, path.name)
    refusals: list[AnalysisError] = []
    for kind in KINDS:
        try:
            source: Source = kind(path)
        except AnalysisError as refusal:
            refusals.append(refusal)
            continue
        blocks = source.blocks()
        try:
            first = next(blocks, None)
        except AnalysisError as refusal:
            refusals.append(refusal)
            first = None
        if first is not None and math.prod(first.shape):
            return source, (first, blocks)
        source.close()
    found = [one for one in refusals if one.code == Code.UNDECODABLE] or (
        refusals if len(refusals) == len(KINDS) else []
    )
    raise found[0] if found else AnalysisError(Code.UNDECODABLE, "a stream of sound, but nothing in it decodes")
