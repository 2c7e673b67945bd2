"""Pictures of albums: re-encoded before anybody sees them, so that nothing of a stranger's file is passed on."""

from __future__ import annotations

import hashlib
import io
import struct
from pathlib import Path

from PIL import Image, ImageOps

from catalog import storage

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MOST_BYTES = 20_000_000
MOST_PIXELS = 50_000_000  # 7,000 x 7,000: scans of sleeves are that large; 150 MB while they are decoded
LARGE, SMALL = 600, 160  # pixels, the longer side
BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError)


def path_of(sha256: str, *, small: bool = False) -> Path:
    """Where a cover lies."""
    return storage.fanned_out("covers", sha256, "webp", f"-{SMALL}" if small else "")


def keep(data: bytes) -> str:
    """Re-encode a picture and store it in two sizes; returns its SHA-256, empty when it is no picture that we take.

    Raises storage.StoreFull.
    """
    picture = _decoded(data)
    if picture is None:
        return ""
    large = _encoded(picture, LARGE)
    sha256 = hashlib.sha256(large).hexdigest()
    storage.put(_encoded(picture, SMALL), path_of(sha256, small=True))
    storage.put(large, path_of(sha256))
    return sha256


def _decoded(data: bytes) -> Image.Image | None:
    if not data or len(data) > MOST_BYTES:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            picture.draft("RGB", (LARGE, LARGE))  # a JPEG is decoded no larger than needed
            upright = ImageOps.exif_transpose(picture)
            return _opaque(upright)
    except BROKEN:
        return None


def _opaque(picture: Image.Image) -> Image.Image:
    picture.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(ground, layered).convert("RGB")


def _encoded(picture: Image.Image, longest: int) -> bytes:
    copy = picture.copy()
    copy.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    target = io.BytesIO()
    copy.save(target, "WEBP", quality=82, method=4)
    return target.getvalue()
