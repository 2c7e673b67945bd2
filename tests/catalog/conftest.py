"""People with different rights, and a media folder of their own for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.dispatch import Signal
from django.test import Client

from accounts.models import User
from catalog import intake
from catalog.models import Track
from tests.rows import a_user

OGG = b"OggS\0\2" + bytes(64)
SignIn = Callable[[User], Client]


def a_file(seed: int = 0, head: bytes = OGG, size: int = 3000) -> bytes:
    """Bytes that begin like sound; different seeds are different files."""
    return head + seed.to_bytes(4, "big") + bytes(size)


@pytest.fixture(autouse=True)
def media(settings: object, tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    (folder / "incoming").mkdir(parents=True)
    settings.MEDIA_DIR = folder
    settings.FILE_UPLOAD_TEMP_DIR = str(folder / "incoming")
    return folder


@pytest.fixture
def owner(db: None) -> User:
    return a_user("owner")


@pytest.fixture
def other(db: None) -> User:
    return a_user("other")


@pytest.fixture
def curator(db: None) -> User:
    user = a_user("curator", is_staff=True)
    user.groups.add(Group.objects.get(name="Curators"))
    return user


@pytest.fixture
def sign_in() -> SignIn:
    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture
def stranger() -> Client:
    """Somebody who is not signed in."""
    return Client()


def stored(
    data: bytes, folder: Path, *, name: str = "song.ogg", owner: User | None = None, private: bool = False
) -> Track:
    """A track that came in through the gate."""
    path = folder / "source" / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(data)
    result = intake.add_track(
        path,
        original_name=name,
        owner=owner,
        visibility=Track.Visibility.PRIVATE if private else Track.Visibility.PUBLIC,
        urgent=False,
    )
    assert isinstance(result, intake.Stored)
    return result.track


@contextmanager
def heard(signal: Signal) -> Iterator[list[dict[str, object]]]:
    """What a signal says meanwhile."""
    said: list[dict[str, object]] = []

    def listen(**values: object) -> None:
        said.append(values)

    signal.connect(listen)
    try:
        yield said
    finally:
        signal.disconnect(listen)
