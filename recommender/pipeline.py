"""From paths to measurements: every file is heard in a cell, what was heard is encoded in batches.

    path -> cell: decode once | tags, mel, pulse, key, loudness, outline -> Heard
    Heard, ... -> encoder (one batch) -> octave of the tempo -> Measurement

Nothing here knows rows or queues: the worker and `manage.py evaluate` both come in by these doors.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from recommender.audio import decode, tags, windows
from recommender.encoders.base import Encoder, Windows
from recommender.errors import AnalysisError, CellDied, Code
from recommender.features import key, loudness, mel, outline, tempo
from recommender.measurement import Decoded, FloatArray, HalfArray, Heard, Measurement
from recommender.sandbox import Cell, Limits, protections

LEAST_SOUND = 1.0  # seconds between the silences at both ends, below which there is nothing to compare


def hear(path: Path, wanted: Windows) -> Heard:
    """Everything that needs the samples, in one pass through the file. Runs inside a cell.

    Parameters
    ----------
    path : Path
        A file of unknown origin.
    wanted : Windows
        What the encoder wants to hear.

    Raises
    ------
    AnalysisError
        not_audio, undecodable, silent or too_short.
    """
    decoder = decode.Decoder(path)
    spectrum, chroma = mel.MelStream(), key.ChromaStream()
    meter = loudness.LoudnessMeter(decoder.sample_rate, decoder.channels)
    waves: list[FloatArray] = []
    for block in decoder.blocks():
        meter.feed(block.native)
        spectrum.feed(block.mono)
        chroma.feed(block.mono)
        if wanted.form == "waveform":
            waves.append(block.mono)
    decoded, shape = decoder.report()
    sound = (decoded.silence_start, len(shape) * decode.GRAIN / decode.RATE - decoded.silence_end)
    _refuse(decoded, shape, sound[1] - sound[0], wanted)
    power = spectrum.finish()
    return Heard(
        tags=tags.read(path, decoder.metadata),
        decoded=decoded,
        patches=_patches(power, waves, sound, wanted),
        pulse=tempo.pulse(power, mel.FRAME_RATE),
        key=chroma.finish(),
        loudness=meter.finish(),
        peaks=outline.peaks(shape),
        energy=outline.energy(shape),
        versions={**stage_versions(), "decoder": decoded.decoder},
    )


def _refuse(decoded: Decoded, shape: FloatArray, sound: float, wanted: Windows) -> None:
    """Raise for what decodes, but gives nothing to compare."""
    if decoded.seconds < wanted.seconds:
        raise AnalysisError(Code.TOO_SHORT, f"{decoded.seconds:.1f} s, at least {wanted.seconds:.1f} s are needed")
    if decode.is_silent(shape):
        raise AnalysisError(Code.SILENT, f"{decoded.seconds:.1f} s of silence")
    if sound < LEAST_SOUND:
        raise AnalysisError(
            Code.TOO_SHORT, f"{max(0.0, sound):.1f} s of sound, at least {LEAST_SOUND:.1f} s are needed"
        )


def _patches(power: FloatArray, waves: Sequence[FloatArray], sound: tuple[float, float], wanted: Windows) -> HalfArray:
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
    return (pieces if wanted.form == "waveform" else mel.compressed(pieces)).astype(np.float16)


def hear_many(
    paths: Iterable[Path],
    wanted: Windows,
    cells: int = 2,
    limits: Limits | None = None,
    stop: threading.Event | None = None,
) -> Iterator[tuple[Path, Heard | AnalysisError | CellDied]]:
    """Hear files in cells, several at a time and ahead of the caller: what is ready first comes first.

    Setting `stop`, from any thread, kills the cells and ends the iteration at once.
    """
    for (path, _), outcome in Cell(limits).run_many(hear, ((path, wanted) for path in paths), cells, stop):
        yield path, outcome


def measure(heard: Sequence[Heard], encoder: Encoder) -> list[Measurement]:
    """What facets need to know of tracks that were heard: one batch through the encoder, then the octave."""
    if not heard:
        return []
    embeddings = encoder.encode([one.patches for one in heard])
    logits = encoder.tag_logits(embeddings)
    return [
        Measurement(
            seconds=one.decoded.seconds,
            tempo=tempo.decide(one.pulse, row if len(row) else None),
            key=one.key,
            embedding=embedding,
            tag_logits=row,
        )
        for one, embedding, row in zip(heard, embeddings, logits, strict=True)
    ]


def stage_versions() -> dict[str, str]:
    """Versions of what runs inside the cell."""
    return {
        "decode": decode.VERSION,
        "mel": mel.VERSION,
        "tempo": tempo.VERSION,
        "key": key.VERSION,
        "loudness": loudness.VERSION,
        "outline": outline.VERSION,
    }


def analysis_versions(encoder: Encoder) -> dict[str, str]:
    """The version of every stage: what differs from a track's own must be computed again."""
    return {**stage_versions(), "encoder": encoder.version}


def walls() -> dict[str, bool]:
    """Which protections stand in a cell; run there, it brings every library of this module into the nursery."""
    return protections()


def warm_up() -> dict[str, bool]:
    """Start the nursery with all that cells need, and tell which protections stand on this machine."""
    return Cell().run(walls)
