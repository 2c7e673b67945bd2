"""Budgets of the house that linters do not hold: small rooms, modules that say what they are for, one writer."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 300
APPS = ("config", "accounts", "catalog", "recommender")
CREATED = re.compile(r"(?<![\w.])(?:Track|Artist|Album)(?:\(|\.objects\.\w*create\w*\()")


def sources(*suffixes: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    paths = [ROOT / name for name in listed if name.endswith(suffixes) and "/migrations/" not in name]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("path", sources(".py", ".js", ".css", ".html"), ids=lambda path: str(path.relative_to(ROOT)))
def test_rooms_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_the_catalogue_is_written_by_intake_only() -> None:
    """Its rows come into being in one place, so that the signals are never forgotten."""
    for path in sources(".py"):
        relative = path.relative_to(ROOT).as_posix()
        if relative.startswith(APPS) and relative not in {"catalog/intake.py", "catalog/models.py"}:
            assert not CREATED.findall(path.read_text(encoding="utf-8")), relative


@pytest.mark.parametrize("app", APPS)
def test_every_module_says_what_it_is_for(app: str) -> None:
    for path in sources(".py"):
        if path.relative_to(ROOT).parts[0] == app and path.name != "__init__.py":
            assert path.read_text(encoding="utf-8").lstrip().startswith(('"""', "#!")), path
