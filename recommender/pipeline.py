"""From paths to measurements: every file is heard in a cell, what was heard is encoded in batches.

    path -> cell: decode once | tags, mel, pulse, key, loudness, outline -> Heard
    Heard, ... -> encoder (one batch) -> octave of the tempo -> Measurement

Nothing here knows rows or queues: the worker and `manage.py evaluate` both come in by these doors.
"""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from recommender.audio import decode, tags, windows
from recommender.encoders.base import Encoder, Windows
from recommender.errors import AnalysisError, Code, Outcome
from recommender.features import key, loudness, mel, octave, outline, periodicity, tempo, timbre
from recommender.measurement import Costs, Decoded, FloatArray, HalfArray, Heard, Measurement, Passages
from recommender.sandbox import Cell, Crew, Limits, protections, run_many
from recommender.stopwatch import Stopwatch

HEARING = {"decoder", "decode", "mel", "encoder"}  # stages that an embedding depends on
STRETCH = 4  # windows whose timbre is measured together: twelve seconds
BACKGROUND = Limits(gives_way=True, wall_seconds=600.0)  # for files that nobody waits for
LEAST_SOUND = 1.0  # seconds between the silences at both ends, below which there is nothing to compare

periodicity.prepare(mel.FRAME_RATE)  # here, in the nursery: every cell would spend 15 ms on it


def hear(path: Path, wanted: Windows, level: float | None = None) -> Heard:
    """Everything that needs the samples, in one pass through the file. Runs inside a cell.

    Parameters
    ----------
    path : Path
        A file of unknown origin.
    wanted : Windows
        What the encoder wants to hear.
    level : float, optional
        LUFS to which a quieter file is raised before the encoder hears it: a microphone far from the music changes what
        networks say of it.

    Raises
    ------
    AnalysisError
        not_audio, undecodable, silent or too_short.
    """
    watch = Stopwatch()
    with watch("decode"):
        decoder = decode.Decoder(path)
    ears = _Ears(decoder, watch, keep_waves=wanted.form == "waveform")
    for block in watch.through("decode", decoder.blocks()):
        ears.feed(block)
    decoded, shape = decoder.report()
    sound = (decoded.silence_start, len(shape) * decode.GRAIN / decode.RATE - decoded.silence_end)
    _refuse(decoded, shape, sound[1] - sound[0], wanted)
    with watch("loudness"):
        levels = ears.meter.finish()
    gain = 1.0 if level is None else max(1.0, 10 ** ((level - levels.integrated) / 20))
    with watch("mel"):
        power = ears.spectrum.finish()
        patches = _patches(power, ears.waves, sound, wanted, gain)
    with watch("tempo"):
        pulse = tempo.pulse(power, mel.FRAME_RATE)
    with watch("timbre"):
        first, last = (int(edge * mel.FRAME_RATE) for edge in sound)
        colour = timbre.timbre(power[first:last], levels.integrated)
    with watch("key"):
        tonality = ears.chroma.finish()
    with watch("tags"):
        said = tags.read(path, decoder.metadata)
    with watch("outline"):
        peaks, energy = outline.peaks(shape), outline.energy(shape)
    return Heard(
        tags=said,
        decoded=decoded,
        patches=patches,
        pulse=pulse,
        key=tonality,
        loudness=levels,
        peaks=peaks,
        timbre=colour,
        energy=energy,
        versions={**stage_versions(), "decoder": decoded.decoder},
        costs=Costs(dict(watch.cpu), dict(watch.wall), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024),
    )


class _Ears:
    """What listens to each block while a file is decoded, so that its samples need not be held."""

    def __init__(self, decoder: decode.Decoder, watch: Stopwatch, *, keep_waves: bool) -> None:
        self.spectrum, self.chroma = mel.MelStream(), key.ChromaStream()
        self.meter = loudness.LoudnessMeter(decoder.sample_rate)
        self.waves: list[FloatArray] = []  # held after all for encoders that want samples
        self._watch, self._keep_waves = watch, keep_waves

    def feed(self, block: decode.Block) -> None:
        """Hear the next block."""
        with self._watch("loudness"):
            self.meter.feed(block.native)
        with self._watch("mel"):
            self.spectrum.feed(block.mono)
        with self._watch("key"):
            self.chroma.feed(block.mono)
        if self._keep_waves:
            self.waves.append(block.mono)


def _refuse(decoded: Decoded, shape: FloatArray, sound: float, wanted: Windows) -> None:
    """Raise for what decodes, but gives nothing to compare."""
    if decoded.seconds < wanted.seconds:
        raise AnalysisError(Code.TOO_SHORT, f"{decoded.seconds:.2f} s, at least {wanted.seconds:.2f} s are needed")
    if decode.is_silent(shape):
        raise AnalysisError(Code.SILENT, f"{decoded.seconds:.1f} s of silence")
    if sound < LEAST_SOUND:
        raise AnalysisError(
            Code.TOO_SHORT, f"{max(0.0, sound):.1f} s of sound, at least {LEAST_SOUND:.1f} s are needed"
        )


