from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from catalog import covers


def picture(size: tuple[int, int], kind: str, mode: str = "RGB", **options: object) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, 120 if mode == "P" else (200, 30, 30, 128)[: len(mode)]).save(target, kind, **options)
    return target.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"), ("GIF", "P"), ("BMP", "RGB")]
)
def test_pictures_are_re_encoded_in_two_sizes(kind: str, mode: str) -> None:
    sha256 = covers.keep(picture((900, 600), kind, mode))
    with Image.open(covers.path_of(sha256)) as large, Image.open(covers.path_of(sha256, small=True)) as small:
        assert (large.format, large.size, large.mode) == ("WEBP", (600, 400), "RGB")
        assert small.size == (160, 107)


def test_the_same_picture_is_stored_once(media: Path) -> None:
    assert covers.keep(picture((100, 100), "PNG")) == covers.keep(picture((100, 100), "PNG"))
    assert len(list((media / "covers").rglob("*.webp"))) == 2


def test_transparency_becomes_white() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(target, "PNG")
    with Image.open(covers.path_of(covers.keep(target.getvalue()))) as kept:
        assert min(kept.getpixel((25, 25))) > 250


def bomb() -> bytes:
    """A PNG of 20,000 x 20,000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        picture((300, 300), "PNG")[:120],
        picture((300, 300), "TIFF"),
        bomb(),
    ],
    ids=["nothing", "text", "svg", "cut", "tiff", "bomb"],
)
def test_what_is_no_picture_is_left_out(data: bytes, media: Path) -> None:
    assert covers.keep(data) == ""
    assert not (media / "covers").exists()
