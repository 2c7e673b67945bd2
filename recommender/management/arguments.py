"""What commands take on their line, refused before the work begins rather than after it."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path


def file_to_write(text: str) -> Path:
    """A file that can be written; ArgumentTypeError where there is no folder for it, or none of ours."""
    path = Path(text)
    if path.is_dir():
        raise ArgumentTypeError(f"{path} is a folder, name a file in it")
    if not path.absolute().parent.is_dir():
        raise ArgumentTypeError(f"there is no folder {path.absolute().parent}")
    if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise ArgumentTypeError(f"{path} cannot be written")
    return path


def at_least(least: int) -> Callable[[str], int]:
    """Read a whole number that is not below `least`."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError as error:
            raise ArgumentTypeError(f"{text!r} is no whole number") from error
        if value < least:
            raise ArgumentTypeError(f"{least} or more, not {value}")
        return value

    return number
