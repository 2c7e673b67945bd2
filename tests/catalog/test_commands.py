from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from catalog import demo
from catalog.models import Track
from catalog.signals import track_added
from tests.catalog.conftest import a_file, heard

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    (folder / "album").mkdir(parents=True)
    (folder / "album" / "01 - First.ogg").write_bytes(a_file(1))
    (folder / "album" / "02 - Second.ogg").write_bytes(a_file(2))
    (folder / "album" / "cover.jpg").write_bytes(b"picture")
    return folder


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_folder", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_a_folder_comes_in_and_stays_as_it_was(folder: Path) -> None:
    with heard(track_added) as said:
        assert "2 stored, 0 already there, 0 refused" in run(str(folder))
    assert {track.title for track in Track.objects.all()} == {"First", "Second"}
    assert all(track.visibility == "public" and track.owner is None for track in Track.objects.all())
    assert [one["urgent"] for one in said] == [False, False]
    assert len(list(folder.rglob("*.*"))) == 3
    assert "0 stored, 2 already there" in run(str(folder))


def test_for_one_person(folder: Path, owner: User) -> None:
    run(str(folder), "--owner", "owner", "--private")
    assert all(track.owner == owner and track.visibility == "private" for track in Track.objects.all())


def test_what_is_refused_is_named_and_ends_with_1(folder: Path) -> None:
    (folder / "fake.mp3").write_bytes(b"no sound")
    out = io.StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("import_folder", str(folder), stdout=out, stderr=out)
    assert stopped.value.code == 1
    assert "refused (content)" in out.getvalue()
    assert Track.objects.count() == 2


@pytest.mark.parametrize("arguments", [["/nowhere/at/all"], [".", "--private"], [".", "--owner", "nobody"]])
def test_mistakes_are_explained(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


def test_the_janitor_says_what_it_did(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("storage_janitor")
    assert "0 files, 0 covers, 0 unfinished uploads removed" in capsys.readouterr().out


def test_the_demo_library_is_named_after_mood_and_style(tmp_path: Path, owner: User) -> None:
    names = ["calm/calm_acoustic_1", "calm/calm_acoustic_s411", "calm/calm_electronic_s522", "tender/tender_acoustic_2"]
    for seed, name in enumerate(names):
        path = tmp_path / "wheel" / "tracks" / f"{name}.opus"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(a_file(seed))
    assert demo.add_demo_library(tmp_path / "wheel", owner) == demo.Counts(stored=4, duplicates=0, refused=0)
    assert demo.add_demo_library(tmp_path / "wheel", owner) == demo.Counts(stored=0, duplicates=4, refused=0)
    tracks = Track.objects.order_by("title").values_list("title", "album__title", "artist__name", "genre")
    assert list(tracks) == [
        ("Calm acoustic 1", "Demo library: calm", demo.ARTIST, "acoustic"),
        ("Calm acoustic 2", "Demo library: calm", demo.ARTIST, "acoustic"),
        ("Calm electronic 1", "Demo library: calm", demo.ARTIST, "electronic"),
        ("Tender acoustic 1", "Demo library: tender", demo.ARTIST, "acoustic"),
    ]
