"""How much somebody may keep, and what happens before the disk is full."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog import intake, quota, storage
from catalog.gate import Refusal
from catalog.models import Track
from tests.catalog.conftest import SignIn, a_file, stored

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small(settings: Any) -> None:
    settings.QUOTA_BYTES, settings.QUOTA_TRACKS = 10_000, 5


def send(client: Client, *seeds: int, size: int = 3000) -> Any:
    files = [SimpleUploadedFile(f"song{seed}.ogg", a_file(seed, size=size)) for seed in seeds]
    return client.post(reverse("upload"), {"files": files})


def nothing_lies_around(media: Path) -> bool:
    return not list((media / "incoming").iterdir())


def test_a_listener_keeps_so_many_bytes_and_no_more(owner: User, sign_in: SignIn, media: Path) -> None:
    answer = send(sign_in(owner), 1, 2, 3, 4)
    assert [outcome.code for outcome in answer.context["outcomes"]] == ["", "", "", Refusal.QUOTA]
    assert "you are using 0.0 of 1e-05 GB, 3 of 5 tracks" in answer.context["outcomes"][3].message
    assert Track.objects.filter(owner=owner).count() == 3
    assert len(list((media / "files").rglob("*.ogg"))) == 3
    assert nothing_lies_around(media)


def test_a_listener_keeps_so_many_tracks_and_no_more(owner: User, sign_in: SignIn) -> None:
    answer = send(sign_in(owner), 1, 2, 3, 4, 5, 6, size=10)
    assert [outcome.code for outcome in answer.context["outcomes"]][4:] == ["", Refusal.QUOTA]


def test_what_is_deleted_makes_room_and_what_is_there_costs_nothing(owner: User, sign_in: SignIn) -> None:
    client = sign_in(owner)
    send(client, 1, 2, 3)
    assert send(client, 2).context["outcomes"][0].kind == "duplicate"
    intake.remove_track(Track.objects.filter(owner=owner)[0])
    assert send(client, 4).context["outcomes"][0].kind == "stored"


def test_curators_and_operators_have_no_quota(curator: User, owner: User, sign_in: SignIn, tmp_path: Path) -> None:
    assert {one.kind for one in send(sign_in(curator), *range(8)).context["outcomes"]} == {"stored"}
    folder = tmp_path / "music"
    folder.mkdir()
    for seed in range(20, 28):
        (folder / f"{seed}.ogg").write_bytes(a_file(seed))
    call_command("import_folder", str(folder), "--owner", owner.username, "--private")
    assert Track.objects.filter(owner=owner).count() == 8
    assert quota.of(curator) is None
    assert quota.of(None) is None


def test_the_upload_page_tells_how_much_is_left(owner: User, curator: User, sign_in: SignIn, settings: Any) -> None:
    settings.QUOTA_BYTES, settings.QUOTA_TRACKS = 10_000_000_000, 5_000
    Track.objects.create(owner=owner, visibility="private", sha256="0", size=3_200_000_000, title="Long")
    assert "You are using 3.2 of 10 GB, 1 of 5,000 tracks." in sign_in(owner).get(reverse("upload")).content.decode()
    assert "You are using" not in sign_in(curator).get(reverse("upload")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_uploads_at_the_same_time_count_each_other(owner: User, media: Path, tmp_path: Path) -> None:
    def add(seed: int) -> None:
        path = tmp_path / f"{seed}.ogg"
        path.write_bytes(a_file(seed))
        try:
            intake.add_track(
                path, original_name=path.name, owner=owner, visibility=Track.Visibility.PRIVATE, urgent=False
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=add, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Track.objects.filter(owner=owner).count() == 3
    assert nothing_lies_around(media)


def disk_with(free: int) -> Callable[[object], Any]:
    return lambda _path: SimpleNamespace(free=free)


def test_the_reserve_of_the_disk_is_not_touched(
    owner: User, sign_in: SignIn, settings: Any, media: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.DISK_RESERVE_BYTES = 1_000_000
    monkeypatch.setattr(storage.shutil, "disk_usage", disk_with(1_002_000))
    (outcome,) = send(sign_in(owner), 1).context["outcomes"]
    assert (outcome.code, outcome.kind) == (Refusal.DISK_FULL, "refused")
    assert "the disk is full" in outcome.message
    path = tmp_path / "song.ogg"
    path.write_bytes(a_file(1))
    refused = intake.add_track(
        path, original_name=path.name, owner=None, visibility=Track.Visibility.PUBLIC, urgent=False, unlimited=True
    )
    assert isinstance(refused, intake.Refused)
    assert refused.code == Refusal.DISK_FULL
    assert nothing_lies_around(media)


def test_a_file_that_is_too_large_is_not_written_to_its_end(
    owner: User, sign_in: SignIn, settings: Any, media: Path
) -> None:
    settings.UPLOAD_MAX_BYTES = 1_000_000
    (outcome,) = send(sign_in(owner), 1, size=3_000_000).context["outcomes"]
    assert outcome.code == Refusal.TOO_LARGE
    assert nothing_lies_around(media)


def test_strangers_write_nothing_to_the_disk(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr("catalog.uploads.Spooled", lambda *_args: opened.append(1))
    client = Client()
    for name in ("upload", "login", "clip"):
        client.post(reverse(name), {"files": SimpleUploadedFile("song.ogg", a_file(1)), "file": ""})
    assert opened == []
    assert stored(a_file(2), media.parent).size  # the folder itself works
