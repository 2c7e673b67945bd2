"""ID3v2 tags as readers expect them that know nothing of what an encoder may do to frames (id3.org, 2.3 and 2.4).

Titles in UTF-16 and every picture hold the byte 255, behind which unsynchronisation puts a zero.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from io import SEEK_END, BytesIO
from pathlib import Path

from recommender.audio.headers import tag_length

HEAD = 10  # bytes, of a tag and of a frame
UNSYNCHRONISED, EXTENDED = 0x80, 0x40  # flags of a tag
ALTERED = {3: 0xE0, 4: 0x4F}  # flags of a frame that say that its content is not simply there
GROUPED, COMPRESSED, ENCRYPTED = {3: 0x20, 4: 0x40}, {3: 0x80, 4: 0x08}, {3: 0x40, 4: 0x04}
FRAME_UNSYNCHRONISED, MEASURED = 0x02, 0x01  # of 2.4
LARGEST = 16 << 20  # bytes of a tag
MOST_UNPACKED = 1 << 20  # bytes of the compressed frames of a tag: pictures gain nothing by it
NAME = re.compile(rb"[A-Z][A-Z0-9]{3}")
LIE = re.compile(rb"\xff[\xe0-\xff]")  # in what should be unsynchronised: that is what it is for
BEHIND, END = 4096, 128  # bytes of sound, and of the older tag at the end, that a reader may look at


def plain(path: Path) -> BytesIO | None:
    """A file with the same tags in plain frames; None when they are plain already, or not of a kind known here."""
    length = tag_length(path)
    if not HEAD < length <= LARGEST:
        return None
    with path.open("rb") as file:
        tag, behind = file.read(length), file.read(BEHIND)
        file.seek(-min(END, path.stat().st_size), SEEK_END)
        end = file.read()
    version, flags = tag[3], tag[5]
    if version not in {2, 3, 4} or flags & EXTENDED or behind.startswith(b"fLaC"):
        return None
    body = tag[HEAD:]
    if flags & UNSYNCHRONISED and version < 4:
        body = _synchronised(body)
    if version > 2:
        body = b"".join(_frames(body, version))
    if body == tag[HEAD:]:
        return None
    return BytesIO(tag[:3] + bytes([version, 0, 0]) + _size(len(body), 4) + body + behind + end)


def _frames(body: bytes, version: int) -> Iterator[bytes]:
    """Every frame with its content as it is; those that nobody can read are left out."""
    at, left = 0, MOST_UNPACKED
    while len(body) - at >= HEAD and NAME.match(body, at):
        packed, flags = body[at + 4 : at + 8], body[at + 9]
        size = sum((byte & 0x7F) << shift for byte, shift in zip(packed, (21, 14, 7, 0), strict=True))
        size = size if version == 4 else int.from_bytes(packed, "big")
        frame = body[at : at + HEAD + size]
        at += HEAD + size
        if flags & ALTERED[version]:
            content = _content(frame[HEAD:], flags, version, left)
            left -= len(content) if flags & COMPRESSED[version] else 0
            frame = frame[:4] + _size(len(content), version) + b"\0\0" + content if content else b""
        yield frame
    yield body[at:]


def _content(data: bytes, flags: int, version: int, most: int) -> bytes:
    """What a frame held before it was altered, at most so many bytes of it; nothing where that cannot be told."""
    if flags & ENCRYPTED[version] or not most:
        return b""
    if version == 4 and flags & FRAME_UNSYNCHRONISED:
        data = _synchronised(data)
    measured = flags & (MEASURED if version == 4 else COMPRESSED[version])
    data = data[bool(flags & GROUPED[version]) + (4 if measured else 0) :]
    if not flags & COMPRESSED[version]:
        return data
    try:
        return zlib.decompressobj().decompress(data, most)
    except zlib.error:
        return b""


def _synchronised(data: bytes) -> bytes:
    return data if LIE.search(data) else data.replace(b"\xff\0", b"\xff")


def _size(size: int, version: int) -> bytes:
    """Four bytes, of which 2.4 uses seven bits each."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) if version == 4 else struct.pack(">I", size)
