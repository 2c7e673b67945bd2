"""Frames as ffmpeg decodes them into blocks of float samples, whatever changes between two frames."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame

from recommender.audio.reshaper import Reshaper
from recommender.audio.source import BLOCK, MAX_CHANNELS
from recommender.measurement import FloatArray


class Joiner:
    """Frames of a few hundred samples into blocks, all at one rate; where the channels change, a block ends.

    Files put together of several, which stations and podcasts make, change rate and channels between two frames. ffmpeg
    would bring other channels to those of the beginning, but by its own mix: 3 dB too loud from stereo to mono, 3 dB
    too quiet back, 11 dB too loud from 5.1, and nothing at all of a channel and its mirror image.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._form, self._channels = "", 0
        self._time_base: Fraction | None = None
        self._fifo = AudioFifo()
        self._reshaper = Reshaper(self._form, rate)

    def add(self, frame: AudioFrame) -> Iterator[FloatArray]:
        """Take a frame, give the blocks that are full.

        Raises ValueError for a frame of more than MAX_CHANNELS, as noise may ask for that passed for sound.
        """
        channels = frame.layout.nb_channels
        if channels > MAX_CHANNELS:
            raise ValueError(f"{channels} channels")
        if channels != self._channels:
            yield from self.rest()
            self._channels, self._form = channels, readable(frame.format.name, channels)
            self._fifo, self._reshaper = AudioFifo(), Reshaper(self._form, self._rate)
        for part in self._conform(frame):
            self._time_base = self._time_base or part.time_base
            part.time_base, part.pts = self._time_base, None  # gaps in the time stamps are no reason to refuse
            self._fifo.write(part)
        while self._fifo.samples >= BLOCK:
            yield self._read(BLOCK)

    def rest(self) -> Iterator[FloatArray]:
        """What is left at the end."""
        if self._fifo.samples:
            yield self._read(self._fifo.samples)

    def _conform(self, frame: AudioFrame) -> list[AudioFrame]:
        """The same sound in the form and at the rate of the others; its channels stay as they are."""
        if (frame.format.name, frame.sample_rate) == (self._form, self._rate):
            return [frame]
        return self._reshaper.take(frame)

    def _read(self, samples: int) -> FloatArray:
        frame = self._fifo.read(samples)
        assert frame is not None
        return as_float(frame.to_ndarray(), packed=frame.format.is_packed, channels=frame.layout.nb_channels)


def readable(form: str, channels: int) -> str:
    """The sample format in which PyAV can hand a format's samples over: it has no integers of 64 bits.

    Of eight channels in a plane each it looks for a ninth, behind the end of the list: those come in one plane.
    """
    wide = form.replace("s64", "dbl")
    return wide.removesuffix("p") if channels == MAX_CHANNELS else wide


def as_float(samples: np.ndarray, *, packed: bool, channels: int) -> FloatArray:
    """Samples of any format of ffmpeg as float32 [shape=(channels, n)], full scale 1."""
    if packed:
        samples = samples.reshape(-1, channels).T
    if samples.dtype.kind == "f":
        return np.asarray(samples, np.float32)
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - np.float32(128)) / np.float32(128)
    return samples.astype(np.float32) / np.float32(-float(np.iinfo(samples.dtype).min))
