"""Names as files and people give them, made fit for a database and a page."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

LEADING_NUMBER = re.compile(r"^\d{1,3}\s*(?:[-.)]\s*|\s)\s*(?=\S)")  # "01 - ", "1. ", "07 "
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # turn round what comes after them, beyond the name as well
NOBODY = {"<unknown>", "unknown", "unknown artist", "unknown album", "[unknown]", "various"}


def clean(text: str, longest: int) -> str:
    """One line without control characters, in composed Unicode, at most `longest` characters."""
    visible = "".join(" " if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} else sign for sign in text)
    visible = TURNING.sub("", visible)
    return " ".join(unicodedata.normalize("NFC", visible).split())[:longest].strip()


def known(text: str, longest: int) -> str:
    """The same, but empty for what files write when they do not know."""
    name = clean(text, longest)
    return "" if name.casefold() in NOBODY else name


def label_of(name: str) -> str:
    """The last part of a path or file name that somebody sent, for showing; never used as a path."""
    return clean(re.split(r"[/\\]", name)[-1], 300) or "unnamed"


def title_of(name: str) -> str:
    """A title out of a file's name: "01 - Name.mp3" is "Name"."""
    stem = PurePath(label_of(name)).stem
    spaced = stem if " " in stem else stem.replace("_", " ")
    title = LEADING_NUMBER.sub("", clean(spaced, 300))
    return title.strip("- ") or stem or "Untitled"


def within(number: int | None, low: int, high: int) -> int | None:
    """The number if it is believable, else None."""
    return number if number is not None and low <= number <= high else None


def is_number(text: str) -> bool:
    """Whether this is a number of a row, as an address or a form gives it: more digits fit into no database."""
    return text.isascii() and text.isdigit() and len(text) <= 18
