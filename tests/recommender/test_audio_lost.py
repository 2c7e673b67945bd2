"""Sound that is missing is told of, however little of the whole it is; whole files tell of nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.audio import ogg
from recommender.audio.decode import Decoder
from recommender.audio.headers import counts_frames
from recommender.measurement import Decoded
from tests import sounds

SECONDS = 100.0
LOST = 0.012  # of the file, in its middle
OGG = [".ogg", ".opus"]
STREAMS = [*OGG, ".flac", ".mp3", ".wma"]
TABLES = [".m4a", ".alac.m4a"]  # tell where each packet lies: cut out, all behind it would be lost


def report(path: Path) -> Decoded:
    """What decoding all of a file tells of it."""
    decoder = Decoder(path)
    for _ in decoder.blocks():
        pass
    return decoder.report()[0]


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of intact files of noise, one of each kind."""
    folder = tmp_path_factory.mktemp("wholes")
    for kind in sounds.KINDS:
        sounds.write(folder / f"whole{kind}", sounds.noise(SECONDS, rate=48_000), rate=48_000)
    return folder


@pytest.fixture(scope="module")
def pages(wholes: Path) -> dict[str, list[bytes]]:
    """The pages of an intact file of each kind of Ogg."""
    found = {}
    for kind in OGG:
        whole = (wholes / f"whole{kind}").read_bytes()
        found[kind] = [ogg.CAPTURE + part for part in whole.split(ogg.CAPTURE)[1:]]
        assert len(found[kind]) > 20
    return found


def lost(folder: Path, *parts: bytes) -> int:
    """Pages that are lost of these bytes as one file."""
    path = folder / "file.ogg"
    path.write_bytes(b"".join(parts))
    return ogg.lost_pages(path)


@pytest.mark.parametrize("kind", sounds.KINDS)
def test_nothing_is_missing_from_a_whole_file(kind: str, wholes: Path) -> None:
    found = report(wholes / f"whole{kind}")

    assert (found.truncated, found.packet_errors) == (False, 0)


@pytest.mark.parametrize(
    ("kind", "filling"), [*((kind, b"\0") for kind in STREAMS + TABLES), *((kind, b"") for kind in STREAMS)]
)
def test_a_second_that_is_missing_from_the_middle_is_told_of(
    kind: str, filling: bytes, wholes: Path, tmp_path: Path
) -> None:
    content = (wholes / f"whole{kind}").read_bytes()
    begin, size = len(content) // 2, int(len(content) * LOST)
    path = tmp_path / f"hurt{kind}"
    path.write_bytes(content[:begin] + filling * size + content[begin + size :])

    found = report(path)

    assert SECONDS * 0.96 < found.seconds < SECONDS - 0.5
    assert found.truncated
    if kind in OGG:
        assert 1 <= found.packet_errors < 10


@pytest.mark.parametrize("kind", [".m4a", ".mp3", ".wma"])
def test_what_a_decoder_makes_of_damage_is_not_the_loudest_part(kind: str, tmp_path: Path) -> None:
    """Bursts far above full scale come of a few wrong bytes."""
    whole = sounds.write(tmp_path / f"whole{kind}", sounds.song(30)).read_bytes()
    usual, rng = loudness(tmp_path / f"whole{kind}"), np.random.default_rng(0)
    for number in range(10):
        content = bytearray(whole)
        for place in rng.integers(len(whole) // 10, len(whole) * 9 // 10, 6):
            content[place : place + 4] = rng.bytes(4)
        path = tmp_path / f"hurt{number}{kind}"
        path.write_bytes(content)
        assert loudness(path) < usual + 1.5


def loudness(path: Path) -> float:
    """Root mean square of all of the mix in dB."""
    mono = np.concatenate([block.mono for block in Decoder(path).blocks()])
    return float(10 * np.log10(np.mean(mono.astype(np.float64) ** 2)))


@pytest.mark.parametrize("kind", OGG)
def test_pages_that_never_came_are_counted(kind: str, pages: dict[str, list[bytes]], tmp_path: Path) -> None:
    parts = pages[kind]

    assert lost(tmp_path, *parts) == 0
    assert lost(tmp_path, *parts[:5], *parts[7:15], *parts[16:]) == 3
    assert lost(tmp_path, *parts[:5], parts[5][:-1] + bytes([parts[5][-1] ^ 1]), *parts[6:]) == 1
    assert lost(tmp_path, *parts[:9], parts[9][:-1]) == 1
    assert lost(tmp_path, *parts[:9], bytes(100_000)) == 1
    assert lost(tmp_path, *parts, *parts[:5], *parts[6:]) == 1


@pytest.mark.parametrize("kind", OGG)
def test_what_takes_nothing_away_is_no_loss(kind: str, pages: dict[str, list[bytes]], tmp_path: Path) -> None:
    parts = pages[kind]

    assert lost(tmp_path, *parts[:9]) == 0  # a recording that was stopped
    assert lost(tmp_path, *parts[:9], b"junk OggS\0\0 junk" * 9, *parts[9:], b"TAG" + bytes(125)) == 0
    assert lost(tmp_path, *parts, *parts) == 0


def test_pages_of_pictures_are_not_missed(pages: dict[str, list[bytes]], tmp_path: Path) -> None:
    picture = bytearray(pages[".ogg"][0].replace(b"\x01vorbis", b"\x80theora"))
    picture[22:26] = bytes(4)
    picture[22:26] = ogg._checksum(bytes(picture)).to_bytes(4, "little")

    assert lost(tmp_path, bytes(picture), *pages[".ogg"][3:]) == 0


def test_a_file_of_false_pages_is_read_in_no_time(tmp_path: Path) -> None:
    page = ogg.CAPTURE + bytes(21) + b"\xff" * 256

    assert lost(tmp_path, page * 100_000) == 0
    assert ogg._size((page * 300)[: ogg.LARGEST], 0) == 0


@pytest.mark.parametrize("size", [ogg.LARGEST // 3, ogg.LARGEST + 1])
def test_how_much_is_read_at_a_time_changes_nothing(
    size: int, pages: dict[str, list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ogg, "CHUNK", size)

    for parts in pages.values():
        assert lost(tmp_path, *parts[:5], *parts[7:15], b"Ogg", *parts[16:], b"Ogg") == 3


@pytest.mark.parametrize(("flags", "told"), [(1, True), (15, True), (0, False), (14, False)])
def test_a_head_of_mp3_that_counts_no_frames_promises_nothing(flags: int, told: bool, tmp_path: Path) -> None:
    path = tmp_path / "head.mp3"
    path.write_bytes(b"\xff\xfb\x90\x64" + bytes(32) + b"Xing" + flags.to_bytes(4, "big") + bytes(400))

    assert counts_frames(path, "mp3") == told
