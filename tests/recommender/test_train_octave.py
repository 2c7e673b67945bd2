"""`manage.py train_octave`: the same clips give the same file, and what cannot be used is named."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender.features import octave, octave_fit
from tests import sounds


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six clips of known tempo, not in the order of their names."""
    monkeypatch.setattr(octave_fit, "EPOCHS", 2)
    monkeypatch.setattr(octave_fit, "NETWORKS", 1)
    rows = ["path,bpm"]
    for bpm in (140, 100, 120, 90, 110, 130):
        sounds.wav(tmp_path / f"{bpm}.wav", sounds.song(8, bpm=bpm))
        rows.append(f"{bpm}.wav,{bpm}")
    path = tmp_path / "manifest.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def train(*manifests: Path, out: Path, **options: object) -> tuple[bytes, str, str]:
    said, complained = StringIO(), StringIO()
    call_command("train_octave", *manifests, out=out, keep_tags=True, stdout=said, stderr=complained, **options)
    return out.read_bytes(), said.getvalue(), complained.getvalue()


def test_the_same_clips_give_the_same_file_whatever_their_order(manifest: Path, tmp_path: Path) -> None:
    first, said, _ = train(manifest, out=tmp_path / "one.npz", copies=1, check=[manifest])
    assert "trained on 6 clips" in said
    assert "right octave" in said
    head, *rows = manifest.read_text(encoding="utf-8").splitlines()
    manifest.write_text("\n".join([head, *reversed(rows)]), encoding="utf-8")
    again, _, _ = train(manifest, out=tmp_path / "two.npz", copies=1, cells=1)
    assert again == first
    network = octave.read(tmp_path / "one.npz")
    assert np.array_equal(network.tag_scale, octave.shipped().tag_scale)


def test_clips_that_cannot_be_heard_are_named_and_left_out(manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "140.wav").write_text("words", encoding="utf-8")
    _, said, complained = train(manifest, out=tmp_path / "one.npz", copies=0)
    assert "trained on 5 clips" in said
    assert "140.wav" in complained


def test_every_source_is_scored_by_a_network_that_did_not_see_it(manifest: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("path,bpm\n100.wav,100\n120.wav,120\n", encoding="utf-8")
    _, said, _ = train(manifest, other, out=tmp_path / "one.npz", copies=0, across=True)
    assert "of 6 clips" in said
    assert "of 2 clips" in said


@pytest.mark.parametrize("text", ["path\na.wav\n", "path,bpm\na.wav,fast\n", "path,bpm\na.wav\n"])
def test_a_manifest_that_cannot_be_used_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=r"broken\.csv"):
        train(path, out=tmp_path / "one.npz")
    assert not (tmp_path / "one.npz").exists()


def test_a_number_of_copies_below_zero_is_refused(manifest: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="copies"):
        train(manifest, out=tmp_path / "one.npz", copies=-1)
