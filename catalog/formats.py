"""Which files are taken in, told by their first bytes. Whether they decode as well, a cell finds out later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

HEAD = 4096  # bytes that are looked at


@dataclass(frozen=True, slots=True)
class Family:
    """Formats that begin alike. The first extension is the usual one."""

    extensions: tuple[str, ...]
    offset: int
    marks: tuple[bytes, ...]

    def begins(self, head: bytes) -> bool:
        """Whether the first bytes of a file are of this family."""
        return head.startswith(self.marks, self.offset)


# MPEG audio: eleven ones, a version that exists, a layer that exists.
SYNC_WORDS = tuple(bytes((0xFF, second)) for second in range(0xE0, 0x100) if second & 0x18 != 0x08 and second & 0x06)
# ADTS stands before MPEG audio: its sync word is a special case of theirs.
FAMILIES = (
    Family(("flac",), 0, (b"fLaC",)),
    Family(("ogg", "oga", "opus"), 0, (b"OggS",)),
    Family(("wav",), 8, (b"WAVE",)),
    Family(("aiff", "aif", "aifc"), 8, (b"AIFF", b"AIFC")),
    Family(("m4a", "mp4", "m4b"), 4, (b"ftyp",)),
    Family(("wma", "asf"), 0, (bytes.fromhex("3026b2758e66cf11"),)),
    Family(("webm", "mka"), 0, (bytes.fromhex("1a45dfa3"),)),
    Family(("aac",), 0, (b"\xff\xf0", b"\xff\xf1", b"\xff\xf8", b"\xff\xf9", b"ADIF")),
    Family(("mp3",), 0, (b"ID3", *SYNC_WORDS)),
)
MEDIA_TYPES = {
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "aiff": "audio/aiff",
    "aif": "audio/aiff",
    "aifc": "audio/aiff",
    "m4a": "audio/mp4",
    "mp4": "audio/mp4",
    "m4b": "audio/mp4",
    "wma": "audio/x-ms-wma",
    "asf": "audio/x-ms-wma",
    "webm": "audio/webm",
    "mka": "audio/x-matroska",
    "aac": "audio/aac",
    "mp3": "audio/mpeg",
}


def extension_of(name: str) -> str | None:
    """The extension of a file's name, lower-case and without its dot, if it is one that we take; else None."""
    given = PurePath(name).suffix.lower().removeprefix(".")
    return given if given in MEDIA_TYPES else None


def sound_files(path: Path) -> Iterator[Path]:
    """The file itself, or everything below the folder that is called like sound, in the order of the names."""
    if path.is_file():
        return iter([path])
    return (file for file in sorted(path.rglob("*")) if extension_of(file.name) and file.is_file())


def recognise(head: bytes, given: str) -> str | None:
    """Tell a format by the first bytes of a file; returns the extension to keep it under, None when it is not audio.

    What the bytes say wins over the name; the name only chooses among formats that begin alike (Vorbis and Opus).
    """
    head = head.lstrip(b"\0") if given == "mp3" else head  # some encoders pad the start
    if head.startswith(b"ID3") and given in {"flac", "aac"}:
        return given  # a tag in front of what should not have one: met in the wild, and decoders step over it
    for family in FAMILIES:
        if family.begins(head):
            return given if given in family.extensions else family.extensions[0]
    return None
