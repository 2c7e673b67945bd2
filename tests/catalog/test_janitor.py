from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image

from catalog import covers, intake, janitor, storage
from catalog.intake import Description
from tests.catalog.conftest import a_file, stored

pytestmark = pytest.mark.django_db


def make_old(folder: Path, hours: float = 48) -> None:
    then = time.time() - hours * 3600
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def a_cover() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (200, 200), "olive").save(target, "PPM")
    return target.getvalue()


def test_what_rows_refer_to_stays_and_the_rest_goes(media: Path) -> None:
    kept, gone = stored(a_file(1), media), stored(a_file(2), media)
    intake.describe(kept.pk, Description(cover=covers.keep(a_cover())))
    covers.keep(a_cover()[:-1])
    orphan = covers.path_of("ab" * 32)
    storage.put(b"picture", orphan)
    storage.put(b"picture", covers.path_of("ab" * 32, small=True))
    intake.remove_track(gone)
    (media / "incoming" / "half.upload").write_bytes(b"half")
    make_old(media)
    assert janitor.sweep() == janitor.Swept(files=1, covers=2, incoming=1)
    kept.refresh_from_db()
    assert storage.path_of(kept.sha256, "ogg").exists()
    assert not storage.path_of(gone.sha256, "ogg").exists()
    assert covers.path_of(kept.cover).exists()
    assert not orphan.exists()
    assert not list((media / "incoming").iterdir())


def test_young_files_are_left_alone(media: Path) -> None:
    storage.put(b"an intake has not written its row yet", storage.path_of("cd" * 32, "ogg"))
    (media / "incoming" / "running.upload").write_bytes(b"half")
    make_old(media / "incoming", hours=2)
    assert janitor.sweep() == janitor.Swept(0, 0, 0)


def test_a_file_shared_by_two_tracks_stays_for_the_second(media: Path, owner: object, other: object) -> None:
    first = stored(a_file(), media, owner=owner, private=True)
    second = stored(a_file(), media, owner=other, private=True)
    intake.remove_track(first)
    make_old(media)
    assert janitor.sweep().files == 0
    assert storage.path_of(second.sha256, "ogg").exists()


def test_an_intake_that_comes_between_keeps_its_file(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row is written after the janitor asked the database the first time."""
    path = storage.path_of("ef" * 32, "ogg")
    storage.put(b"sound", path)
    make_old(media)
    answers = iter([set(), {path}])
    monkeypatch.setattr(janitor, "_wanted_files", lambda _paths: next(answers))
    assert janitor.sweep().files == 0
    assert path.read_bytes() == b"sound"


def test_a_file_that_comes_in_again_is_young(media: Path) -> None:
    track = stored(a_file(), media)
    intake.remove_track(track)
    make_old(media / "files")
    incoming = storage.receive(io.BytesIO(a_file()), 10**6)
    storage.finalise(incoming, "ogg")
    assert janitor.sweep().files == 0
