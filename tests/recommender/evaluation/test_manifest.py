"""Truth from a CSV: what is read, what is refused, and how it says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recommender.evaluation import manifest
from recommender.evaluation.manifest import ManifestError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.ogg", "b.ogg", "c.ogg"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def read(folder: Path, text: str) -> list[manifest.Recording]:
    path = folder / "truth.csv"
    path.write_text(text, encoding="utf-8")
    return manifest.read(path)


def test_paths_are_relative_to_the_manifest(folder: Path) -> None:
    found = read(folder, "path,bpm\na.ogg,120\nb.ogg,\n")
    assert [one.path for one in found] == [folder / "a.ogg", folder / "b.ogg"]
    assert [one.bpm for one in found] == [120.0, None]


def test_names_of_columns_may_be_written_in_capitals(folder: Path) -> None:
    assert read(folder, "Path, BPM\na.ogg,120\n")[0].bpm == 120.0


def test_unknown_columns_are_ignored_and_unknown_cells_are_unknown(folder: Path) -> None:
    found = read(folder, "path,artist,licence,valence\na.ogg, Clara ,CC0,0.5\nb.ogg,,CC0,\nc.ogg,Clara,,-1\n")
    assert manifest.labels(found, "artist").tolist() == [0, -1, 0]
    assert np.array_equal(manifest.column(found, "valence"), [0.5, np.nan, -1.0], equal_nan=True)


def test_a_mood_word_stands_in_for_columns(folder: Path) -> None:
    calm, glad, odd = read(folder, "path,mood\na.ogg,Calm\nb.ogg,happy\nc.ogg,zorbly\n")
    assert calm.moods["arousal"] < 0 < glad.moods["arousal"]
    assert odd.moods == {}
    assert manifest.labels([calm, glad, odd], "mood").tolist() == [0, 1, 2]


def test_rated_moods_win_over_the_word(folder: Path) -> None:
    (found,) = read(folder, "path,mood,arousal\na.ogg,calm,0.9\n")
    assert found.moods == {"arousal": 0.9}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,bpm\na.ogg,120\n", "no column named path"),
        ("", "no rows"),
        ("path,bpm\na.ogg,fast\n", "line 2: bpm is 'fast'"),
        ("path,bpm\n,120\n", "line 2: path is empty"),
        ("path\nnowhere.ogg\n", "none of the files named in"),
        ("path;bpm\na.ogg;120\n", "separated by commas, not by ';'"),
        ("path\tbpm\na.ogg\t120\n", r"separated by commas, not by '\\t'"),
        ("path,bpm\na.ogg,-3\n", "line 2: bpm cannot be -3"),
        ("path,bpm\na.ogg,120\nb.ogg,0\n", "line 3: bpm cannot be 0; leave out what is not known"),
        ("path,calm\na.ogg,inf\n", "line 2: calm cannot be inf"),
        (f"path,artist\na.ogg,{'x' * 140_000}\n", "field larger than field limit"),
    ],
)
def test_what_cannot_be_used_is_named(folder: Path, text: str, words: str) -> None:
    with pytest.raises(ManifestError, match=words):
        read(folder, text)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_another_encoding_is_named(folder: Path, encoding: str) -> None:
    (folder / "truth.csv").write_text("path,artist\na.ogg,Motörhead\n", encoding=encoding)
    with pytest.raises(ManifestError, match="no text in UTF-8"):
        manifest.read(folder / "truth.csv")


def test_a_spreadsheets_mark_and_its_word_for_nothing_are_read(folder: Path) -> None:
    (found,) = read(folder, "\ufeffpath,bpm,calm\na.ogg,nan,NaN\n")
    assert (found.bpm, found.moods) == (None, {})


def test_what_means_nothing_is_remarked(folder: Path) -> None:
    text = "path,mood,key\na.ogg,calm,A minor\nb.ogg,zorbly,H flat\nc.ogg,,\n"
    moods, names = manifest.remarks(read(folder, text))
    assert moods.endswith("labels alone: zorbly")
    assert names.endswith("left out: H flat")
    assert manifest.remarks(read(folder, "path,mood,arousal\na.ogg,zorbly,0.3\n")) == []  # rated besides


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"nowhere\.csv"):
        manifest.read(tmp_path / "nowhere.csv")
