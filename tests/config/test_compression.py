"""Text is compressed on its way; sound and its ranges are left alone."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from catalog.streaming import stream_url
from tests.catalog.conftest import OGG, stored
from tests.rows import a_library, a_user

BROWSER = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def media(settings: object, tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    (folder / "incoming").mkdir(parents=True)
    settings.MEDIA_DIR = folder
    return folder


@pytest.fixture
def ada(db: None) -> User:
    return a_user("ada")


@pytest.fixture
def site(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def test_a_page_travels_small_and_arrives_whole(site: Client) -> None:
    a_library([float(bpm) for bpm in range(60, 160, 4)])
    response = site.get("/", headers=BROWSER)
    assert response["Content-Encoding"] == "gzip"
    page = gzip.decompress(response.content)
    assert b"New in the library" in page
    assert len(response.content) < len(page) / 3
    assert "Accept-Encoding" in response["Vary"]
    assert "Content-Encoding" not in site.get("/").headers


def test_sound_is_never_touched(site: Client, ada: User, media: Path) -> None:
    data = OGG + bytes(5000)
    address = stream_url(stored(data, media, owner=ada), ada)
    whole = site.get(address, headers=BROWSER)
    part = site.get(address, headers=BROWSER | {"Range": "bytes=10-1009"})
    assert "Content-Encoding" not in whole.headers
    assert b"".join(whole.streaming_content) == data
    assert part.status_code == 206
    assert "Content-Encoding" not in part.headers
    assert part["Content-Length"] == "1000"
    assert b"".join(part.streaming_content) == data[10:1010]
