"""Files through libsndfile: for the few that ffmpeg refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from recommender.audio.source import BLOCK, CAP_SECONDS, NOT_READ, SECTION_SECONDS, SECTIONS, Facts, check
from recommender.errors import AnalysisError, Code
from recommender.measurement import FloatArray

FORMATS = frozenset({"WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "AIFF", "MP3", "AU", "CAF"})


class SoundfileSource:
    """A file through libsndfile."""

    def __init__(self, path: Path) -> None:
        self.packet_errors = 0
        self.skipped = 0.0
        self.broke_off = False
        self._raw = path.open("rb")  # an open file: libsndfile then judges by content, and looks for no second file
        try:
            self._file = soundfile.SoundFile(self._raw)
        except (soundfile.SoundFileError, TypeError) as error:
            self._raw.close()
            raise AnalysisError(Code.NOT_AUDIO, NOT_READ) from error
        if self._file.format not in FORMATS:
            raise AnalysisError(Code.NOT_AUDIO, f"format {self._file.format}")
        self.facts = Facts(
            sample_rate=self._file.samplerate,
            channels=self._file.channels,
            codec=self._file.subtype.lower(),
            decoder=f"soundfile {soundfile.__version__}",
            seconds=max(0, self._file.frames) / max(1, self._file.samplerate),
        )
        check(self.facts)

    def blocks(self) -> Iterator[FloatArray]:
        """Sound of the file up to the cap; sections of a longer one."""
        rate = self.facts.sample_rate
        if self.facts.seconds <= CAP_SECONDS:
            yield from self._read(int(CAP_SECONDS * rate))
            return
        stride = (self.facts.seconds - SECTION_SECONDS) / (SECTIONS - 1)
        for section in range(SECTIONS):
            try:
                self._file.seek(int(section * stride * rate))
            except soundfile.SoundFileError:
                self.packet_errors += 1
                return
            self.skipped = section * (stride - SECTION_SECONDS)
            yield from self._read(int(SECTION_SECONDS * rate))

    def _read(self, samples: int) -> Iterator[FloatArray]:
        while samples > 0:
            try:
                block = self._file.read(min(BLOCK, samples), dtype="float32", always_2d=True)
            except soundfile.SoundFileError:
                self.packet_errors += 1
                self.broke_off = True
                return
            if not len(block):
                return
            samples -= len(block)
            yield np.ascontiguousarray(block.T)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        self._raw.close()
