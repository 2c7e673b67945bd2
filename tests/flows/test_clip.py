"""A clip from the form to its neighbours, through a real cell, the real encoder and a real index."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from catalog.models import Track
from recommender import clips, tasks
from recommender.models import Clip
from recommender.worker import Worker
from tests import sounds
from tests.flows.reading import text, titles

pytestmark = [pytest.mark.services, pytest.mark.slow]


def upload(client: Client, path: Path) -> None:
    client.post(reverse("upload"), {"files": [SimpleUploadedFile(path.name, path.read_bytes())]})


def ask(client: Client, path: Path) -> str:
    """Hand a clip in, let a worker hear it; the address of its page."""
    sent = client.post(reverse("clip"), {"file": SimpleUploadedFile(path.name, path.read_bytes())})
    assert "Waiting for a worker" in text(client.get(sent["Location"]))
    clip = Clip.objects.latest("pk")
    assert clips.path_of(clip).is_file()
    tasks.do_job(clip.job_id)
    assert not clips.path_of(clip).exists()
    return sent["Location"]


def test_ten_seconds_find_the_song_that_they_are_from(
    transactional_db: None, settings: Settings, milvus_lite: str, desk: Client, sofa: Client, tmp_path: Path
) -> None:
    settings.MILVUS_URI = milvus_lite
    song = sounds.song(24, bpm=100)
    upload(desk, sounds.write(tmp_path / "Song.mp3", song))
    upload(desk, sounds.write(tmp_path / "Faster.flac", sounds.song(24, bpm=140, tonic=6, mode="minor")))
    upload(desk, sounds.write(tmp_path / "Rain.ogg", sounds.noise(24)))
    while Worker().run():
        pass

    part = song[8 * sounds.RATE : 18 * sounds.RATE]  # as a browser records it
    address = ask(sofa, sounds.write(tmp_path / "Recording.webm", part))
    page = text(sofa.get(address))
    assert titles(page)[0] == "Song"
    assert "100 BPM" in page
    assert "0:10 heard" in page
    assert "Exact search" not in page
    assert desk.get(address).status_code == 404

    # Sliders reach the index: a beat at 140 is like the other song in tempo, like rain in sound.
    noisy = sounds.clicks(140, 10) + sounds.noise(10)
    mixed = ask(sofa, sounds.write(tmp_path / "Mixed.wav", noisy))
    by = {
        facet: titles(text(sofa.get(mixed, {"sound": "0", "mood": "0", "tempo": "0", "key": "0", facet: "1"})))[0]
        for facet in ("tempo", "sound")
    }
    assert by == {"tempo": "Faster", "sound": "Rain"}

    short = ask(sofa, sounds.write(tmp_path / "Short.mp3", song[: int(3.2 * sounds.RATE)]))
    assert len(titles(text(sofa.get(short)))) == 3
    assert Track.objects.count() == 3  # no clip ever becomes a track
