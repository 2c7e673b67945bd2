"""One supervisor per data folder."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from config.env import Env
from config.supervisor.singleton import RunningAlready, only_one, written_down


def test_the_second_learns_where_the_first_is(tmp_path: Path) -> None:
    lock = tmp_path / "run" / "up.lock"
    with only_one(lock) as tell:
        with pytest.raises(RunningAlready) as early, only_one(lock):
            pass
        assert early.value.url == ""
        tell("http://127.0.0.1:8003")
        with pytest.raises(RunningAlready) as late, only_one(lock):
            pass
        assert late.value.url == "http://127.0.0.1:8003"
    with only_one(lock):
        pass


def test_addresses_are_for_us_alone_and_go_with_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    path = tmp_path / "services.json"
    path.write_text("what a killed process left behind")
    with written_down(path, {"REDIS_URL": "redis://:secret@127.0.0.1:7/0"}):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert json.loads(path.read_text())["REDIS_URL"].endswith(":7/0")
        assert Env(services=path).text("REDIS_URL") == "redis://:secret@127.0.0.1:7/0"
        monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
        assert Env(services=path).text("REDIS_URL") == "redis://elsewhere/0"
    assert not path.exists()
