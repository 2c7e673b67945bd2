"""Title, artist, album and cover as the file itself tells them.

Half of real files say nothing and some lie; a reader that fails must never refuse sound that decodes. Called inside the
cell only: a few megabytes of hostile tags keep a reader busy for half a minute.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from tinytag import TinyTag, TinyTagException

from recommender.audio import id3, picture
from recommender.audio.patience import at_most
from recommender.measurement import FileTags

LONGEST = 300  # characters: the longest real titles have about 200
PATIENCE = 3.0  # CPU seconds: real tags take milliseconds, the work on many names for one thing grows with their square
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


def read(path: Path, metadata: Mapping[str, str] | None = None) -> FileTags:
    """What the file says about itself; empty fields where it says nothing, nonsense, or cannot be read.

    `metadata` is what the decoder found on its way (ffmpeg's names, lower case): it fills in where the tag reader does
    not know the format.
    """
    found = _found(path, image=True) or _found(path, image=False) or TinyTag()
    also = metadata or {}
    return FileTags(
        title=text(found.title) or text(also.get("title")),
        artist=text(found.artist) or text(also.get("artist")),
        album_artist=text(found.albumartist) or text(also.get("album_artist")),
        album=text(found.album) or text(also.get("album")),
        genre=text(found.genre) or text(also.get("genre")),
        year=year(found.year) or year(also.get("date")),
        track_number=number(found.track) or number(also.get("track")),
        disc_number=number(found.disc) or number(also.get("disc")),
        cover=_cover(found),
    )


def _found(path: Path, *, image: bool) -> TinyTag | None:
    """The reader's answer. A picture that lies about its length must not cost the title: then it is read without."""
    try:
        with at_most(PATIENCE):
            return TinyTag.get(path, id3.plain(path), duration=False, image=image)
    except FAILURES:
        return None


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


def _cover(found: TinyTag) -> bytes:
    data = getattr(found.images.any, "data", None)
    return picture.plain(bytes(data)) if data else b""
