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
    result = _check(tmp_path, **wrong)
    assert result.returncode == 1
    for name, value in wrong.items():
        assert f"(segue.E001) {name}: '{value}' is" in result.stderr
    assert result.stderr.count("HINT:") == 3


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("redis://:secret@host:6379/0", ""),
        ("", ""),
        ("host:6379", "begins with redis:// or rediss://"),
        ("http://:secret@host", "begins with redis:// or rediss://"),
        ("redis://:secret@host:port/0", "makes no sense: Port"),
        ("redis://[host", "makes no sense"),
        ("redis://host:0", "port 0"),
        ("redis://", "names no server"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    address: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", address)
    env = Env()
    assert env.address("REDIS_URL", settings.REDIS_SCHEMES) == ("" if problem else address)
    told = [" ".join(found) for found in env.problems]
    assert len(told) == bool(problem)
    assert all(problem in one and "write it like redis://" in one and "secret" not in one for one in told)


@pytest.mark.parametrize("wrong", ["mysql://u:secret@host/x", "sqlite.db", "postgres://u:secret@host:x/y"])
def test_a_wrong_database_stops_the_start_without_a_traceback(wrong: str, tmp_path: Path) -> None:
    result = _check(tmp_path, DATABASE_URL=wrong)
    assert result.returncode == 1
    assert "(segue.E001) DATABASE_URL: " in result.stderr
    assert "Traceback" not in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.parametrize("name", ["SEGUE_DATA", "SEGUE_MEDIA"])
def test_a_folder_that_cannot_be_made_is_told_in_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = _check(tmp_path, **{name: str(tmp_path / "file" / "folder")})
    assert result.returncode == 1
    assert re.fullmatch(rf"{name}: cannot write in .*: Not a directory\. Name a folder .*\n", result.stderr)


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


@pytest.mark.slow
@pytest.mark.parametrize("command", [["index_versions"], ["reanalyse", "--dry-run"]])
def test_commands_before_the_first_start_say_what_is_missing(command: list[str], tmp_path: Path) -> None:
    result = _run(command, tmp_path)
    assert result.returncode == 1
    assert re.fullmatch(r"the database says: no such table: \w+\. .*`manage.py up`.*DATABASE_URL.*\n", result.stderr)


@pytest.mark.slow
def test_who_wants_to_see_where_it_happened_is_shown(tmp_path: Path) -> None:
    """Whatever the command: the same door lets all of them in."""
    assert "Traceback" in _run(["index_versions", "--traceback"], tmp_path).stderr


def _check(data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return _run(["check"], data, **environment)


def _run(command: list[str], data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env=site_environment(data, **environment),
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
