from __future__ import annotations

import re
from pathlib import Path

from catalog.gate import Refusal
from recommender.errors import Code

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"


def test_every_code_is_explained_and_no_other() -> None:
    explained = re.findall(r"^\| `(\w+)` \| \S.* \| \S.* \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(explained) == sorted([*Refusal, *Code])
