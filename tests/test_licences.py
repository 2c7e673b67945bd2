"""docs/licences.md names everything that a standard installation brings."""

from __future__ import annotations

import json
import re
from importlib import util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "licences.md").read_text()


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    spec = util.spec_from_file_location("licences", ROOT / "scripts" / "licences.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_installed_package_is_listed_with_its_licence(licences: ModuleType) -> None:
    rows = {tuple(cell.strip() for cell in line.strip("|").split("|")) for line in PAGE.splitlines() if line[:1] == "|"}
    listed = {row[0]: row[2] for row in rows if len(row) == 3}
    for name, distribution in licences.resolution(ROOT / "requirements.txt").items():
        assert listed.get(name) == licences.licence(distribution), f"{name}: run scripts/licences.py"


def test_everything_fetched_is_listed() -> None:
    for line in (ROOT / "requirements-models.txt").read_text().splitlines():
        if found := re.match(r"([\w-]+)==(\S+)", line):
            assert f"`{found[1]}` {found[2]}" in PAGE


def test_every_npm_package_is_listed_with_its_licence() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    section = PAGE.partition("## npm packages")[2].partition("\n## ")[0]
    for name, version in lock[""]["devDependencies"].items():
        assert f"| {name} | {version} | {lock[f'node_modules/{name}']['license']} |" in section
    brought = {found["license"] for path, found in lock.items() if path}
    words = section.replace(",", " ").split()
    assert {licence.partition("-")[0] if licence.startswith("BSD") else licence for licence in brought} <= set(words)
    assert not [licence for licence in brought if "GPL" in licence]


def test_no_strong_copyleft_among_the_packages(licences: ModuleType) -> None:
    for name, distribution in licences.resolution(ROOT / "requirements.txt").items():
        assert not re.search(r"(?<!L)GPL", licences.licence(distribution)), name
