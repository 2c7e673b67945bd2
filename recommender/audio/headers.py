"""What ffmpeg does not tell of a header, or gets wrong, read from the bytes themselves."""

from __future__ import annotations

import re
import struct
from os import SEEK_CUR
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

COUNTING = re.compile(rb"VBRI|(Xing|Info)...[\x01\x03\x05\x07\x09\x0b\x0d\x0f]", re.DOTALL)  # bit 0: how many frames
OPEN_END = 0xFFFF_FF00  # from here on a WAV header means: a stream, nobody knew its length
EXTENSIBLE = 0xFFFE  # tag of a WAV that tells both how large samples are and how much of them counts
MOST_CHUNKS = 1000  # of a WAV before its sound
LOOK = 1 << 20  # bytes of sound that are looked at
INFINITE = 0x7F80_0000  # bits of a float that is no number; small negative integers have them all


def tag_length(path: Path) -> int:
    """Bytes of the ID3v2 tag before the sound; 0 where there is none.

    Nothing in it is needed to decode, and ffmpeg looks for each frame among all before it: 200,000 take minutes. Of one
    that claims more than there is, only the head counts: sound may begin anywhere behind.
    """
    with path.open("rb") as file:
        head = file.read(10)
    if len(head) < 10 or not head.startswith(b"ID3"):
        return 0
    footer = 10 if head[5] & 0x10 else 0
    length = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True)) + footer
    return length if length < path.stat().st_size else len(head)


def counts_frames(path: Path, form: str) -> bool:
    """Whether a format tells its length, rather than letting us guess it: bare streams of MP3 and AAC do not.

    MP3 may have a head that does, with a flag for whether it knows the number of frames.
    """
    if form not in {"mp3", "aac"}:
        return True
    with path.open("rb") as file:
        file.seek(tag_length(path))
        frame = file.read(4096)
    return form == "mp3" and COUNTING.search(frame) is not None


def is_cut(path: Path) -> bool:
    """Whether a WAV or AIFF file announces more bytes than it has; ffmpeg corrects that without a word."""
    with path.open("rb") as file:
        head = file.read(8)
    order: Literal["little", "big"] = "big" if head.startswith(b"FORM") else "little"
    size = int.from_bytes(head[4:], order) if head[:4] in {b"RIFF", b"FORM"} else 0
    return path.stat().st_size < size + 8 and size < OPEN_END


def is_misread(path: Path, codec: str) -> bool:
    """Whether ffmpeg takes the samples of a WAV file for others than they are; libsndfile does not.

    Of samples of 32 bits 24 may count, as many recorders write. ffmpeg reads three bytes of each four then, or it takes
    integers for the floats that an old editor wrote under the same header.
    """
    found = re.search(r"\d+", codec)
    with path.open("rb") as file:
        tag, bits = _form(file)
        if not bits or not codec.startswith("pcm_") or not found or int(found[0]) == bits:
            return False
        sound = file.read(LOOK)
    words = np.frombuffer(sound[: len(sound) // 4 * 4], "<u4")
    return tag == EXTENSIBLE or (codec == "pcm_f24le" and bool(((words & INFINITE) == INFINITE).any()))


def _form(file: BinaryIO) -> tuple[int, int]:
    """Tag and bits of a sample of a WAV file, read up to its sound; zeros for any other."""
    tag, bits = 0, 0
    if file.read(12)[8:] != b"WAVE":
        return 0, 0
    for _ in range(MOST_CHUNKS):
        head = file.read(8)
        size = int.from_bytes(head[4:], "little")
        if head[:4] == b"fmt " and 16 <= size < LOOK:
            tag, channels, align = struct.unpack_from("<HH8xH", file.read(size + size % 2).ljust(16, b"\0"))
            bits = align * 8 // channels if channels and align % channels == 0 else 0
        elif head[:4] == b"data" or len(head) < 8:
            break
        else:
            file.seek(size + size % 2, SEEK_CUR)
    return tag, bits
