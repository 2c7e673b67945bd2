"""Frames as ffmpeg decodes them, brought to one sample format and rate, and to one layout where that is wished."""

from __future__ import annotations

from av.audio.format import AudioFormat
from av.audio.frame import AudioFrame
from av.audio.layout import AudioLayout
from av.audio.resampler import AudioResampler

HIGHEST = "1.0"  # of the sum of a mix's weights: nothing clips, as several channels may with ffmpeg's own


class Reshaper:
    """A resampler for each shape of frames that comes by, as files put together of several have more than one."""

    def __init__(self, form: AudioFormat | str, rate: int, layout: AudioLayout | None = None) -> None:
        self._form, self._rate, self._layout = form, rate, layout  # no layout: as each frame has it
        self._resamplers: dict[tuple[str, str, int], AudioResampler] = {}

    def take(self, frame: AudioFrame) -> list[AudioFrame]:
        """The same sound in the one shape, as far as it is finished; mono is as loud in stereo as it was."""
        frame.pts = None  # gaps in the time stamps are no reason to refuse
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape not in self._resamplers:
            self._resamplers[shape] = self._for(frame)
        return self._resamplers[shape].resample(frame)

    def rest(self) -> list[AudioFrame]:
        """What the resamplers still hold at the end."""
        return [frame for resampler in self._resamplers.values() for frame in resampler.resample(None)]

    def _for(self, frame: AudioFrame) -> AudioResampler:
        options = {"rematrix_maxval": HIGHEST}
        if frame.layout.nb_channels == 1 and self._layout is not None and self._layout.nb_channels > 1:
            options["rematrix_volume"] = str(2**0.5)  # ffmpeg lets each of two loudspeakers have half of the power
        return AudioResampler(self._form, self._layout or frame.layout.name, self._rate, options=options)
