"""Where an Ogg file begins anew: several files one behind the other are one file, says the format."""

from __future__ import annotations

from pathlib import Path

FIRST_PAGE = b"OggS\0\2"  # capture pattern, version, and the flag of a stream's first page
CHUNK = 1 << 20


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
