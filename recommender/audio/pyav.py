"""Files through PyAV, that is ffmpeg's libraries.

Formats are a whitelist and the only protocol is a plain file: without both, a text file named .mp3 makes the library
open addresses and other files. Broken packets are counted and skipped, as players do.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard

from recommender.audio import ogg
from recommender.audio.headers import counts_frames, is_cut, is_misread, tag_length
from recommender.audio.joiner import Joiner
from recommender.audio.patience import or_end
from recommender.audio.source import CAP_SECONDS, NOT_READ, SECTION_SECONDS, SECTIONS, Facts, check
from recommender.errors import AnalysisError, Code
from recommender.measurement import FloatArray

FORMATS = "mp3,mov,mp4,m4a,ogg,flac,wav,aiff,matroska,webm,aac,asf"  # ffmpeg matches any name of a demuxer
BAD_PACKETS = 30  # so many, and more than good ones: not sound; so many in a row of the demuxer: it stands still
GIVEN_UP = 1000  # so many, and more than good ones: the rest is damaged as well
WORTH_KEEPING = 2.0  # seconds that did decode; random bytes hold two packets in 1000 by chance
OWN_ORDER = "channels (", "ambisonic"  # in the name of a layout, where "5.1(side)" and "8 channels" are usual ones
OPENING = (
    10.0  # CPU seconds: real headers take hundredths, the library's work on tags grows with the square of their number
)
MOST_LINKS = 100  # of an Ogg file, each with a header to be read anew
MOST_LOST = 5  # of them damaged: each looks for its header in megabytes
MISTAKEN = {"amrnb": "8\0\0\0", "g726": "@\0\0\0"}  # NMS ADPCM and G.721 in WAV, to ffmpeg; see sndfile


def kept(layout: AudioLayout) -> AudioLayout:
    """The same, never to be let go of.

    PyAV frees what a layout shares with its codec once for each of both, when it is an order of the file's own.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
    return layout


