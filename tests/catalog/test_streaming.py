from __future__ import annotations

import re
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from django.urls import reverse

from accounts.models import User
from catalog import streaming
from catalog.models import Track
from tests.catalog.conftest import SignIn, stored

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("error:StreamingHttpResponse")]
DATA = b"OggS" + bytes(range(256)) * 40


@pytest.fixture
def track(media: Path, owner: User) -> Track:
    return stored(DATA, media, name="Sóng.ogg", owner=owner, private=True)


@pytest.fixture
def client(owner: User, sign_in: SignIn) -> Client:
    return sign_in(owner)


@pytest.fixture
def url(track: Track, owner: User) -> str:
    return streaming.stream_url(track, owner)


def body(response: object) -> bytes:
    return b"".join(response.streaming_content)


def test_the_whole_file(client: Client, url: str, track: Track) -> None:
    response = client.get(url)
    assert (response.status_code, body(response)) == (200, DATA)
    assert response["Content-Type"] == "audio/ogg"
    assert response["Content-Length"] == str(len(DATA))
    assert response["Accept-Ranges"] == "bytes"
    assert response["ETag"] == f'"{track.sha256}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"].startswith("private")
    assert response["Content-Disposition"] == "inline; filename*=utf-8''S%C3%B3ng.ogg"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=100-199", 100, 200), ("bytes=10000-", 10_000, len(DATA)), ("bytes=-4", -4, None)],
)
def test_one_range(client: Client, url: str, asked: str, start: int, stop: int | None) -> None:
    response = client.get(url, headers={"Range": asked})
    wanted = DATA[start:stop]
    first = start % len(DATA)
    assert (response.status_code, body(response)) == (206, wanted)
    assert response["Content-Range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(DATA)}"
    assert response["Content-Length"] == str(len(wanted))


def test_behind_the_end(client: Client, url: str) -> None:
    response = client.get(url, headers={"Range": f"bytes={len(DATA)}-"})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=9-1", "seconds=1-2", "bytes"])
def test_what_is_not_one_range_gets_everything(client: Client, url: str, asked: str) -> None:
    response = client.get(url, headers={"Range": asked})
    assert (response.status_code, body(response)) == (200, DATA)


def test_if_range(client: Client, url: str, track: Track) -> None:
    same = client.get(url, headers={"Range": "bytes=0-9", "If-Range": f'"{track.sha256}"'})
    changed = client.get(url, headers={"Range": "bytes=0-9", "If-Range": '"something else"'})
    assert (same.status_code, body(same)) == (206, DATA[:10])
    assert (changed.status_code, body(changed)) == (200, DATA)


def test_head_and_not_modified(client: Client, url: str, track: Track) -> None:
    head = client.head(url, headers={"Range": "bytes=0-9"})
    assert (head.status_code, head["Content-Length"], head.content) == (200, str(len(DATA)), b"")
    known = client.get(url, headers={"If-None-Match": f'"{track.sha256}"'})
    assert (known.status_code, known.content) == (304, b"")


def test_download(client: Client, url: str, track: Track) -> None:
    assert client.get(url, {"download": "1"})["Content-Disposition"].startswith("attachment; ")


def test_nginx_sends_the_file(client: Client, url: str, track: Track, settings: object) -> None:
    settings.X_ACCEL_REDIRECT = True
    response = client.get(url)
    sha256 = track.sha256
    assert response["X-Accel-Redirect"] == f"/protected/files/{sha256[:2]}/{sha256[2:4]}/{sha256}.ogg"
    assert response["Content-Type"] == "audio/ogg"
    assert response.content == b""


def test_the_address_is_this_persons_only(
    url: str, track: Track, owner: User, other: User, curator: User, stranger: Client, sign_in: SignIn
) -> None:
    assert sign_in(other).get(url).status_code == 404
    assert sign_in(curator).get(url).status_code == 404
    assert stranger.get(url).status_code == 302
    forged = streaming.stream_url(track, other)  # signed by mistake: the track is still not theirs
    assert sign_in(other).get(forged).status_code == 404


def test_a_wrong_or_old_address_is_no_address(
    client: Client, url: str, monkeypatch: pytest.MonkeyPatch, track: Track, owner: User
) -> None:
    assert client.get(re.sub(r".$", lambda end: "A" if end[0] != "A" else "B", url)).status_code == 404
    assert client.get(reverse("stream", args=["1.2.3"])).status_code == 404
    now = streaming.time.time()
    monkeypatch.setattr(streaming.time, "time", lambda: now + streaming.LIFETIME - 60)
    assert client.get(url).status_code == 200
    monkeypatch.setattr(streaming.time, "time", lambda: now + streaming.LIFETIME + streaming.STEP + 60)
    assert client.get(url).status_code == 404


def test_a_track_that_became_private_is_silent_at_once(other: User, owner: User, media: Path, sign_in: SignIn) -> None:
    track = stored(DATA, media, owner=owner)
    url = streaming.stream_url(track, other)
    assert sign_in(other).get(url).status_code == 200
    Track.objects.update(visibility=Track.Visibility.PRIVATE)
    assert sign_in(other).get(url).status_code == 404


def test_the_file_is_gone(client: Client, url: str, media: Path) -> None:
    next((media / "files").rglob("*.ogg")).unlink()
    assert client.get(url).status_code == 404


def test_one_query_besides_who_asks(client: Client, url: str, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(4):  # session, user, track, its renditions
        client.get(url)


def test_under_asgi_pieces_come_from_a_thread(owner: User, media: Path) -> None:
    data = b"OggS" + bytes(range(251)) * 2000  # several pieces
    url = streaming.stream_url(stored(data, media, owner=owner), owner)
    client = AsyncClient()
    client.force_login(owner)

    async def fetch() -> tuple[bool, list[bytes]]:
        response = await client.get(url, headers={"Range": "bytes=4-"})
        return response.is_async, [piece async for piece in response.streaming_content]

    is_async, pieces = async_to_sync(fetch)()
    assert is_async
    assert b"".join(pieces) == data[4:]
    assert [len(piece) for piece in pieces[:2]] == [streaming.FIRST_CHUNK, streaming.CHUNK]
