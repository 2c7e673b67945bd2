"""The pages around a clip: handing it in, waiting, the answer, and that others' clips do not exist."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from recommender import clips, index_versions, outbox
from recommender.index.exact import ExactIndex
from recommender.models import Clip, Job
from tests import sounds
from tests.rows import a_library, a_measurement, a_user

FRAGMENT = {"HX-Request": "true", "HX-Target": "neighbours"}
BOOSTED = {"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "main"}


@pytest.fixture
def ada(db: None, settings: Settings, tmp_path: Path) -> User:
    settings.MEDIA_DIR = tmp_path / "media"
    return a_user("ada")


@pytest.fixture
def stranger(db: None) -> Client:
    client = Client()
    client.force_login(a_user("eve", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def library(db: None, index: ExactIndex) -> None:
    a_library([60, 75, 90, 105, 120, 140])
    outbox.send(index_versions.ensure_current())


def sound(folder: Path, name: str = "Whistle.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, sounds.write(folder / name, sounds.sine(440, 4)).read_bytes())


def a_clip(owner: User, state: str = "done", **values: object) -> Clip:
    job = Job.objects.create(kind=Job.Kind.CLIP, asked_by=owner, state=state)
    fields = {"name": "Whistle.wav", "file": f"{job.pk}.wav", "expires_at": timezone.now() + clips.KEPT, **values}
    clip = Clip.objects.create(job=job, owner=owner, **fields)
    if state == "done":
        clips.finish(clip, a_measurement(bpm=120.0, sound=0, seconds=10.0), "musicnn")
    return clip


def titles(body: str) -> list[str]:
    return re.findall(r'class="track__title" data-title[^>]*>([^<]+)<', body)


def answer_of(clip: Clip) -> str:
    return reverse("clip-answer", args=[clip.pk])


def test_a_file_leads_to_its_own_page_and_that_asks_again(site: Client, tmp_path: Path) -> None:
    sent = site.post(reverse("clip"), {"file": sound(tmp_path)})
    clip = Clip.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, answer_of(clip))
    body = site.get(answer_of(clip)).content.decode()
    state = reverse("clip-state", args=[clip.pk])
    assert "Waiting for a worker" in body
    assert f'hx-get="{state}"' in body
    assert 'hx-trigger="load delay' in site.get(state).content.decode()
    Job.objects.update(state="done")
    clips.finish(clip, a_measurement(), "musicnn")
    done = site.get(state).content.decode()
    assert 'hx-trigger="load"' in done  # brings the answer, and does not ask once more
    assert f'hx-get="{answer_of(clip)}"' in done


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (None, "Choose a file"),
        (SimpleUploadedFile("Letter.pdf", b"%PDF"), "is in no audio format that Segue supports"),
        (SimpleUploadedFile("Letter.mp3", b"Dear curator " * 400), "that is not what it contains"),
        (SimpleUploadedFile("Nothing.mp3", b""), "is empty"),
    ],
)
def test_what_cannot_be_taken_is_said_in_words(site: Client, upload: SimpleUploadedFile | None, words: str) -> None:
    body = site.post(reverse("clip"), {"file": upload} if upload else {}).content.decode()
    assert words in body
    assert 'role="alert" id="clip-error"' in body
    assert not Clip.objects.exists()


def test_too_many_at_once_are_told_to_wait(site: Client, ada: User, tmp_path: Path) -> None:
    for _ in range(clips.MOST_WAITING):
        a_clip(ada, "queued")
    assert "Wait a moment" in site.post(reverse("clip"), {"file": sound(tmp_path)}).content.decode()


def test_the_answer_has_neighbours_that_play_and_sliders_that_count(site: Client, ada: User, library: None) -> None:
    clip = a_clip(ada)
    page = site.get(answer_of(clip), {"sound": "0", "mood": "0", "tempo": "1", "key": "0"})
    body = page.content.decode()
    assert titles(body)[0] == "Piece 4"  # the one at 120 BPM
    assert 'data-play aria-label="Play Piece 4"' in body
    assert "120 BPM" in body
    assert page["Cache-Control"] == "private, no-store"
    by_sound = site.get(answer_of(clip), {"sound": "1", "tempo": "0", "mood": "0"}, headers=FRAGMENT)
    part = by_sound.content.decode()
    assert "<html" not in part
    assert 'id="neighbours"' in part
    assert titles(part)[0] in {"Piece 0", "Piece 4"}  # the same sound
    assert "HX-Request" in by_sound["Vary"]
    whole = site.get(answer_of(clip), headers=BOOSTED).content.decode()
    assert "<html" in whole


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("too_short", "three seconds are needed"),
        ("silent", "as good as silent"),
        ("not_audio", "Convert it"),
        ("cell_timeout", "takes longer than is allowed"),
    ],
)
def test_a_clip_that_was_not_heard_says_why(site: Client, ada: User, code: str, words: str) -> None:
    body = site.get(answer_of(a_clip(ada, "failed", error_code=code))).content.decode()
    assert words in body
    assert "hx-trigger" not in body.split('id="clip-state"')[1].split(">")[0]


def test_others_clips_and_past_ones_are_equally_not_there(site: Client, ada: User, stranger: Client) -> None:
    clip = a_clip(ada)
    assert site.get(answer_of(clip)).status_code == 200
    paths = [answer_of(clip), reverse("clip-state", args=[clip.pk])]
    never = stranger.get(reverse("clip-answer", args=[clip.pk + 100]))
    for path in paths:
        refused = stranger.get(path)
        assert refused.status_code == 404
        assert "Whistle" not in refused.content.decode()
    assert stranger.get(answer_of(clip)).content.count(b"kept for a day") == never.content.count(b"kept for a day") == 1
    assert stranger.post(reverse("clip-forget", args=[clip.pk])).status_code == 404
    assert "Whistle" not in stranger.get(reverse("clip")).content.decode()
    Clip.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    over = site.get(answer_of(clip))
    assert over.status_code == 404
    assert "kept for a day" in over.content.decode()
    part = site.get(answer_of(clip), headers=FRAGMENT)
    assert (part.status_code, part["HX-Redirect"]) == (404, answer_of(clip))


def test_forgetting_deletes_everything(site: Client, ada: User) -> None:
    clip = a_clip(ada)
    assert "Whistle.wav" in site.get(reverse("clip")).content.decode()
    assert site.post(reverse("clip-forget", args=[clip.pk]))["Location"] == reverse("clip")
    assert not Clip.objects.exists()
    assert not Job.objects.exists()


def test_visitors_sign_in_first(db: None) -> None:
    assert "/login" in Client().get(reverse("clip"))["Location"]
    assert "/login" in Client().get(reverse("clip-answer", args=[1]))["Location"]


def test_the_microphone_is_the_only_device_that_a_page_may_use(site: Client) -> None:
    policy = site.get(reverse("tracks"))["Permissions-Policy"]  # links replace <main> only, so it counts everywhere
    assert "microphone=(self)" in policy
    assert "camera=()" in policy