class AvSource:
    """A file through PyAV, that is ffmpeg's libraries."""

    def __init__(self, path: Path, start: int | None = None) -> None:
        self._path = path
        self.packet_errors = 0
        self.skipped = 0.0
        self.broke_off = False
        self._sound_packets = 0
        self._decoded = 0.0  # seconds
        self._counted = 0.0  # seconds, where a long file had to be counted
        self._at, self._errors_at = 0, 0  # byte of the last packet that gave sound, and the errors before it
        options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
        try:
            options["skip_initial_bytes"] = str(tag_length(path) if start is None else start)
            with or_end(OPENING):
                self._container: InputContainer = av.open(
                    str(path.absolute()), container_options=options, metadata_errors="replace"
                )
        except (av.FFmpegError, OSError, ValueError, OverflowError) as error:
            raise AnalysisError(Code.NOT_AUDIO, NOT_READ) from error
        self._stream = self._sound_stream()
        context = self._stream.codec_context
        layout = self._layout = kept(context.layout)
        if any(mark in layout.name for mark in OWN_ORDER):
            raise AnalysisError(Code.NOT_AUDIO, f"channels in an order of its own: {layout.name}")
        if context.name == "flac":
            context.options = {"err_detect": "crccheck+explode"}  # else damage is played as noise
        context.thread_count = 1  # a cell may not start threads, and one thread always gives the same samples
        self.facts = Facts(
            sample_rate=int(context.sample_rate or 0),
            channels=layout.nb_channels,
            codec=str(context.codec.canonical_name),
            decoder=f"pyav {av.__version__}",
            seconds=self._promised(),
            promised=counts_frames(path, self._container.format.name),
            counted=bool(self._stream.duration),
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
        context = streams[0].codec_context
        if context is None or (context.name in MISTAKEN and MISTAKEN[context.name] == context.codec_tag):
            raise AnalysisError(Code.NOT_AUDIO, "a codec that Segue does not read")
        if self._container.format.name == "wav" and is_misread(self._path, context.name):
            raise AnalysisError(Code.NOT_AUDIO, "a codec that Segue does not read")
        return streams[0]

    def _promised(self) -> float:
        stream = self._stream
        if not (stream.duration and stream.time_base):
            return float(self._container.duration or 0) / av.time_base
        seconds = float(stream.duration * stream.time_base)
        if self._container.format.name == "aiff" and stream.bit_rate:
            # Compressed, some count samples and others packets. Of a constant rate, the bytes tell as well.
            return min(seconds, 8 * self._path.stat().st_size / stream.bit_rate)
        return seconds

    @property
    def deep(self) -> bool:
        """Whether its samples have more than 16 bits."""
        return self._stream.codec_context.format.name.rstrip("p") not in {"u8", "s16"}

    def blocks(self) -> Iterator[FloatArray]:
        """Sound of the whole file, or of `SECTIONS` pieces of it when it is longer than the cap."""
        joiner = Joiner(self.facts.sample_rate)
        for frame in self._sections() if self._is_long() else self.links():
            try:
                yield from joiner.add(frame)
            except (av.FFmpegError, ValueError):  # noise that passed for a packet may ask for any shape
                self.packet_errors += 1
        yield from joiner.rest()
        self._look_for_holes()

    def _is_long(self) -> bool:
        """Whether a file that says so is longer than the cap: where its last section should be, there is sound.

        What only a guess says is counted: half a second for an hour of MP3, and nothing is decoded.
        """
        if self.facts.seconds <= CAP_SECONDS:
            return False
        with closing(AvSource(self._path)) as other:
            if not self.facts.promised:
                self._counted = other._count()
                return self._counted > CAP_SECONDS
            begin = self.facts.seconds - SECTION_SECONDS
            frame = next(other._from(begin), None)
            return frame is not None and (frame.time or 0.0) > begin - SECTION_SECONDS

    def _count(self) -> float:
        """Seconds of all packets."""
        base = self._stream.time_base or 0
        return float(sum(packet.duration or 0 for packet in self._packets() if packet is not None) * base)

    def frames(self) -> Iterator[AudioFrame]:
        """Every frame that decodes, from where the file stands."""
        for packet in self._packets():
            try:
                frames = packet.decode() if packet is not None else None
            except av.EOFError:
                return
            except (av.FFmpegError, ValueError):
                frames = None
            self.packet_errors += frames is None
            self._sound_packets += bool(frames)
            self._decoded += sum(frame.samples / frame.sample_rate for frame in frames or [])
            if frames and packet is not None and packet.pos is not None:
                self._at, self._errors_at = packet.pos, self.packet_errors
            if frames is None and self._is_broken(GIVEN_UP):
                self.broke_off = True
                break
            yield from frames or []

    def links(self) -> Iterator[AudioFrame]:
        """Frames of the whole file, also of an Ogg file that goes on with another rate, layout or codec.

        The demuxer does not get past such a place, but begins anew behind it like at the start of a file.
        """
        yield from self.frames()
        if self._container.format.name == "ogg" and ogg.next_link(self._path, 0) is not None:
            self.facts = replace(self.facts, promised=False)  # it was the length of one link
            yield from self._further_links()
        if self._is_broken(BAD_PACKETS) and self._decoded < WORTH_KEEPING:
            raise AnalysisError(Code.UNDECODABLE, f"{self.packet_errors} broken packets")

    def _further_links(self) -> Iterator[AudioFrame]:
        at, errors, lost = self._at, self._errors_at, 0
        for _ in range(MOST_LINKS):
            start = ogg.next_link(self._path, at)
            if start is None or lost > MOST_LOST:
                return
            at = start
            try:
                with closing(AvSource(self._path, start)) as link:
                    yield from link.frames()
            except AnalysisError:
                lost, self.broke_off = lost + 1, True
                continue
            self._decoded += link._decoded
            self.packet_errors, self.broke_off = errors + link.packet_errors, lost > 0 or link.broke_off
            at, errors = max(start, link._at), errors + link._errors_at
        self.broke_off |= ogg.next_link(self._path, at) is not None

    def _look_for_holes(self) -> None:
        """Count what ffmpeg stepped over. Of a longer file only pieces are heard anyhow."""
        if self._container.format.name == "ogg" and self.facts.seconds <= CAP_SECONDS:
            lost = ogg.lost_pages(self._path)
            self.packet_errors = max(self.packet_errors, lost)
            self.broke_off |= lost > 0

    def _is_broken(self, allowed: int) -> bool:
        return self.packet_errors >= allowed and self.packet_errors > self._sound_packets

    def _packets(self) -> Iterator[Packet[AudioStream] | None]:
        """Packets of the sound; None where the demuxer stumbled, after which it goes on behind the damage."""
        stumbles = 0
        while stumbles < BAD_PACKETS:
            try:
                for packet in self._container.demux(self._stream):
                    stumbles = 0
                    yield packet
            except av.EOFError:
                return
            except (av.FFmpegError, ValueError):
                stumbles += 1
                yield None
            else:
                return
        self.broke_off = True  # it does not get past this place

    def _sections(self) -> Iterator[AudioFrame]:
        stride = ((self._counted or self.facts.seconds) - SECTION_SECONDS) / (SECTIONS - 1)
        before = 0.0
        for section in range(SECTIONS):
            begin, heard = section * stride, 0.0
            for frame in self._from(begin):
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

    def _from(self, second: float) -> Iterator[AudioFrame]:
        """Frames from there on, or from a little before."""
        try:
            self._container.seek(int(second * av.time_base))
        except (av.FFmpegError, OverflowError):
            self.packet_errors += 1
            return
        yield from self.frames()

    def close(self) -> None:
        """Let go of the file."""
        self._container.close()
