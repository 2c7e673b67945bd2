"""Results on disk: the same numbers come back, another version or content does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.evaluation.cache import Cache, Measured
from recommender.measurement import Passages
from tests.rows import a_measurement

VERSIONS = {"tempo": "1", "encoder": "x"}


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "song.ogg"
    path.write_bytes(b"sound")
    return path


def measured(**values: object) -> Measured:
    return Measured(a_measurement(**values), np.arange(200, dtype=np.float32))


@pytest.mark.parametrize("bpm", [121.5, None])
def test_what_was_written_is_read(tmp_path: Path, song: Path, bpm: float | None) -> None:
    wrote = measured(bpm=bpm, tonic=4, mode="minor")
    Cache(tmp_path / "cache", VERSIONS).write(song, wrote)
    read = Cache(tmp_path / "cache", VERSIONS).read(song)
    assert read is not None
    ours, theirs = read.measurement, wrote.measurement
    assert (ours.tempo.bpm, ours.tempo.alternatives) == (theirs.tempo.bpm, theirs.tempo.alternatives)
    assert (ours.key.tonic, ours.key.mode, ours.seconds) == (4, "minor", theirs.seconds)
    for name in ("embedding", "tag_logits"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name))
    assert np.array_equal(ours.tempo.posterior, theirs.tempo.posterior)
    assert np.array_equal(read.rival, wrote.rival)
    assert read.passages.embeddings.size == 0


def test_passages_are_kept_where_there_are_any(tmp_path: Path, song: Path) -> None:
    pieces = Passages(np.arange(6, dtype=np.float32).reshape(3, 2), np.ones((2, 4), np.float32))
    cache = Cache(tmp_path / "cache", VERSIONS)
    cache.write(song, Measured(a_measurement(), np.zeros(0, np.float32), pieces))
    read = cache.read(song)
    assert read is not None
    assert np.array_equal(read.passages.embeddings, pieces.embeddings)
    assert np.array_equal(read.passages.timbres, pieces.timbres)


def test_another_version_is_heard_again(tmp_path: Path, song: Path) -> None:
    Cache(tmp_path / "cache", VERSIONS).write(song, measured())
    assert Cache(tmp_path / "cache", {**VERSIONS, "tempo": "2"}).read(song) is None


def test_another_content_is_heard_again(tmp_path: Path, song: Path) -> None:
    cache = Cache(tmp_path / "cache", VERSIONS)
    cache.write(song, measured())
    song.write_bytes(b"other sound")
    assert cache.read(song) is None


def test_damage_is_heard_again(tmp_path: Path, song: Path) -> None:
    cache = Cache(tmp_path / "cache", VERSIONS)
    cache.write(song, measured())
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert cache.read(song) is None


def test_without_a_folder_nothing_is_kept(tmp_path: Path, song: Path) -> None:
    cache = Cache(None, VERSIONS)
    cache.write(song, measured())
    assert cache.read(song) is None
    assert [path.name for path in tmp_path.iterdir()] == ["song.ogg"]
