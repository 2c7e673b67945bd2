"""Measured values as rows and back. What is stored here is enough to compute every facet again without the audio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog import renditions
from recommender.measurement import GRID, FloatArray, Heard, Key, Pulse, Tempo
from recommender.measurement import Measurement as Measured
from recommender.models import Embedding, Measurement

PULSE_NUMBERS = 4
READ = (  # columns that facets read; waveforms are four times as large
    "track_id", "bpm", "tempo_clarity", "tempo_stability", "beat_phase", "tempo_posterior", "tempo_alternatives",
    "key_tonic", "key_mode", "key_strength", "key_profile", "tuning", "timbre", "loudness", "corrected",
    "track__seconds",
)  # fmt: skip
CERTAIN_OCTAVES = 0.01  # how sharp the peak of a tempo is that a person gave


def pack(values: NDArray[np.generic]) -> bytes:
    """Little-endian bytes of an array, float32 unless it is int8."""
    kind = "<i1" if values.dtype == np.int8 else "<f4"
    return np.ascontiguousarray(values, dtype=kind).tobytes()


def unpack(stored: bytes | memoryview) -> FloatArray:
    """Float32 array [shape=(n,)] of what `pack` wrote."""
    return np.frombuffer(stored, dtype="<f4").astype(np.float32)


def unpack_peaks(stored: bytes | memoryview) -> NDArray[np.int8]:
    """Waveform peaks [shape=(slices, 2)], minimum and maximum of each slice, -127..127."""
    return np.frombuffer(stored, dtype="<i1").reshape(-1, 2)


def pack_pulse(pulse: Pulse) -> bytes:
    """Bytes of a pulse: four numbers, the posterior on the grid, the cues (as exact as `metre` gives them)."""
    numbers = np.array([pulse.clarity, pulse.stability, pulse.bpm, pulse.beat_phase], "<f8")
    return numbers.tobytes() + pack(pulse.posterior) + np.asarray(pulse.cues, "<f2").tobytes()


def unpack_pulse(stored: bytes | memoryview) -> Pulse:
    """The pulse that `pack_pulse` wrote."""
    clarity, stability, bpm, beat_phase = np.frombuffer(stored, "<f8", PULSE_NUMBERS).tolist()
    start = PULSE_NUMBERS * 8
    posterior = np.frombuffer(stored, "<f4", len(GRID), start).astype(np.float32)
    cues = np.frombuffer(stored, "<f2", -1, start + 4 * len(GRID)).astype(np.float32)
    return Pulse(posterior, clarity, stability, bpm, beat_phase, cues)


def tempo_columns(tempo: Tempo) -> dict[str, Any]:
    """What a decided tempo writes into the columns of a measurement."""
    return {
        "bpm": tempo.bpm,
        "tempo_clarity": tempo.clarity,
        "tempo_stability": tempo.stability,
        "beat_phase": tempo.beat_phase,
        "tempo_alternatives": [round(value, 2) for value in tempo.alternatives],
        "tempo_posterior": pack(tempo.posterior),
    }


def store(
    track_id: int,
    heard: Heard,
    measured: Measured,
    moods: Mapping[str, float],
    encoder: str,
    versions: Mapping[str, str],
) -> None:
    """Write everything that was measured of a track; call it in the transaction that finishes the analysis.

    `moods`: axis -> percentile, 0..1, as the index version that answers sees the track.
    """
    row, _ = Measurement.objects.update_or_create(
        track_id=track_id, defaults=measurement_columns(heard, measured, moods, versions)
    )
    if row.corrected:
        apply_corrections(row)
        row.save()
    renditions.want(row.track, heard.decoded.codec)
    Embedding.objects.update_or_create(
        track_id=track_id, encoder=encoder, defaults=embedding_columns(measured, versions)
    )


def measurement_columns(
    heard: Heard, measured: Measured, moods: Mapping[str, float], versions: Mapping[str, str]
) -> dict[str, Any]:
    """What a track's analysis writes into the columns of a measurement."""
    key, decoded = measured.key, heard.decoded
    return {
        **tempo_columns(measured.tempo),
        "pulse": pack_pulse(heard.pulse),
        "key_tonic": key.tonic,
        "key_mode": key.mode if key.tonic is not None else "",
        "key_strength": key.strength,
        "key_profile": pack(key.profile),
        "tuning": key.tuning,
        "moods": rounded(moods),
        "timbre": pack(heard.timbre),
        "loudness": heard.loudness.integrated,
        "loudness_range": heard.loudness.range,
        "true_peak": heard.loudness.true_peak,
        "peaks": pack(heard.peaks),
        "energy": pack(heard.energy),
        "codec": decoded.codec[:40],
        "decoder": decoded.decoder[:60],
        "sample_rate": decoded.sample_rate,
        "channels": decoded.channels,
        "packet_errors": decoded.packet_errors,
        "truncated": decoded.truncated,
        "silence_start": decoded.silence_start,
        "silence_end": decoded.silence_end,
        "versions": dict(versions),
    }


