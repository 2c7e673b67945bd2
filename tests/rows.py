"""Rows of a small library whose truth is known, without sound: for tests of everything above the measurements."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from django.utils import timezone

from accounts.models import User
from catalog.models import Artist, Track
from recommender import index_versions, lenses, outbox, results
from recommender.facets import mood, reference
from recommender.features import timbre
from recommender.measurement import GRID, Decoded, FileTags, Heard, Key, Loudness, Measurement, Pulse, Tempo
from recommender.models import Analysis, Embedding, IndexedVector
from recommender.models import Measurement as Row

EMBEDDING_DIM = 400
TAGS = 100
ENCODER = "musicnn"
VERSIONS = {"encoder": "test"}


def a_user(name: str = "ada", **flags: bool) -> User:
    """A user who can sign in with the password "correct horse"."""
    return User.objects.create_user(name, password="correct horse battery", **flags)


def a_track(
    title: str = "Prelude", *, owner: User | None = None, private: bool = False, artist: str = "Clara", **values: object
) -> Track:
    """A track as intake would write it, without a file."""
    made_by = Artist.objects.get_or_create(name=artist)[0] if artist else None
    return Track.objects.create(
        title=title,
        artist=made_by,
        sha256=hashlib.sha256(f"{title}/{artist}/{owner}".encode()).hexdigest(),
        extension="ogg",
        size=1000,
        original_name=f"{title}.ogg",
        owner=owner,
        visibility=Track.Visibility.PRIVATE if private else Track.Visibility.PUBLIC,
        **{"seconds": 200.0, **values},
    )


def posterior(bpm: float | None) -> np.ndarray:
    """A sharp peak at one tempo, or the same everywhere."""
    if bpm is None:
        return np.full(len(GRID), 1 / len(GRID), np.float32)
    weights = np.exp(-0.5 * ((np.log2(GRID) - np.log2(bpm)) / 0.01) ** 2)
    return (weights / weights.sum()).astype(np.float32)


def a_measurement(
    *, bpm: float | None = 120.0, tonic: int | None = 0, mode: str = "major", sound: int = 0, seconds: float = 200.0
) -> Measurement:
    """What the pipeline would say of a track; tracks with the same `sound` sound the same."""
    generator = np.random.default_rng(sound)
    profile = np.full(24, 0.02, np.float32)
    if tonic is not None:
        profile[tonic + (12 if mode == "minor" else 0)] = 1.0
    tempo = Tempo(bpm, 0.9 if bpm else 0.0, 0.9, 0.1, posterior(bpm))
    key = Key(tonic, mode, 0.8 if tonic is not None else 0.0, profile / profile.sum())
    embedding = generator.normal(0.5, 0.3, EMBEDDING_DIM).astype(np.float32)
    logits = generator.normal(-4, 1.5, TAGS).astype(np.float32)
    colour = generator.normal(0, 10, timbre.DIM).astype(np.float32)
    return Measurement(seconds, tempo, key, embedding, logits, colour, -14.0)


def heard_of(measured: Measurement) -> Heard:
    """What a cell would have heard of a file that measures so."""
    return Heard(
        tags=FileTags(),
        decoded=Decoded(measured.seconds, 44100, 2, "vorbis", "pyav 18.1.0"),
        patches=np.zeros((1, 1, 1), np.float16),
        pulse=Pulse(measured.tempo.posterior, measured.tempo.clarity, 0.9, measured.tempo.bpm or 0.0, 0.1),
        key=measured.key,
        loudness=Loudness(-14.0, 6.0, -1.0),
        timbre=measured.timbre,
        peaks=np.tile(np.array([[-60, 60]], np.int8), (800, 1)),
        energy=np.full(64, -20.0, np.float32),
    )


def analysed(track: Track, measured: Measurement) -> Track:
    """Store a track's results as a worker would."""
    moods = mood.axes(measured, reference.shipped())
    results.store(track.pk, heard_of(measured), measured, moods, ENCODER, VERSIONS)
    outbox.place(track.pk, measured)
    Analysis.objects.update_or_create(
        track=track, defaults={"state": Analysis.State.DONE, "queued_at": timezone.now(), "attempts": 1}
    )
    return track


def all_analysed(pairs: Iterable[tuple[Track, Measurement]]) -> list[Track]:
    """The same rows as `analysed` leaves of each, for tracks without any, at a fifth of the cost."""
    known, usual = list(pairs), reference.shipped()
    columns = [
        results.measurement_columns(heard_of(measured), measured, mood.axes(measured, usual), VERSIONS)
        for _, measured in known
    ]
    Row.objects.bulk_create(Row(track=track, **row) for (track, _), row in zip(known, columns, strict=True))
    Embedding.objects.bulk_create(
        Embedding(track=track, encoder=ENCODER, **results.embedding_columns(measured, VERSIONS))
        for track, measured in known
    )
    index_versions.ensure_current()
    for version in index_versions.fillable():
        packed = lenses.of(version).packed
        IndexedVector.objects.bulk_create(
            IndexedVector(version=version, track_id=track.pk, vector=packed(measured), revision=1)
            for track, measured in known
        )
    now = timezone.now()
    Analysis.objects.bulk_create(
        Analysis(track=track, state=Analysis.State.DONE, queued_at=now, attempts=1) for track, _ in known
    )
    return [track for track, _ in known]


def a_library(tempi: Sequence[float | None], *, sounds: int = 4) -> list[Track]:
    """Analysed tracks, one a tempo; sounds and artists repeat in turn."""
    return all_analysed(
        (
            a_track(f"Piece {number}", artist=f"Artist {number % sounds}"),
            a_measurement(bpm=bpm, tonic=number % 12, sound=number % sounds),
        )
        for number, bpm in enumerate(tempi)
    )
