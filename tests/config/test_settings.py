"""Settings come from the environment, and the documentation knows each of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from config import settings
from config.env import Env
from tests.processes import ROOT, site_environment

DOCUMENTATION = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def test_every_variable_is_documented_and_no_other() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENTATION, re.MULTILINE)
    assert len(documented) == len(set(documented))
    assert set(documented) == {"SEGUE_DATA", *settings.ENV.read}


def test_wrong_values_stop_the_start_and_say_what_to_do(tmp_path: Path) -> None:
    wrong = {"SEGUE_PORT": "eighty", "MILVUS_INDEX_TYPE": "hnsw", "SEGUE_DEBUG": "perhaps"}
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=site_environment(tmp_path, **wrong),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 1
    for name, value in wrong.items():
        assert f"(segue.E001) {name}: '{value}' is" in result.stderr
    assert result.stderr.count("HINT:") == 3


def test_a_secret_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cret\n")
    monkeypatch.setenv("MILVUS_TOKEN_FILE", str(secret))
    monkeypatch.delenv("MILVUS_TOKEN", raising=False)
    assert Env().text("MILVUS_TOKEN") == "s3cret"
    monkeypatch.setenv("MILVUS_TOKEN_FILE", str(tmp_path / "none"))
    env = Env()
    assert env.text("MILVUS_TOKEN", "default") == "default"
    assert env.problems[0][0] == "MILVUS_TOKEN_FILE"


def test_tests_keep_off_the_real_data_folder() -> None:
    from django.conf import settings as active

    assert active.DATA_DIR != ROOT / "var"
    assert not active.MEDIA_DIR.is_relative_to(ROOT)
