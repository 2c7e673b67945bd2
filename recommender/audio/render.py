"""Sound that browsers do not play, written anew.

AIFF, ALAC and WMA become Opus in WebM, which all of these years play; for one that lacks even that, or Ogg, it is MP3.
"""

from __future__ import annotations

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
from recommender.errors import AnalysisError, Code


@dataclass(frozen=True, slots=True)
class Form:
    """How sound is written. The container is called like the extension."""

    codec: Literal["libopus", "libmp3lame"]
    samples: str  # their type, as the encoder takes them
    rate: int  # Hz
    bit_rate: int  # bits a second, stereo
    frame: int  # samples


FORMS = {  # extension -> listeners tell it from the original by luck only
    "webm": Form("libopus", "flt", 48_000, 160_000, 960),  # Opus knows no other rate
    "mp3": Form("libmp3lame", "fltp", 44_100, 192_000, 1152),
}
MOST_SECONDS = 2 * 3600.0


def render(path: Path, extension: str) -> bytes:
    """Write a whole file in one of FORMS; runs inside a cell, which may not write files, so the answer is its bytes.

    Raises
    ------
    AnalysisError
        not_audio or undecodable, also for what is longer than MOST_SECONDS.
    """
    source = AvSource(path)
    if source.facts.seconds > MOST_SECONDS:
        raise AnalysisError(Code.UNDECODABLE, f"longer than {MOST_SECONDS / 3600:g} hours")
    try:
        return _written(source, extension)
    finally:
        source.close()


def _written(source: AvSource, extension: str) -> bytes:
    form = FORMS[extension]
    target = BytesIO()
    layout = "mono" if source.facts.channels == 1 else "stereo"
    resampler = AudioResampler(form.samples, layout, form.rate, frame_size=form.frame)
    samples = 0
    with av.open(target, "w", format=extension) as container:
        stream = container.add_stream(form.codec, rate=form.rate, layout=layout, bit_rate=form.bit_rate)
        stream.codec_context.thread_count = 1  # a cell may not start threads
        for frame in source.frames():
            frame.pts = None  # gaps in the time stamps are no reason to refuse
            samples += _encode(container, stream, resampler.resample(frame), samples)
            if samples > MOST_SECONDS * form.rate:
                raise AnalysisError(Code.UNDECODABLE, f"longer than {MOST_SECONDS / 3600:g} hours")
        samples += _encode(container, stream, resampler.resample(None), samples)
        if not samples:
            raise AnalysisError(Code.UNDECODABLE, "nothing in it can be decoded")
        container.mux(stream.encode(None))
    return target.getvalue()


def _encode(container: OutputContainer, stream: AudioStream, frames: list[AudioFrame], at: int) -> int:
    """Encode frames that begin at a sample; returns how many samples they had."""
    begun = at
    for frame in frames:
        frame.pts = at
        at += frame.samples
        container.mux(stream.encode(frame))
    return at - begun
