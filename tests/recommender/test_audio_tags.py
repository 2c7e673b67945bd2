"""What files say about themselves, cleaned; what they cannot say never costs the sound."""

from __future__ import annotations

import io
import struct
import time
from pathlib import Path

import pytest
from PIL import Image

from recommender.audio import tags
from recommender.audio.decode import Decoder
from tests import sounds

NAMES = {
    "title": "Jóga",
    "artist": "Björk",
    "album": "Homogenic",
    "genre": "Electronic",
    "date": "1997-09-22",
    "track": "2/10",
}


@pytest.mark.parametrize("kind", [".mp3", ".flac", ".m4a", ".opus", ".wma", ".webm"])
def test_tags_of_every_kind(kind: str, tmp_path: Path) -> None:
    path = sounds.write(tmp_path / f"named{kind}", sounds.noise(1), tags=NAMES)

    found = tags.read(path, Decoder(path).metadata)

    assert (found.title, found.artist, found.album) == ("Jóga", "Björk", "Homogenic")
    assert (found.genre, found.year, found.track_number) == ("Electronic", 1997, 2)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("BjÃ¶rk", "Björk"),
        ("Björk", "Björk"),
        ("<Unknown>", ""),
        ("Unknown Artist", ""),
        ("[unknown album]", ""),
        ("Track 01", ""),
        ("Unknown Pleasures", "Unknown Pleasures"),
        ("  a \x00 b\n\tc ", "a b c"),
        ("\u202eevil", "evil"),
        ("x" * 10_000, "x" * tags.LONGEST),
        (None, ""),
        (b"bytes", ""),
    ],
)
def test_texts_are_cleaned(raw: object, clean: str) -> None:
    assert tags.text(raw) == clean


@pytest.mark.parametrize(
    ("raw", "expected"), [("1997", 1997), ("22.09.1997", 1997), ("0000", None), ("199", None), ("", None), (None, None)]
)
def test_years(raw: object, expected: int | None) -> None:
    assert tags.year(raw) == expected


@pytest.mark.parametrize(("raw", "expected"), [("2/10", 2), (7, 7), ("0", None), ("99999", None), ("A1", None)])
def test_numbers(raw: object, expected: int | None) -> None:
    assert tags.number(raw) == expected


def picture(data: bytes, claimed: int | None = None) -> bytes:
    """An ID3 tag of a title and a cover whose frame may lie about its length."""
    cover = b"\0image/png\0\x03\0" + data
    tag = sounds.id3([("TIT2", b"\0Covered"), ("APIC", cover)])
    return tag if claimed is None else tag.replace(struct.pack(">I", len(cover)), struct.pack(">I", claimed))


def test_the_cover_comes_as_plain_pixels(tmp_path: Path) -> None:
    embedded = io.BytesIO()
    Image.new("RGB", (20, 10), "navy").save(embedded, "PNG")
    path = tmp_path / "covered.mp3"
    sound = sounds.write(tmp_path / "plain.mp3", sounds.noise(1)).read_bytes()
    path.write_bytes(picture(embedded.getvalue()) + sound)

    found = tags.read(path)

    assert found.title == "Covered"
    assert found.cover == b"P6\n20 10\n255\n" + bytes([0, 0, 128]) * 200


def test_a_cover_that_is_no_picture_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "covered.mp3"
    path.write_bytes(picture(b"\x89PNG-not") + sounds.write(tmp_path / "plain.mp3", sounds.noise(1)).read_bytes())

    assert tags.read(path).cover == b""
    assert tags.read(path).title == "Covered"


def test_a_picture_that_lies_about_its_length_costs_neither_title_nor_sound(tmp_path: Path) -> None:
    path = tmp_path / "liar.mp3"
    path.write_bytes(
        picture(b"x", claimed=0x7FFFFFF) + sounds.write(tmp_path / "plain.mp3", sounds.noise(1)).read_bytes()
    )

    assert tags.read(path).title == "Covered"
    assert sum(len(block.mono) for block in Decoder(path).blocks()) > 10_000


def test_a_reader_that_does_not_come_to_an_end_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every artist is looked for among all before it: half a minute of CPU."""
    monkeypatch.setattr(tags, "PATIENCE", 0.2)
    path = tmp_path / "festival.mp3"
    path.write_bytes(sounds.id3([("TPE1", b"\0artist %d" % number) for number in range(100_000)]))
    before = time.process_time()

    found = tags.read(path, {"title": "All of them"})

    assert time.process_time() - before < 3
    assert (found.title, found.artist) == ("All of them", "")


@pytest.mark.parametrize(
    "content", [b"", b"ID3", b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + b"\xff" * 500, b"OggS" * 100, b"fLaC\xff"]
)
def test_nonsense_reads_as_nothing(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "nonsense.mp3"
    path.write_bytes(content)

    found = tags.read(path)

    assert (found.title, found.artist, found.cover) == ("", "", b"")
