"""Clips as rows and files: taken in, heard, private, and gone when their time is over."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from catalog import gate
from catalog.models import Track
from recommender import clip_worker, clips, index_versions, jobs, outbox, questions, worker
from recommender.errors import CellDied, Code, ModelMissing
from recommender.index.exact import ExactIndex
from recommender.models import Clip, Job
from recommender.questions import Asker
from tests import sounds
from tests.rows import a_measurement, a_track, a_user, analysed

WORK = {Job.Kind.CLIP: clip_worker.hear}


@pytest.fixture
def ada(db: None, settings: Settings, tmp_path: Path) -> User:
    settings.MEDIA_DIR = tmp_path / "media"
    return a_user("ada")


def an_upload(folder: Path, samples: sounds.Samples, name: str = "Clip.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, sounds.write(folder / name, samples).read_bytes())


def heard(owner: User, measured: object = None, label: str = "Clip.wav") -> Clip:
    """A clip that a worker is done with."""
    job = Job.objects.create(kind=Job.Kind.CLIP, asked_by=owner, state=Job.State.DONE)
    clip = Clip.objects.create(
        job=job, owner=owner, name=label, file=f"{job.pk}.wav", expires_at=timezone.now() + clips.KEPT
    )
    clips.finish(clip, measured or a_measurement(), "musicnn")
    return Clip.objects.get(pk=clip.pk)


def files() -> list[Path]:
    return list(clips.path_of(Clip(file="x")).parent.glob("*"))


def test_a_clip_waits_beside_the_catalogue_under_a_name_that_nobody_gave(ada: User, tmp_path: Path) -> None:
    clip = clips.take(an_upload(tmp_path, sounds.sine(440, 4), "../../My song.wav"), "../../My song.wav", ada)
    assert (clip.owner, clip.job.kind, clip.job.state) == (ada, "clip", "queued")
    assert clips.path_of(clip).is_file()
    assert clips.path_of(clip).parent == tmp_path / "media" / "incoming" / "clips"
    assert "song" not in clip.file
    assert clip.name == "My song"
    assert clips.path_of(clip).stat().st_mode & 0o077 == 0  # no web server sends it
    assert not Track.objects.exists()
    assert clips.measurement(clip) is None


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("a.txt", b"x", "extension"), ("a.wav", b"", "empty"), ("a.wav", b"not a sound " * 400, "content")],
)
def test_what_is_no_sound_leaves_nothing_behind(ada: User, name: str, content: bytes, code: str) -> None:
    with pytest.raises(gate.NotTaken) as refused:
        clips.take(SimpleUploadedFile(name, content), name, ada)
    assert refused.value.code == code
    assert files() == []
    assert not Job.objects.exists()


def test_a_clip_has_a_largest_size(ada: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "MOST_BYTES", 100_000)
    with pytest.raises(gate.NotTaken, match="Send a part of it"):
        clips.take(an_upload(tmp_path, sounds.sine(440, 4)), "Clip.wav", ada)
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []


def test_nobody_fills_the_queue_alone(ada: User, tmp_path: Path) -> None:
    upload = an_upload(tmp_path, sounds.sine(440, 4))
    for _ in range(clips.MOST_WAITING):
        clips.take(upload, "Clip.wav", ada)
    with pytest.raises(clips.TooManyWaiting):
        clips.take(upload, "Clip.wav", ada)
    clips.take(upload, "Clip.wav", a_user("ben"))


def test_old_clips_make_room_for_new_ones(ada: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "MOST_KEPT", 2)
    old = [heard(ada) for _ in range(3)]
    fresh = clips.take(an_upload(tmp_path, sounds.sine(440, 4)), "Clip.wav", ada)
    assert [clip.pk for clip in clips.of_owner(ada)] == [fresh.pk, old[2].pk, old[1].pk]


def test_what_was_heard_comes_back_as_it_was(ada: User) -> None:
    measured = a_measurement(bpm=97.5, tonic=4, mode="minor", sound=3, seconds=10.0)
    again = clips.measurement(heard(ada, measured))
    assert again is not None
    assert (again.seconds, again.tempo.bpm, again.key.tonic, again.key.mode) == (10.0, 97.5, 4, "minor")
    for before, after in (
        (measured.embedding, again.embedding),
        (measured.tag_logits, again.tag_logits),
        (measured.tempo.posterior, again.tempo.posterior),
        (measured.key.profile, again.key.profile),
    ):
        assert np.array_equal(before.astype(np.float32), after)


def test_only_its_owner_and_only_for_a_day(ada: User) -> None:
    clip = heard(ada)
    assert list(clips.of_owner(ada)) == [clip]
    assert not clips.of_owner(a_user("ben")).exists()
    Clip.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not clips.of_owner(ada).exists()


def test_the_sweep_removes_what_ended_and_what_nobody_waits_for(ada: User, tmp_path: Path) -> None:
    waiting = clips.take(an_upload(tmp_path, sounds.sine(440, 4)), "Clip.wav", ada)
    over, kept = heard(ada), heard(ada)
    Clip.objects.filter(pk=over.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    orphan, fresh = (clips.path_of(waiting).with_name(name) for name in ("orphan.wav", "fresh.wav"))
    for path in (orphan, fresh):
        path.write_bytes(b"left over")
    for path in (orphan, clips.path_of(waiting)):
        os.utime(path, (0, 0))
    assert clips.sweep() == 2
    assert sorted(files()) == sorted([clips.path_of(waiting), fresh])
    assert set(Clip.objects.values_list("pk", flat=True)) == {waiting.pk, kept.pk}
    assert Job.objects.count() == 2


@pytest.mark.parametrize(
    ("samples", "code"),
    [
        (sounds.sine(440, 2), Code.TOO_SHORT),
        (sounds.silence(5), Code.SILENT),
        (sounds.noise(5, level=0.0005), Code.SILENT),  # a room, not music
    ],
)
def test_a_clip_that_cannot_be_compared_says_why(
    ada: User, tmp_path: Path, samples: sounds.Samples, code: Code, quick_encoder: None
) -> None:
    clip = clips.take(an_upload(tmp_path, samples), "Clip.wav", ada)
    jobs.run(clip.job.pk, WORK)
    clip = Clip.objects.get()
    assert (clip.error_code, clip.job.state) == (code, "failed")
    assert files() == []


@pytest.fixture
def quick_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real encoder's windows without its weights: these clips never reach the network."""
    from recommender.encoders.musicnn import ENCODER

    class Listening:
        windows = ENCODER.windows

    monkeypatch.setattr(worker, "encoder", Listening)


