"""How single values of the environment are read."""

from __future__ import annotations

import pytest

from config.env import Env


@pytest.mark.parametrize("value", ["--5", "5-", "4.5", "-5", "five"])
def test_what_is_no_number_within_bounds_is_a_problem_and_not_an_error(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGUE_PORT", value)
    env = Env()
    assert env.number("SEGUE_PORT", 7, low=0, high=9) == 7
    assert [name for name, *_ in env.problems] == ["SEGUE_PORT"]