def _patches(
    power: FloatArray, waves: Sequence[FloatArray], sound: tuple[float, float], wanted: Windows, gain: float
) -> HalfArray:
    """The encoder's windows [shape=(n, *wanted.shape)], spread evenly over what lies between the silences."""
    if wanted.form == "waveform":
        line, rate = np.concatenate(waves), float(decode.RATE)
    else:
        line, rate = power, mel.FRAME_RATE
    length = wanted.shape[0]
    line = np.pad(line, [(0, max(0, length - len(line))), *[(0, 0)] * (line.ndim - 1)])
    first, last = (int(edge * rate) for edge in sound)
    starts = windows.starts(len(line), first, last, length, wanted.count)
    pieces = np.stack([line[start : start + length] for start in starts])
    if wanted.form == "waveform":
        return (pieces * np.float32(gain)).astype(np.float16)
    return mel.compressed(pieces * np.float32(gain**2)).astype(np.float16)


def hear_many(
    paths: Iterable[Path],
    wanted: Windows,
    cells: int = 2,
    limits: Limits | None = None,
    stop: threading.Event | None = None,
    level: float | None = None,
) -> Iterator[tuple[Path, Outcome[Heard]]]:
    """Hear files in cells, several at a time and ahead of the caller: what is ready first comes first.

    Setting `stop`, from any thread, kills the cells and ends the iteration at once.
    """
    calls = ((path, wanted, level) for path in paths)
    for (path, *_), outcome in run_many(hear, calls, cells, stop, limits):
        yield path, outcome


def hearers(cells: int, stop: threading.Event) -> Crew[tuple[Path, Windows], Heard]:
    """Cells that hear what they are given, what is urgent first: for one who decides as he goes what comes next."""
    return Crew(hear, cells, stop, background=BACKGROUND)


def measure(
    heard: Sequence[Heard], encoder: Encoder, known: Sequence[FloatArray | None] | None = None
) -> list[Measurement]:
    """What facets need to know of tracks that were heard: one batch through the encoder, then the octave.

    Parameters
    ----------
    heard : sequence of Heard
    encoder : Encoder
    known : sequence of arrays [shape=(encoder.dim,)] or None, optional
        What this very encoder said of the same windows before: those tracks are not encoded again.
    """
    if not heard:
        return []
    said = list(known) if known is not None else [None] * len(heard)
    unknown = [number for number, one in enumerate(said) if one is None]
    if unknown:
        for number, row in zip(unknown, encoder.encode([heard[one].patches for one in unknown]), strict=True):
            said[number] = row
    embeddings = np.stack([one for one in said if one is not None])
    logits = encoder.tag_logits(embeddings)
    return [
        Measurement(
            seconds=one.decoded.seconds,
            tempo=tempo.decide(one.pulse, row if len(row) else None),
            key=one.key,
            embedding=embedding,
            tag_logits=row,
            timbre=one.timbre,
            loudness=one.loudness.integrated,
        )
        for one, embedding, row in zip(heard, embeddings, logits, strict=True)
    ]


def passages(heard: Sequence[Heard], encoder: Encoder) -> list[Passages]:
    """Tracks piece by piece, as `fit_reference` needs them: one batch through the encoder.

    The mean of a track's embeddings is what `measure` would make of it; hand it over as known.
    """
    if not heard:
        return []
    rows = encoder.encode([window[None] for one in heard for window in one.patches])
    ends = np.cumsum([len(one.patches) for one in heard])[:-1]
    return [
        Passages(embeddings, _timbres(one, encoder.windows))
        for one, embeddings in zip(heard, np.split(rows, ends), strict=True)
    ]


def _timbres(heard: Heard, wanted: Windows) -> FloatArray:
    """Timbre of stretches of a track [shape=(stretches, timbre.DIM)], from what the encoder reads."""
    stretches = np.array_split(heard.patches, max(1, len(heard.patches) // STRETCH))
    if wanted.form == "waveform":
        spectra = [np.concatenate([mel.power(window) for window in stretch]) for stretch in stretches]
    else:
        spectra = [mel.expanded(np.concatenate(list(stretch))) for stretch in stretches]
    return np.stack([timbre.timbre(power, heard.loudness.integrated) for power in spectra])


def stage_versions() -> dict[str, str]:
    """Versions of what runs inside the cell."""
    return {
        "decode": decode.VERSION,
        "mel": mel.VERSION,
        "tempo": tempo.VERSION,
        "key": key.VERSION,
        "loudness": loudness.VERSION,
        "timbre": timbre.VERSION,
        "outline": outline.VERSION,
    }


def analysis_versions(encoder: Encoder) -> dict[str, str]:
    """The version of every stage: what differs from a track's own must be computed again."""
    return {**stage_versions(), "encoder": encoder.version, "octave": octave.version()}


def outdated(stored: Mapping[str, str], present: Mapping[str, str]) -> set[str]:
    """Stages whose stored version is not the present one; `decoder` among them when its library was replaced.

    Parameters
    ----------
    stored : mapping
        Stage -> version, as kept with a track's results.
    present : mapping
        As `analysis_versions` gives it.
    """
    found = {stage for stage, version in present.items() if stored.get(stage) != version}
    return found if stored.get("decoder") in decode.DECODERS else found | {"decoder"}


def walls() -> dict[str, bool]:
    """Which protections stand in a cell; run there, it brings every library of this module into the nursery."""
    return protections()


def warm_up() -> dict[str, bool]:
    """Start the nursery with all that cells need, and tell which protections stand on this machine."""
    return Cell().run(walls)
