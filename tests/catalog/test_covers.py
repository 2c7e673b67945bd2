"""Covers are encoded here from plain pixels, in two sizes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from catalog import covers


def picture(size: tuple[int, int], kind: str = "PPM") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(target, kind)
    return target.getvalue()


def test_pictures_are_stored_in_two_sizes() -> None:
    sha256 = covers.keep(picture((600, 400)))
    with Image.open(covers.path_of(sha256)) as large, Image.open(covers.path_of(sha256, small=True)) as small:
        assert (large.format, large.size, large.mode) == ("WEBP", (600, 400), "RGB")
        assert small.size == (160, 107)


def test_the_same_picture_is_stored_once(media: Path) -> None:
    assert covers.keep(picture((100, 100))) == covers.keep(picture((100, 100)))
    assert len(list((media / "covers").rglob("*.webp"))) == 2


@pytest.mark.parametrize(
    "data",
    [b"", b"P6", b"P6 600 600 255\n", picture((100, 100))[:500], picture((300, 300), "PNG"), picture((601, 1))],
    ids=["nothing", "cut header", "no pixels", "cut", "not plain", "too wide"],
)
def test_what_is_not_plain_pixels_is_left_out(data: bytes, media: Path) -> None:
    assert covers.keep(data) == ""
    assert not (media / "covers").exists()
