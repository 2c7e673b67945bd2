"""Ratings of excerpts become a manifest that `evaluate` reads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from recommender.evaluation import manifest
from tests.sources import ROOT

SCRIPT = ROOT / "scripts" / "musifeast_manifest.py"
HEAD = '"","CLIP_NAME","GENRE","TRACK_TITLE","valence_M","valence_SD","arousal_M"\n'


def run(dataset: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(target), "--dataset", str(dataset)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "MUSIFEAST-17"
    (folder / "data").mkdir(parents=True)
    (folder / "stimuli").mkdir()
    rows = ['"1","60s_HIGH_01","60s","As, We",3.5,.9,2.5', '"2","VG_LOW_02","Video game","B",2.25,1,4']
    (folder / "data" / "MUSIFEAST17_all.csv").write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "stimuli" / "60s_HIGH_01.mp3").touch()
    (folder / "stimuli" / "VG_LOW_02.mp3").touch()
    return folder


def test_evaluate_reads_what_is_written(dataset: Path, tmp_path: Path) -> None:
    done = run(dataset, tmp_path / "out.csv")
    assert done.stdout == f"2 rated excerpts in {tmp_path / 'out.csv'}\n"
    first, second = manifest.read(tmp_path / "out.csv")
    assert first.path == (dataset / "stimuli" / "60s_HIGH_01.mp3").resolve()
    assert (first.labels["style"], first.moods) == ("60s", {"valence": 3.5, "arousal": 2.5})
    assert (second.labels["style"], second.moods) == ("Video game", {"valence": 2.25, "arousal": 4.0})


def test_an_excerpt_that_is_missing_is_left_out(dataset: Path, tmp_path: Path) -> None:
    (dataset / "stimuli" / "VG_LOW_02.mp3").unlink()
    assert run(dataset, tmp_path / "out.csv").stdout.startswith("1 rated")
    (one,) = manifest.read(tmp_path / "out.csv")
    assert one.path.name == "60s_HIGH_01.mp3"


@pytest.mark.parametrize(
    ("broken", "said"),
    [("ratings", "is no checkout of MUSIFEAST-17"), ("columns", "no column 'arousal_M'"), ("sound", "none of the 2")],
)
def test_what_is_no_checkout_is_refused(dataset: Path, tmp_path: Path, broken: str, said: str) -> None:
    ratings = dataset / "data" / "MUSIFEAST17_all.csv"
    if broken == "ratings":
        ratings.unlink()
    elif broken == "columns":
        ratings.write_text(ratings.read_text(encoding="utf-8").replace("arousal_M", "a"), encoding="utf-8")
    else:
        for clip in (dataset / "stimuli").iterdir():
            clip.unlink()
    done = run(dataset, tmp_path / "out.csv")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.csv").exists()
