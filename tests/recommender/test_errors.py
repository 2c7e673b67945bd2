"""Every code that people may meet is explained."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.gate import Refusal
from recommender.errors import Code

EXPLAINED = (Path(__file__).resolve().parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", [*Code, *Refusal])
def test_the_docs_explain_every_code(code: Code | Refusal) -> None:
    assert f"| `{code}` |" in EXPLAINED
