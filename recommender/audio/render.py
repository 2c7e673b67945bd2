"""Sound that browsers do not play (AIFF, ALAC, WMA), written anew as Opus in WebM, which all of them do."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import OutputContainer

from recommender.audio.pyav import AvSource
from recommender.errors import AnalysisError, Code

EXTENSION = "webm"
RATE = 48_000  # Hz: Opus knows no other
BIT_RATE = 160_000  # bits a second, stereo: listeners tell it from the original by luck only
FRAME = 960  # samples, 20 ms
MOST_SECONDS = 2 * 3600.0


def render(path: Path) -> bytes:
    """Write a whole file as Opus in WebM; runs inside a cell, which may not write files, so the answer is its bytes.

    Raises
    ------
    AnalysisError
        not_audio or undecodable, also for what is longer than MOST_SECONDS.
    """
    source = AvSource(path)
    if source.facts.seconds > MOST_SECONDS:
        raise AnalysisError(Code.UNDECODABLE, f"longer than {MOST_SECONDS / 3600:g} hours")
    try:
        return _written(source)
    finally:
        source.close()


def _written(source: AvSource) -> bytes:
    target = BytesIO()
    layout = "mono" if source.facts.channels == 1 else "stereo"
    resampler = AudioResampler("flt", layout, RATE, frame_size=FRAME)
    samples = 0
    with av.open(target, "w", format=EXTENSION) as container:
        stream = container.add_stream("libopus", rate=RATE, layout=layout, bit_rate=BIT_RATE)
        stream.codec_context.thread_count = 1  # a cell may not start threads
        for frame in source.frames():
            frame.pts = None  # gaps in the time stamps are no reason to refuse
            samples += _encode(container, stream, resampler.resample(frame), samples)
            if samples > MOST_SECONDS * RATE:
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
