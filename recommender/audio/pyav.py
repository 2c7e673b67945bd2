"""Files through PyAV, that is ffmpeg's libraries.

Formats are a whitelist and the only protocol is a plain file: without both, a text file named .mp3 makes the library
open addresses and other files. Broken packets are counted and skipped, as players do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard

from recommender.audio.source import BLOCK, CAP_SECONDS, NOT_READ, SECTION_SECONDS, SECTIONS, Facts, check
from recommender.errors import AnalysisError, Code
from recommender.measurement import FloatArray

FORMATS = "mp3,mov,mp4,m4a,ogg,flac,wav,w64,aiff,matroska,webm,aac,asf"  # ffmpeg matches any name of a demuxer
BAD_PACKETS = 30  # so many, and more than good ones: not sound, or damaged beyond use
OPEN_END = 0xFFFF_FF00  # from here on a WAV header means: a stream, nobody knew its length


def counts_frames(path: Path, form: str) -> bool:
    """Whether a format tells its length, rather than letting us guess it: bare streams of MP3 and AAC do not."""
    if form not in {"mp3", "aac"}:
        return True
    with path.open("rb") as file:
        head = file.read(10)
        tag = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=False))
        file.seek(tag + 10 if head.startswith(b"ID3") else 0)
        frame = file.read(4096)
    return form == "mp3" and any(mark in frame for mark in (b"Xing", b"Info", b"VBRI"))


def is_cut(path: Path) -> bool:
    """Whether a WAV or AIFF file announces more bytes than it has; ffmpeg corrects that without a word."""
    with path.open("rb") as file:
        head = file.read(8)
    order: Literal["little", "big"] = "big" if head.startswith(b"FORM") else "little"
    size = int.from_bytes(head[4:], order) if head[:4] in {b"RIFF", b"FORM"} else 0
    return path.stat().st_size < size + 8 and size < OPEN_END


class AvSource:
    """A file through PyAV, that is ffmpeg's libraries."""

    def __init__(self, path: Path) -> None:
        self.packet_errors = 0
        self.skipped = 0.0
        self._sound_packets = 0
        options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
        try:
            self._container: InputContainer = av.open(
                str(path.absolute()), container_options=options, metadata_errors="replace"
            )
        except (av.FFmpegError, ValueError, OverflowError) as error:
            raise AnalysisError(Code.NOT_AUDIO, NOT_READ) from error
        self._stream = self._sound_stream()
        context = self._stream.codec_context
        if context.name == "flac":
            context.options = {"err_detect": "crccheck+explode"}  # else damage is played as noise
        context.thread_count = 1  # a cell may not start threads, and one thread always gives the same samples
        self.facts = Facts(
            sample_rate=int(context.sample_rate or 0),
            channels=int(context.channels or 0),
            codec=str(context.codec.canonical_name),
            decoder=f"pyav {av.__version__}",
            seconds=self._promised(),
            promised=counts_frames(path, self._container.format.name),
            cut=is_cut(path),
            metadata={
                name.lower(): text for part in (self._stream, self._container) for name, text in part.metadata.items()
            },
        )
        check(self.facts)

    def _sound_stream(self) -> AudioStream:
        streams = self._container.streams.audio
        if not streams:
            raise AnalysisError(Code.NOT_AUDIO, NOT_READ)
        for other in self._container.streams:
            if other is not streams[0]:
                other.discard = Discard.all  # covers and films are not decoded
        if streams[0].codec_context is None:
            raise AnalysisError(Code.NOT_AUDIO, "a codec that Segue does not read")
        return streams[0]

    def _promised(self) -> float:
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        return float(self._container.duration or 0) / av.time_base

    @property
    def deep(self) -> bool:
        """Whether its samples have more than 16 bits."""
        return self._stream.codec_context.format.name.rstrip("p") not in {"u8", "s16"}

    def blocks(self) -> Iterator[FloatArray]:
        """Sound of the whole file, or of `SECTIONS` pieces of it when it promises more than the cap."""
        joiner = Joiner()
        if self.facts.seconds <= CAP_SECONDS:
            for frame in self.frames():
                yield from joiner.add(frame)
        else:
            for frame in self._sections():
                yield from joiner.add(frame)
        yield from joiner.rest()

    def frames(self) -> Iterator[AudioFrame]:
        """Every frame that decodes, from where the file stands."""
        for packet in self._packets():
            try:
                frames = packet.decode() if packet is not None else []
                broken = packet is None
            except av.EOFError:
                return
            except (av.FFmpegError, ValueError):
                frames, broken = [], True
            self.packet_errors += broken
            self._sound_packets += bool(frames)
            if broken and self._is_hopeless():
                raise AnalysisError(Code.UNDECODABLE, f"{self.packet_errors} broken packets")
            yield from frames

    def _is_hopeless(self) -> bool:
        return self.packet_errors >= BAD_PACKETS and self.packet_errors > self._sound_packets

    def _packets(self) -> Iterator[Packet[AudioStream] | None]:
        """Packets of the sound; None where the demuxer stumbled, after which it goes on behind the damage."""
        while True:
            try:
                yield from self._container.demux(self._stream)
            except av.EOFError:
                return
            except (av.FFmpegError, ValueError):
                yield None
            else:
                return

    def _sections(self) -> Iterator[AudioFrame]:
        stride = (self.facts.seconds - SECTION_SECONDS) / (SECTIONS - 1)
        before = 0.0
        for section in range(SECTIONS):
            begin = section * stride
            try:
                self._container.seek(int(begin * av.time_base))
            except av.FFmpegError:
                self.packet_errors += 1
                return
            heard = 0.0
            for frame in self.frames():
                if frame.time is not None and frame.time + frame.samples / frame.sample_rate < begin:
                    continue  # a seek lands a little early
                yield frame
                heard += frame.samples / frame.sample_rate
                if heard >= SECTION_SECONDS:
                    break
            if heard == 0.0:
                return  # behind the true end
            self.skipped = begin - before
            before += heard

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()


