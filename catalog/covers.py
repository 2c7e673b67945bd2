"""Pictures of albums, in two sizes.

What is stored was encoded here from plain pixels. Strangers' pictures are decoded in the cell
(`recommender/audio/picture.py`), so nothing of their bytes is ever passed on, and none of them is decoded here.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image

from catalog import storage

FORMATS = ("PPM",)  # a header of three numbers and the pixels: nothing that could go wrong
LARGE, SMALL = 600, 160  # pixels, the longer side
MOST_BYTES = 100 + LARGE * LARGE * 3


def path_of(sha256: str, *, small: bool = False) -> Path:
    """Where a cover lies."""
    return storage.fanned_out("covers", sha256, "webp", f"-{SMALL}" if small else "")


def keep(pixels: bytes) -> str:
    """Encode a picture and store it in two sizes; call it outside of transactions, it takes a while.

    Parameters
    ----------
    pixels : bytes
        Binary PPM of at most LARGE x LARGE pixels.

    Returns
    -------
    str
        Its SHA-256; empty when there is no picture.

    Raises
    ------
    storage.StoreFull
    """
    picture = _read(pixels)
    if picture is None:
        return ""
    large = _encoded(picture, LARGE)
    sha256 = hashlib.sha256(large).hexdigest()
    storage.put(_encoded(picture, SMALL), path_of(sha256, small=True))
    storage.put(large, path_of(sha256))
    return sha256


def _read(pixels: bytes) -> Image.Image | None:
    if not pixels or len(pixels) > MOST_BYTES:
        return None
    try:
        with Image.open(io.BytesIO(pixels), formats=FORMATS) as picture:
            return picture.convert("RGB") if max(picture.size) <= LARGE else None
    except (OSError, ValueError):
        return None


def _encoded(picture: Image.Image, longest: int) -> bytes:
    copy = picture.copy()
    copy.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    target = io.BytesIO()
    copy.save(target, "WEBP", quality=82, method=4)
    return target.getvalue()
