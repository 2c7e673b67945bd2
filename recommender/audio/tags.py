"""Title, artist, album and cover as the file itself tells them.

Half of real files say nothing and some lie; a reader that fails must never refuse sound that decodes. Called inside the
cell only: a few megabytes of hostile tags keep a reader busy for half a minute.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from recommender.measurement import FileTags

LONGEST = 300  # characters: the longest real titles have about 200
LARGEST_COVER = 10 * 1024 * 1024  # bytes
YEARS = range(1000, 3000)
NUMBERS = range(1, 10_000)
NAMELESS = re.compile(
    r"[<\[(]?\s*(unknown|unbekannt|none|untitled|n/?a|(unknown|various|no)\s+(artist|album|title)s?|track\s*\d*)\s*[>\])]?",
    re.IGNORECASE,
)
# What a reader of hostile bytes may raise; anything else is a mistake of ours and may end the cell.
FAILURES = (
    TinyTagException, OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error,
    OverflowError, RecursionError,
)  # fmt: skip


def read(path: Path) -> FileTags:
    """What the file says about itself; empty fields where it says nothing, nonsense, or cannot be read."""
    try:
        found = TinyTag.get(path, duration=False, image=False)
    except FAILURES:
        return FileTags()
    return FileTags(
        title=text(found.title),
        artist=text(found.artist),
        album_artist=text(found.albumartist),
        album=text(found.album),
        genre=text(found.genre),
        year=year(found.year),
        track_number=number(found.track),
        disc_number=number(found.disc),
        cover=_cover(path),
    )


def text(value: object) -> str:
    """One clean line of a tag: mojibake undone, control characters gone, place-holders empty, length bounded."""
    if not isinstance(value, str):
        return ""
    line = _unscrambled(value[: LONGEST * 4])
    line = "".join(
        " " if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} else letter for letter in line
    )
    line = " ".join(unicodedata.normalize("NFC", line).replace("\ufffd", " ").split())
    return "" if NAMELESS.fullmatch(line) else line[:LONGEST].rstrip()


def _unscrambled(value: str) -> str:
    """UTF-8 that was read as Latin-1 (`BjÃ¶rk`) as it was meant; everything else untouched."""
    for charset in ("latin-1", "cp1252"):
        try:
            return value.encode(charset).decode("utf-8")
        except UnicodeError:
            continue
    return value


def year(value: object) -> int | None:
    """The first plausible year in a date tag."""
    for digits in re.findall(r"(?<!\d)\d{4}(?!\d)", str(value or "")[:100]):
        if int(digits) in YEARS:
            return int(digits)
    return None


def number(value: object) -> int | None:
    """A track or disc number, None when it is not a plausible one."""
    match = re.match(r"\s*(\d{1,6})", str(value or "")[:20])
    return int(match[1]) if match and int(match[1]) in NUMBERS else None


def _cover(path: Path) -> bytes:
    """The embedded picture, read apart: a picture that lies about its length must not cost the title."""
    try:
        image = TinyTag.get(path, tags=True, duration=False, image=True).images.any
    except FAILURES:
        return b""
    data = getattr(image, "data", None)
    return bytes(data) if data and len(data) <= LARGEST_COVER else b""
