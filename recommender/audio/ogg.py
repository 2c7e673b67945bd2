"""The pages of an Ogg file: where it begins anew, as several files one behind the other are one, and which are lost.

ffmpeg steps over what is no page, or no longer the page that it was, without a word.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CAPTURE = b"OggS\0"  # what a page begins with, and its version
FIRST_PAGE = CAPTURE + b"\2"  # and the flag of a stream's first page
FIRST, LAST = 2, 4  # flags
HEAD = 27  # bytes, behind which come the lengths of up to 255 segments
LARGEST = HEAD + 255 + 255 * 255  # bytes of a page
SOUND = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")  # what the first page of a stream of sound holds
MOST_LOST = 1_000_000  # pages told of: the numbers on them may be anything
MOST_FALSE = 1000  # places that look like a page and are none; each may cost the sum over 65,000 bytes
CHUNK = 1 << 20
MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True, slots=True)
class Page:
    """One page, as it was written."""

    serial: bytes  # of its stream
    number: int  # in its stream
    flags: int
    body: bytes  # the first few bytes


def next_link(path: Path, behind: int) -> int | None:
    """The byte behind that one where a first page begins, or sound that looks like one; None when there is none."""
    with path.open("rb") as file:
        file.seek(behind + 1)
        before, rest = behind + 1, b""
        while piece := file.read(CHUNK):
            rest += piece
            found = rest.find(FIRST_PAGE)
            if found >= 0:
                return before + found
            kept = rest[-len(FIRST_PAGE) + 1 :]
            before, rest = before + len(rest) - len(kept), kept
    return None


def lost_pages(path: Path) -> int:
    """Pages of sound that are missing or damaged, as the numbers on the others tell; a missing end counts as one.

    Nothing is missing from a recording that was stopped behind a page, nor between pages in a row, whatever lies there.
    """
    following: dict[bytes, int] = {}  # stream of sound that has not ended -> number of its next page
    others: set[bytes] = set()  # streams of pictures, and those that have ended
    lost, damaged = 0, False
    for page in _pages(path):
        damaged = page is None
        if page is None:
            continue
        if page.flags & FIRST:
            following[page.serial] = page.number
            (others.discard if page.body.startswith(SOUND) else others.add)(page.serial)
        if page.serial not in others:
            lost += max(0, page.number - following.get(page.serial, page.number - 1))
            following[page.serial] = page.number + 1
        if page.flags & LAST or page.serial in others:
            following.pop(page.serial, None)
            others.add(page.serial)
    return min(lost + bool(damaged and following), MOST_LOST)


def _pages(path: Path) -> Iterator[Page | None]:
    """Every page that is whole, in order; None where something else lies before the next, or behind the last."""
    false = 0
    with path.open("rb") as file:
        data, at = b"", 0
        while false < MOST_FALSE:
            if len(data) - at < LARGEST and (more := file.read(CHUNK)):
                data, at = data[at:] + more, 0
            if at == len(data):
                return
            if size := _size(data, at):
                body = at + HEAD + data[at + 26]
                number = int.from_bytes(data[at + 18 : at + 22], "little")
                yield Page(data[at + 14 : at + 18], number, data[at + 5], data[body : body + 8])
                at += size
                continue
            false += data.startswith(CAPTURE, at)
            yield None
            found = data.find(CAPTURE, at + 1)
            at = found if found >= 0 else max(at + 1, len(data) - len(CAPTURE) + 1)


def _size(data: bytes, at: int) -> int:
    """Bytes of the page that begins there; 0 when none does, or it is not as it was written."""
    if not data.startswith(CAPTURE, at) or at + HEAD > len(data):
        return 0
    sizes = data[at + HEAD : at + HEAD + data[at + 26]]
    page = data[at : at + HEAD + len(sizes) + sum(sizes)]
    if len(page) < HEAD + data[at + 26] + sum(sizes):
        return 0
    told = int.from_bytes(page[22:26], "little")
    return len(page) if _checksum(page[:22] + bytes(4) + page[26:]) == told else 0


def _checksum(page: bytes) -> int:
    """Ogg's own: that of zlib, of bits in the other order and without turning them over at both ends."""
    found = zlib.crc32(page.translate(MIRRORED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{found:032b}"[::-1], 2)
