"""Journey 1: a file from the upload form to its neighbours, through real cells, the real encoder and a real index."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from catalog.models import Track
from recommender.models import Analysis
from recommender.worker import Worker
from tests import sounds
from tests.flows.reading import sources, text, titles

pytestmark = [pytest.mark.services, pytest.mark.slow]


def send(client: Client, *files: Path) -> str:
    uploads = [SimpleUploadedFile(path.name, path.read_bytes()) for path in files]
    return text(client.post(reverse("upload"), {"files": uploads}, headers={"HX-Request": "true"}))


def test_a_file_is_played_at_once_and_has_neighbours_soon(
    transactional_db: None,
    settings: Settings,
    milvus_lite: str,
    desk: Client,
    sofa: Client,
    tmp_path: Path,
) -> None:
    settings.MILVUS_URI = milvus_lite
    song = sounds.write(tmp_path / "Song.mp3", sounds.song(20, bpm=100), tags={"title": "A Song", "artist": "Clara"})
    again = sounds.write(tmp_path / "Again.flac", sounds.song(20, bpm=100, tonic=7))
    other = sounds.write(tmp_path / "Other.ogg", sounds.noise(20))
    letter = tmp_path / "Letter.mp3"
    letter.write_text("not music " * 500)

    said = send(desk, song, again, other, letter)
    assert said.count("outcome--stored") == 3
    assert said.count("outcome--refused") == 1
    assert "outcome--duplicate" in send(desk, song)

    track = Track.objects.get(original_name="Song.mp3")
    page = text(sofa.get(track.get_absolute_url()))
    assert "Waiting for a worker" in page
    part = sofa.get(sources(page)[0], headers={"Range": "bytes=0-99"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == song.read_bytes()[:100]  # type: ignore[attr-defined]

    while Worker().run():
        pass
    assert set(Analysis.objects.values_list("state", flat=True)) == {"done"}
    assert "hx-trigger" in text(sofa.get(reverse("track-state", args=[track.pk])))  # it brings the new page
    page = text(sofa.get(track.get_absolute_url()))
    assert "A Song" in page
    assert "Clara" in page
    assert "data-wave" in page
    assert "Exact search" not in page
    assert titles(page) == ["Again", "Other"]
