"""Files under the SHA-256 of their content: the name that a person gave is a label, never a path.

A file appears in the store whole or not at all: it is written beside the store on the same volume, flushed to the disk,
and renamed. Rows refer to what lies here; `janitor` removes what no row refers to.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

CHUNK = 1 << 20  # bytes
READABLE = 0o644  # a web server under another user sends the files
NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


class StoreFull(Exception):
    """The disk has no room for another file."""


class TooLarge(Exception):
    """More bytes than the limit."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that lies whole on the media volume, but not yet in the store."""

    path: Path
    sha256: str
    size: int  # bytes


def incoming_folder() -> Path:
    """Where files lie until they are complete."""
    return Path(settings.MEDIA_DIR) / "incoming"


def has_room(size: int) -> bool:
    """Whether so many bytes more leave the reserve of the media volume free."""
    folder = incoming_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free - size >= settings.DISK_RESERVE_BYTES


def path_of(sha256: str, extension: str) -> Path:
    """Where a file of the catalogue lies."""
    return fanned_out("files", sha256, extension)


def fanned_out(kind: str, sha256: str, extension: str, variant: str = "") -> Path:
    """A path below one of 65,536 folders, so that no folder grows long."""
    return Path(settings.MEDIA_DIR, kind, sha256[:2], sha256[2:4], f"{sha256}{variant}.{extension}")


def receive(stream: BinaryIO, limit: int) -> Incoming:
    """Copy a stream onto the media volume and hash it on the way.

    Raises TooLarge beyond `limit` bytes and StoreFull when the disk is full; nothing stays behind then.
    """
    with _full_disk_told():
        folder = incoming_folder()
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, suffix=".part")
        path = Path(name)
        with ExitStack() as undo:  # whatever goes wrong, nothing half written stays
            undo.callback(path.unlink, missing_ok=True)
            with os.fdopen(descriptor, "wb") as target:
                sha256, size = _digest(stream, limit, target)
                target.flush()
                os.fsync(target.fileno())
            undo.pop_all()
    return Incoming(path, sha256, size)


def adopt(path: Path, limit: int) -> Incoming:
    """Hash a file that already lies on the media volume, such as an upload's temporary file; it is not copied.

    Raises TooLarge beyond `limit` bytes.
    """
    with path.open("rb") as stream:
        sha256, size = _digest(stream, limit)
        os.fsync(stream.fileno())
    return Incoming(path, sha256, size)


def finalise(incoming: Incoming, extension: str) -> Path:
    """Move a file into the store. It replaces one of the same content, which makes that young again for the janitor."""
    target = path_of(incoming.sha256, extension)
    incoming.path.chmod(READABLE)
    os.utime(incoming.path)
    _into_place(incoming.path, target)
    return target


def discard(incoming: Incoming) -> None:
    """Forget a file that is not wanted after all."""
    incoming.path.unlink(missing_ok=True)


def put(data: bytes, target: Path) -> None:
    """Write a small file whole or not at all. Raises StoreFull."""
    with _full_disk_told():
        folder = incoming_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        Path(handle.name).chmod(READABLE)
        _into_place(Path(handle.name), target)


def chunks(path: Path, start: int, stop: int, size: int) -> Iterator[bytes]:
    """Bytes `start` to `stop` (exclusive) of a file, in pieces of at most `size`."""
    with path.open("rb") as stream:
        stream.seek(start)
        left = stop - start
        while left > 0 and (piece := stream.read(min(size, left))):
            left -= len(piece)
            yield piece


def _digest(stream: BinaryIO, limit: int, target: BinaryIO | None = None) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    while piece := stream.read(CHUNK):
        size += len(piece)
        if size > limit:
            raise TooLarge
        digest.update(piece)
        if target is not None:
            target.write(piece)
    return digest.hexdigest(), size


def _into_place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # the rename itself survives a power cut
    finally:
        os.close(descriptor)


@contextmanager
def _full_disk_told() -> Iterator[None]:
    """Turn "no space left" into StoreFull."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_SPACE:
            raise StoreFull(str(settings.MEDIA_DIR)) from error
        raise
