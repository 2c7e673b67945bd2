"""Whole files in whose headers one field was changed, heard in a real cell: the sound as it is, or a refusal."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from recommender import pipeline
from recommender.audio import ogg
from recommender.encoders.base import Windows
from recommender.errors import AnalysisError
from recommender.measurement import Heard
from recommender.sandbox import Limits
from tests import sounds

pytestmark = pytest.mark.services

MEL = Windows(16_000, 187 * 256 / 16_000, 24, "logmel96", (187, 96))
SECONDS = 5.0
ALL, MOST = b"\xff" * 4, b"\x7f\xff\xff\xff"
NAN, ENDLESS = struct.pack(">d", float("nan")), struct.pack(">d", 1e300)
WHOLE, REFUSED = "whole", "refused"
PATCHES = [  # kind, mark before the field, bytes between both, what is written there, what comes of it
    (".flac", b"fLaC", 4 + 13, b"\xf0" + ALL[:4], WHOLE),  # how many samples
    (".flac", b"fLaC", 4 + 18, bytes(range(16)), WHOLE),  # MD5 of them
    (".flac", b"fLaC", 4 + 10, b"\x01\xf4\x0e", WHOLE),  # rate, channels
    (".m4a", b"mvhd", 16, ALL, WHOLE),  # length
    (".m4a", b"mdhd", 12, bytes(4), REFUSED),  # ticks a second
    (".m4a", b"elst", 8, ALL, WHOLE),  # length of the edit
    (".m4a", b"elst", 12, MOST, REFUSED),  # where it begins
    (".m4a", b"stts", 8, ALL, WHOLE),  # how many packets
    (".m4a", b"stts", 4, MOST, REFUSED),  # how many entries
    (".m4a", b"stsz", 8, ALL, REFUSED),  # how many sizes
    (".m4a", b"stco", 8, ALL, REFUSED),  # where the packets lie
    (".m4a", b"mp4a", 16, b"\xea\x60", WHOLE),  # channels
    (".m4a", b"trak", -8, bytes(4), WHOLE),  # size of the box
    (".alac.m4a", b"\0\0\0\x24alac\0\0\0\0", 0, ALL, REFUSED),  # samples of a frame
    (".mp3", b"Info", 4, ALL, WHOLE),  # how many frames
    (".mp3", b"Info", 4, bytes(4), WHOLE),
    (".wma", bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"), 76, ALL * 2, REFUSED),  # sizes of packets
    (".wma", bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"), 48, ALL + MOST[::-1], WHOLE),  # length
    (".mka", b"\x44\x89\x88", 0, NAN, WHOLE),  # length
    (".mka", b"\x44\x89\x88", 0, ENDLESS, WHOLE),
    (".mka", b"\x2a\xd7\xb1\x83", 0, bytes(3), WHOLE),  # nanoseconds of a tick
    (".webm", b"\xb5\x88", 0, NAN, WHOLE),  # rate
    (".webm", b"\x9f\x81", 0, b"\xc8", WHOLE),  # channels
    (".aiff", b"COMM", 6, ALL, WHOLE),  # how many samples
    (".aiff", b"COMM", 12, b"\x7f\xff" + ALL * 2, REFUSED),  # rate
    (".aiff", b"SSND", 4, ALL, REFUSED),  # where they begin
    (".wav", b"data", 0, ALL, WHOLE),  # how many bytes
    (".wav", b"fmt ", 12, bytes(4), WHOLE),  # bytes a second
    (".opus", b"OpusHead", 4, bytes(4), WHOLE),  # rate
    (".opus", b"OpusHead", 8, b"\xff\x7f", REFUSED),  # gain: 128 dB above full scale
    (".opus", b"OpusHead", 10, b"\xff", REFUSED),  # how channels are told apart
]


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of intact files, one of each kind."""
    folder = tmp_path_factory.mktemp("wholes")
    song = sounds.song(SECONDS, rate=48_000)
    for kind in {kind for kind, *_ in PATCHES}:
        sounds.write(folder / f"whole{kind}", np.stack([song, song / 2]), rate=48_000)
    return folder


@pytest.mark.parametrize(("kind", "mark", "behind", "written", "becomes"), PATCHES)
def test_a_field_that_lies_costs_no_cell(
    kind: str, mark: bytes, behind: int, written: bytes, becomes: str, wholes: Path, tmp_path: Path
) -> None:
    content = bytearray((wholes / f"whole{kind}").read_bytes())
    at = content.index(mark) + len(mark) + behind
    content[at : at + len(written)] = written
    if kind == ".opus":
        mend(content)
    path = tmp_path / f"patched{kind}"
    path.write_bytes(content)

    ((_, found),) = pipeline.hear_many([path], MEL, limits=Limits(memory_bytes=256 << 20, cpu_seconds=10))

    if becomes == REFUSED:
        assert isinstance(found, AnalysisError)
    else:
        assert isinstance(found, Heard), found
        assert found.decoded.seconds == pytest.approx(SECONDS, abs=0.1)
        assert np.isfinite(found.loudness.integrated)
        assert np.isfinite(found.patches.astype(np.float32)).all()


def mend(content: bytearray) -> None:
    """Write the checksum of the first page anew."""
    size = ogg.HEAD + content[26] + sum(content[ogg.HEAD : ogg.HEAD + content[26]])
    content[22:26] = bytes(4)
    content[22:26] = ogg._checksum(bytes(content[:size])).to_bytes(4, "little")
