"""A secret in a file of its own: made once, readable by its owner only, never seen half written."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


def read_or_make(path: Path, length: int) -> str:
    """The secret in `path`; made of `length` random bytes, with the folders above it, at the first call.

    Raises FileNotFoundError when somebody deletes the file meanwhile.
    """
    if not path.exists():
        _make(path, secrets.token_urlsafe(length))
    return path.read_text(encoding="utf-8").strip()


def _make(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(secret)
        with suppress(FileExistsError):  # another process was faster by a moment: its secret counts
            path.hardlink_to(draft)  # whole or not at all: nobody reads a file that is still empty
    finally:
        draft.unlink()