class Joiner:
    """Frames of a few hundred samples into blocks; what changes its shape on the way is brought back to the first."""

    def __init__(self) -> None:
        self._fifo: AudioFifo | None = None
        self._first: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def add(self, frame: AudioFrame) -> Iterator[FloatArray]:
        """Take a frame, give the blocks that are full."""
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._fifo is None:
            self._fifo, self._first = AudioFifo(), shape
        for part in self._conform(frame, shape):
            part.pts = None  # gaps in the time stamps are no reason to refuse
            self._fifo.write(part)
        while self._fifo.samples >= BLOCK:
            yield self._read(BLOCK)

    def rest(self) -> Iterator[FloatArray]:
        """What is left at the end."""
        if self._fifo is not None and self._fifo.samples:
            yield self._read(self._fifo.samples)

    def _conform(self, frame: AudioFrame, shape: tuple[str, str, int]) -> list[AudioFrame]:
        assert self._first is not None
        if shape == self._first:
            return [frame]
        form, layout, rate = self._first
        self._resampler = self._resampler or AudioResampler(form, layout, rate)
        frame.pts = None
        return self._resampler.resample(frame)

    def _read(self, samples: int) -> FloatArray:
        assert self._fifo is not None
        frame = self._fifo.read(samples)
        assert frame is not None
        return as_float(frame.to_ndarray(), packed=frame.format.is_packed, channels=frame.layout.nb_channels)


def as_float(samples: np.ndarray, *, packed: bool, channels: int) -> FloatArray:
    """Samples of any format of ffmpeg as float32 [shape=(channels, n)], full scale 1."""
    if packed:
        samples = samples.reshape(-1, channels).T
    if samples.dtype.kind == "f":
        return np.asarray(samples, np.float32)
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - np.float32(128)) / np.float32(128)
    return samples.astype(np.float32) / np.float32(-float(np.iinfo(samples.dtype).min))
