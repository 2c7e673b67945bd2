"""HTTP byte ranges (RFC 9110, section 14), as players ask for them when somebody seeks."""

from __future__ import annotations

import re
from dataclasses import dataclass

ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)

LONGEST = 100  # characters


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to `stop`, exclusive."""

    start: int
    stop: int


class Unsatisfiable(Exception):
    """A range that begins behind the end of the file."""


def asked_span(header: str, size: int) -> Span | None:
    """The bytes that a Range header asks for; None when the whole file is the right answer.

    Several ranges and malformed headers are answered with the whole file, as the standard allows.
    Raises Unsatisfiable.
    """
    # A pattern with blanks on both sides of something optional needs hours for a header of nothing but blanks.
    match = ONE_RANGE.fullmatch(header.strip()) if len(header) <= LONGEST else None
    if match is None:
        return None
    first, last = match.groups()
    if not first:
        return _suffix(last, size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Span(start, min(int(last) + 1, size) if last else size)


def _suffix(length: str, size: int) -> Span | None:
    if not length:
        return None
    if int(length) == 0 or size == 0:
        raise Unsatisfiable
    return Span(max(size - int(length), 0), size)