def embedding_columns(measured: Measured, versions: Mapping[str, str]) -> dict[str, Any]:
    """What the encoder said of a track, as it is stored."""
    return {
        "version": versions.get("encoder", ""),
        "vector": pack(measured.embedding),
        "tag_logits": pack(measured.tag_logits),
    }


def rounded(moods: Mapping[str, float]) -> dict[str, float]:
    """Percentiles as they are stored."""
    return {name: round(value, 4) for name, value in moods.items()}


def load(track_ids: Iterable[int], encoder: str) -> dict[int, Measured]:
    """What is known of these tracks, as the facets read it; tracks that were not analysed are left out."""
    ids = list(track_ids)
    embeddings: dict[int, Embedding] = {
        row.track_id: row for row in Embedding.objects.filter(track_id__in=ids, encoder=encoder)
    }
    rows = Measurement.objects.filter(track_id__in=list(embeddings)).values_list(*READ, named=True)
    return {row.track_id: _measured(row, embeddings[row.track_id]) for row in rows}


def embeddings(
    track_ids: Sequence[int], encoder: str, versions: Mapping[str, str], stages: Iterable[str]
) -> dict[int, FloatArray]:
    """Stored embeddings of these tracks that were made with the same versions of these stages."""
    same = {f"track__measurement__versions__{stage}": versions[stage] for stage in stages}
    rows = Embedding.objects.filter(track_id__in=track_ids, encoder=encoder, version=versions["encoder"], **same)
    return {track_id: unpack(stored) for track_id, stored in rows.values_list("track_id", "vector")}


def without_corrections(row: Measurement) -> None:
    """Let the columns of a row say what the machine had heard again; the corrections themselves stay written down."""
    if row.heard:
        row.bpm = row.heard["bpm"]
        row.key_tonic, row.key_mode = row.heard["key"]


def apply_corrections(row: Measurement) -> None:
    """Let the columns of a row that is fresh from the machine say what a person knows better; the caller saves it."""
    row.heard = {"bpm": row.bpm, "key": [row.key_tonic, row.key_mode]} if row.corrected else {}
    if not row.corrected:
        return
    row.bpm = row.corrected.get("bpm", row.bpm)
    row.key_tonic, row.key_mode = row.corrected.get("key", (row.key_tonic, row.key_mode))


def as_known(track_id: int, measured: Measured) -> Measured:
    """What counts of a measured track: with what a person corrected, if anybody did."""
    row = Measurement.objects.filter(track_id=track_id).only("corrected").first()
    return corrected(measured, row.corrected) if row else measured


def corrected(measured: Measured, corrections: Mapping[str, Any]) -> Measured:
    """The same with a certain tempo ("bpm") or key ("key": tonic and mode) in place of what was heard."""
    if "bpm" in corrections:
        bpm = float(corrections["bpm"])
        away = np.log2(GRID) - np.log2(bpm)
        peak = np.exp(-0.5 * (away / CERTAIN_OCTAVES) ** 2)
        total = peak.sum()
        posterior = (peak / total if total > 0 else np.eye(len(GRID))[np.abs(away).argmin()]).astype(np.float32)
        tempo = replace(measured.tempo, bpm=bpm, clarity=1.0, posterior=posterior, alternatives=())
        measured = replace(measured, tempo=tempo)
    if "key" in corrections:
        tonic, mode = corrections["key"]
        profile = np.zeros(24, np.float32)
        profile[tonic + (12 if mode == "minor" else 0)] = 1.0
        measured = replace(measured, key=replace(measured.key, tonic=tonic, mode=mode, strength=1.0, profile=profile))
    return measured


def _measured(row: Any, embedding: Embedding) -> Measured:
    """A measurement from a row with the columns that are READ."""
    tempo = Tempo(
        bpm=row.bpm,
        clarity=row.tempo_clarity,
        stability=row.tempo_stability,
        beat_phase=row.beat_phase,
        posterior=unpack(row.tempo_posterior),
        alternatives=tuple(row.tempo_alternatives),
    )
    key = Key(
        tonic=row.key_tonic,
        mode=row.key_mode or "major",
        strength=row.key_strength,
        profile=unpack(row.key_profile),
        tuning=row.tuning,
    )
    heard = Measured(
        seconds=row.track__seconds or 0.0,
        tempo=tempo,
        key=key,
        embedding=unpack(embedding.vector),
        tag_logits=unpack(embedding.tag_logits),
        timbre=unpack(row.timbre),
        loudness=row.loudness,
    )
    return corrected(heard, row.corrected)
