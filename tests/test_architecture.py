"""Budgets of the house that linters do not hold: small rooms, modules that say what they are for, one writer."""

from __future__ import annotations

import re

import pytest

from tests.sources import ROOT, folder, sources

MOST_LINES = 300
APPS = ("config", "accounts", "catalog", "recommender")
CREATED = re.compile(r"(?<![\w.])(?:Track|Artist|Album)(?:\(|\.objects\.\w*create\w*\()")


def test_rooms_are_small() -> None:
    found = sources(".py", ".js", ".css", ".html")
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in found}
    assert len(lines) > 500
    assert {str(path.relative_to(ROOT)): count for path, count in lines.items() if count > MOST_LINES} == {}


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


def test_browser_tests_share_fixtures_and_helpers_and_not_each_other() -> None:
    for place, text in folder(ROOT / "tests" / "browser", "*.py").items():
        taken = re.findall(r"^from tests\.browser\.((?:test_|conftest)\w*) import", text, re.MULTILINE)
        assert not taken, f"{place} imports from {taken[0]}"