def test_the_file_goes_also_when_the_cell_died_or_the_weights_are_missing(
    ada: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick_encoder: None
) -> None:
    first = clips.take(an_upload(tmp_path, sounds.sine(440, 4)), "Clip.wav", ada)

    def dies(paths: list[Path], *_: object, **__: object) -> object:
        return iter([(paths[0], CellDied(Code.CELL_TIMEOUT, "90 s"))])

    monkeypatch.setattr(clip_worker.pipeline, "hear_many", dies)
    jobs.run(first.job.pk, WORK)

    def missing() -> None:
        raise ModelMissing("run manage.py fetch_models")

    monkeypatch.setattr(worker, "encoder", missing)
    second = clips.take(an_upload(tmp_path, sounds.sine(440, 4)), "Clip.wav", ada)
    jobs.run(second.job.pk, WORK)
    assert Clip.objects.get(pk=first.pk).error_code == Code.CELL_TIMEOUT
    assert "fetch_models" in Job.objects.get(pk=second.job.pk).detail
    assert files() == []


def test_a_clip_that_was_deleted_meanwhile_is_forgotten(ada: User, tmp_path: Path, quick_encoder: None) -> None:
    clip = clips.take(an_upload(tmp_path, sounds.sine(440, 4)), "Clip.wav", ada)
    job = clip.job.pk
    clips.forget(clip)
    jobs.run(job, WORK)
    assert not Clip.objects.exists()
    assert not Job.objects.exists()
    assert files() == []


# -- the question ------------------------------------------------------------------------------------------------------


def test_sliders_reach_the_search_and_reasons_name_the_clip(ada: User, index: ExactIndex) -> None:
    analysed(a_track("Same sound", artist="B"), a_measurement(bpm=77.0, sound=1))
    analysed(a_track("Same tempo", artist="C"), a_measurement(bpm=120.5, sound=2))
    analysed(a_track("Hidden", artist="D", owner=a_user("ben"), private=True), a_measurement(bpm=120.0, sound=1))
    outbox.send(index_versions.ensure_current())
    clip = heard(ada, a_measurement(bpm=120.0, sound=1, seconds=10.0))

    by_sound = questions.clip(clip, {"sound": 1.0, "tempo": 0.0}, Asker.of(ada))
    by_tempo = questions.clip(clip, {"sound": 0.0, "tempo": 1.0}, Asker.of(ada))
    assert [one.track.title for one in by_sound.results] == ["Same sound", "Same tempo"]
    assert [one.track.title for one in by_tempo.results] == ["Same tempo", "Same sound"]
    assert by_tempo.results[0].summary == "both 120 BPM"
    assert {reason.facet for reason in by_sound.results[0].reasons} >= {"sound", "tempo", "mood"}


def test_nothing_is_answered_by_another_language_of_the_index(ada: User, index: ExactIndex) -> None:
    clip = heard(ada)
    assert questions.clip(clip, {"sound": 1.0}, Asker.of(ada)).problem
    analysed(a_track("Any"), a_measurement())
    version = index_versions.active()
    assert version is not None
    version.fingerprint = "another"
    version.save()
    answer = questions.clip(clip, {"sound": 1.0}, Asker.of(ada))
    assert answer.results == []
    assert "being rebuilt" in answer.problem


def test_a_distant_microphone_changes_little_of_what_is_heard(tmp_path: Path) -> None:
    from recommender import pipeline
    from recommender.encoders.musicnn import ENCODER

    music = sounds.song(6)
    loud, faint = (sounds.wav(tmp_path / f"{gain}.wav", music * gain, subtype="FLOAT") for gain in (0.5, 0.01))
    near, far, untouched = (
        pipeline.hear(path, ENCODER.windows, level).patches.astype(np.float32)
        for path, level in ((loud, clip_worker.LEVEL), (faint, clip_worker.LEVEL), (faint, None))
    )
    assert np.abs(near - far).max() < 0.05
    assert np.abs(near - untouched).max() > 1
