"""Sound written anew, in forms that browsers play.

AIFF, ALAC and WMA become Opus in WebM, which all of these years play; WAV, which is played late, becomes FLAC,
without any loss. For a browser that lacks even WebM, or Ogg, it is MP3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer

from recommender.audio.pyav import AvSource
from recommender.audio.reshaper import Reshaper
from recommender.errors import AnalysisError, Code

FLAC = "flac"


@dataclass(frozen=True, slots=True)
class Lossy:
    """How sound is written where something is lost. The container is called like the extension."""

    codec: Literal["libopus", "libmp3lame"]
    samples: str  # their type, as the encoder takes them
    rate: int  # Hz
    bit_rate: int  # bits a second, stereo
    frame: int  # samples


LOSSY = {  # extension -> listeners tell it from the original by luck only
    "webm": Lossy("libopus", "flt", 48_000, 160_000, 960),  # Opus knows no other rate
    "mp3": Lossy("libmp3lame", "fltp", 44_100, 192_000, 1152),
}
MOST_SECONDS = 2 * 3600.0
FLAC_FRAME = 4096  # samples
FLAC_CHANNELS, FLAC_RATE = 2, 192_000  # what every browser plays


def render(path: Path, extension: str) -> bytes:
    """Write a whole file as FLAC or a key of LOSSY; runs inside a cell, which may not write files, hence the bytes.

    FLAC has the samples of the file, of deep ones the upper 24 bits.

    Raises
    ------
    AnalysisError
        not_audio or undecodable, also for what is longer than MOST_SECONDS, and for what is to be FLAC and has more
        than FLAC_CHANNELS.
    """
    source = AvSource(path)
    if source.facts.seconds > MOST_SECONDS:
        raise AnalysisError(Code.UNDECODABLE, f"longer than {MOST_SECONDS / 3600:g} hours")
    try:
        return _written(source, extension)
    finally:
        source.close()


def _written(source: AvSource, extension: str) -> bytes:
    target = BytesIO()
    samples = 0
    with av.open(target, "w", format=extension) as container:
        lossless = extension == FLAC
        stream, resampler = _flac(container, source) if lossless else _lossy(container, source, LOSSY[extension])
        stream.codec_context.thread_count = 1  # a cell may not start threads
        for frame in _alike(source, resampler):
            samples += _encode(container, stream, resampler.resample(frame), samples)
            if samples > MOST_SECONDS * resampler.rate:
                raise AnalysisError(Code.UNDECODABLE, f"longer than {MOST_SECONDS / 3600:g} hours")
        samples += _encode(container, stream, resampler.resample(None), samples)
        if not samples:
            raise AnalysisError(Code.UNDECODABLE, "nothing in it can be decoded")
        container.mux(stream.encode(None))
    return target.getvalue()


def _alike(source: AvSource, wanted: AudioResampler) -> Iterator[AudioFrame]:
    """Frames of a whole file, also of one whose rate or channels change on the way; what is mixed does not clip."""
    reshaper = Reshaper(wanted.format, wanted.rate, wanted.layout)
    for frame in source.links():
        yield from _untimed(reshaper.take(frame))
    yield from _untimed(reshaper.rest())


def _untimed(frames: list[AudioFrame]) -> Iterator[AudioFrame]:
    for frame in frames:
        frame.pts = None
        yield frame


def _lossy(container: OutputContainer, source: AvSource, form: Lossy) -> tuple[AudioStream, AudioResampler]:
    layout = _layout(source)
    stream = container.add_stream(form.codec, rate=form.rate, layout=layout, bit_rate=form.bit_rate)
    return stream, AudioResampler(form.samples, layout, form.rate, frame_size=form.frame)


def _flac(container: OutputContainer, source: AvSource) -> tuple[AudioStream, AudioResampler]:
    if source.facts.channels > FLAC_CHANNELS or source.facts.sample_rate > FLAC_RATE:
        raise AnalysisError(Code.UNDECODABLE, "more channels or samples a second than browsers play as FLAC")
    samples, layout, rate = "s32" if source.deep else "s16", _layout(source), source.facts.sample_rate
    stream = container.add_stream("flac", rate=rate, layout=layout, format=samples)
    return stream, AudioResampler(samples, layout, rate, frame_size=FLAC_FRAME)


def _layout(source: AvSource) -> str:
    return "mono" if source.facts.channels == 1 else "stereo"


def _encode(container: OutputContainer, stream: AudioStream, frames: list[AudioFrame], at: int) -> int:
    """Encode frames that begin at a sample; returns how many samples they had."""
    begun = at
    for frame in frames:
        frame.pts = at
        at += frame.samples
        container.mux(stream.encode(frame))
    return at - begun
