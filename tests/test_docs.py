"""The documentation points at things that exist: pages, headings, files of the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from recommender import maps, questions
from tests.sources import ROOT, sources

PAGES = sorted((ROOT / "docs").glob("*.md"))
LINK = re.compile(r"\]\(([\w./-]*\.md)?(?:#([\w-]+))?\)")
MENTIONED = re.compile(r"\bdocs/[\w-]+\.md")


def anchors(page: Path) -> set[str]:
    """Anchors that a page has, as GitHub makes them of its headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for name, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / name if name else page
        assert target.is_file(), name
        assert not anchor or anchor in anchors(target), f"{name}#{anchor}"


def test_every_page_that_is_mentioned_exists() -> None:
    for path in sources(".py", ".md", ".toml", ".sh", ".html", ".js", ".css"):
        for name in MENTIONED.findall(path.read_text(encoding="utf-8")):
            assert (ROOT / name).is_file(), f"{path.relative_to(ROOT)} points at {name}"


def test_the_glossary_says_where_things_live() -> None:
    glossary = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Glossary")[2]
    rows = [line.split("|")[1:4] for line in glossary.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    for word, _meaning, homes in rows:
        named = re.findall(r"`([\w./]+)`", homes)
        assert named, word
        assert all((ROOT / name).exists() for name in named), (word, named)


def test_the_table_of_the_questions_has_their_signatures() -> None:
    page = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([\w.]+)\(([^`]*)\)`", page, re.MULTILINE)
    assert len(told) > 10
    for name, parameters in told:
        found = getattr(maps, name.removeprefix("maps."), None) or getattr(questions, name, None)
        if found is None:  # of a value, as `Filters.parse`
            continue
        taken = [one for one in parameters.split(", ") if one not in ("", "*")]
        assert [one.partition("=")[0] for one in taken] == list(inspect.signature(found).parameters), name
