"""The files of this repository, for tests that read them."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def sources(*suffixes: str) -> list[Path]:
    """What git knows of with these endings, migrations left out."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    paths = [ROOT / name for name in listed if name.endswith(suffixes) and "/migrations/" not in name]
    return [path for path in paths if path.is_file()]


def folder(root: Path, pattern: str) -> dict[str, str]:
    """The files of a folder by their names within it."""
    found = sorted(path for path in root.glob(pattern) if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}
