"""The cover inside a file, as plain pixels: all decoding of strangers' pictures happens here, inside the cell."""

from __future__ import annotations

import io
import struct

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MOST_BYTES = 20_000_000
MOST_PIXELS = 50_000_000  # 7,000 x 7,000: scans of sleeves are that large; 150 MB while they are decoded
SIDE = 600  # pixels: no page shows more
# What Pillow raises over hostile bytes. A picture that does not fit into the cell must not cost the sound either.
BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError, MemoryError)


def plain(data: bytes) -> bytes:
    """A picture as binary PPM, upright, opaque, at most `SIDE` pixels a side; empty when it is none that we take."""
    if not data or len(data) > MOST_BYTES:
        return b""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return b""
            picture.draft("RGB", (SIDE, SIDE))  # a JPEG is decoded no larger than needed
            picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
            target = io.BytesIO()
            _opaque(ImageOps.exif_transpose(picture)).save(target, "PPM")
            return target.getvalue()
    except BROKEN:
        return b""


def _opaque(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(ground, layered).convert("RGB")
