from __future__ import annotations

import errno
import hashlib
import io
import os
from pathlib import Path

import pytest

from catalog import storage


def test_a_file_lies_under_its_hash(media: Path) -> None:
    data = os.urandom(storage.CHUNK + 17)
    incoming = storage.receive(io.BytesIO(data), 10**9)
    path = storage.finalise(incoming, "ogg")
    digest = hashlib.sha256(data).hexdigest()
    assert path == media / "files" / digest[:2] / digest[2:4] / f"{digest}.ogg"
    assert path.read_bytes() == data
    assert incoming.size == len(data)
    assert path.stat().st_mode & 0o777 == 0o644
    assert not list((media / "incoming").iterdir())


def test_too_large_leaves_nothing_behind(media: Path) -> None:
    with pytest.raises(storage.TooLarge):
        storage.receive(io.BytesIO(bytes(11)), 10)
    assert not list((media / "incoming").iterdir())


def test_a_full_disk_leaves_nothing_behind(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(storage.StoreFull):
        storage.receive(io.BytesIO(b"abc"), 10)
    assert not list((media / "incoming").iterdir())


def test_adopting_does_not_copy(media: Path) -> None:
    lies_at = media / "incoming" / "upload"
    lies_at.write_bytes(b"sound")
    inode = lies_at.stat().st_ino
    path = storage.finalise(storage.adopt(lies_at, 100), "mp3")
    assert path.stat().st_ino == inode
    assert not lies_at.exists()


def test_pieces_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(100)))
    assert list(storage.chunks(path, 10, 35, 10)) == [bytes(range(10, 20)), bytes(range(20, 30)), bytes(range(30, 35))]
