"""Pictures of strangers become plain pixels, or nothing."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from recommender.audio import picture


def a_picture(size: tuple[int, int], kind: str, mode: str = "RGB", **options: object) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, 120 if mode == "P" else (200, 30, 30, 128)[: len(mode)]).save(target, kind, **options)
    return target.getvalue()


def pixels(data: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(picture.plain(data)))
    assert (found.format, found.mode) == ("PPM", "RGB")
    return found


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"), ("GIF", "P"), ("BMP", "RGB")]
)
def test_pictures_of_all_kinds_become_small_enough(kind: str, mode: str) -> None:
    assert pixels(a_picture((900, 600), kind, mode)).size == (600, 400)


def test_small_ones_keep_their_size() -> None:
    assert pixels(a_picture((30, 40), "PNG")).size == (30, 40)


def test_transparency_becomes_white() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(target, "PNG")
    assert pixels(target.getvalue()).getpixel((25, 25)) == (255, 255, 255)


def test_what_a_camera_turned_is_turned_back() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert pixels(a_picture((900, 600), "JPEG", exif=exif)).size == (400, 600)


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
        a_picture((300, 300), "PNG")[:120],
        a_picture((300, 300), "TIFF"),
        bomb(),
    ],
    ids=["nothing", "text", "svg", "cut", "tiff", "bomb"],
)
def test_what_is_no_picture_is_left_out(data: bytes) -> None:
    assert picture.plain(data) == b""


def test_more_than_a_picture_needs_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST_BYTES", 10)
    assert picture.plain(a_picture((30, 40), "PNG")) == b""
