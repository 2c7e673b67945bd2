"""The gate: looks at a file that somebody sends, and brings it onto the media volume or says why not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from catalog import formats, storage
from catalog.storage import Incoming

Source = Path | UploadedFile | BinaryIO


class Refusal(StrEnum):
    """Why a file was not taken in. Every code is explained in docs/errors.md."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    EXTENSION = "extension"
    CONTENT = "content"
    UNREADABLE = "unreadable"
    QUOTA = "quota"
    DISK_FULL = "disk_full"
    SET_ASIDE = "set_aside"


class Spooled(TemporaryUploadedFile):
    """An upload as the web server wrote it to our volume. `cut` says why it was not written to its end."""

    cut: Refusal | None = None


class NotTaken(Exception):
    """A file that does not come in; the message is for the person who sent it."""

    def __init__(self, code: Refusal, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def pass_through(source: Source, label: str) -> tuple[Incoming, str]:
    """Check a file and bring it onto the media volume; returns it and the extension that it is kept under."""
    given = formats.extension_of(label)
    if given is None:
        raise NotTaken(Refusal.EXTENSION, f"“{label}” is in no audio format that Segue supports.")
    if isinstance(source, Spooled) and source.cut:
        raise NotTaken(source.cut, full(label) if source.cut == Refusal.DISK_FULL else _too_large(label))
    try:
        with _opened(source) as stream:
            head = stream.read(formats.HEAD)
            if not head:
                raise NotTaken(Refusal.EMPTY, f"“{label}” is empty.")
            extension = formats.recognise(head, given)
            if extension is None:
                raise NotTaken(Refusal.CONTENT, f"“{label}” is named .{given}, but that is not what it contains.")
            stream.seek(0)
            return _on_our_volume(source, stream), extension
    except storage.TooLarge as error:
        raise NotTaken(Refusal.TOO_LARGE, _too_large(label)) from error
    except storage.StoreFull as error:
        raise NotTaken(Refusal.DISK_FULL, full(label)) from error
    except OSError as error:
        raise NotTaken(Refusal.UNREADABLE, f"“{label}” cannot be read: {error.strerror or error}.") from error


def full(label: str) -> str:
    """Tell somebody that the disk is full."""
    return f"“{label}” was not stored: the disk is full. Ask the administrator to make room, then send it again."


def _too_large(label: str) -> str:
    return f"“{label}” is larger than {settings.UPLOAD_MAX_BYTES // 1_000_000} MB, the most that is accepted."


@contextmanager
def _opened(source: Source) -> Iterator[BinaryIO]:
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield stream
    else:
        source.seek(0)
        yield source  # type: ignore[misc]  # an UploadedFile reads and seeks like a binary file


def _on_our_volume(source: Source, stream: BinaryIO) -> Incoming:
    """Copy the file, unless it is an upload that the web server wrote to our volume already."""
    if isinstance(source, TemporaryUploadedFile):
        lies_at = Path(source.temporary_file_path())
        if lies_at.parent == storage.incoming_folder():
            return storage.adopt(lies_at, settings.UPLOAD_MAX_BYTES)
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if not storage.has_room(min(size, settings.UPLOAD_MAX_BYTES)):
        raise storage.StoreFull
    return storage.receive(stream, settings.UPLOAD_MAX_BYTES)
