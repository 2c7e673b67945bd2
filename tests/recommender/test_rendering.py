"""Renditions sound like the files that they are made of, and nothing that a file does harms the worker."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.utils import timezone

from catalog import renditions, storage
from catalog.models import Rendition, Track
from recommender import rendering
from recommender.audio import render
from recommender.audio.pyav import AvSource
from recommender.errors import AnalysisError
from tests import sounds

SECONDS = 4.0


def aiff(path: Path, *, channels: int = 2) -> Path:
    tone = sounds.sine(440.0, SECONDS, rate=44_100)
    planes = np.stack([tone, *[sounds.silence(SECONDS, rate=44_100)] * (channels - 1)], axis=1)
    soundfile.write(path, planes, 44_100, format="AIFF", subtype="PCM_16")
    return path


def heard(data: bytes, folder: Path, extension: str = renditions.WEBM) -> tuple[str, int, np.ndarray]:
    path = folder / f"made.{extension}"
    path.write_bytes(data)
    source = AvSource(path)
    return source.facts.codec, source.facts.sample_rate, np.concatenate(list(source.blocks()), axis=1)


@pytest.mark.parametrize(
    ("extension", "written"), [(renditions.WEBM, ("opus", 48_000)), (renditions.PLAIN, ("mp3", 44_100))]
)
def test_a_rendition_is_the_same_sound(tmp_path: Path, extension: str, written: tuple[str, int]) -> None:
    codec, rate, planes = heard(render.render(aiff(tmp_path / "a.aiff"), extension), tmp_path, extension)
    assert (codec, rate, len(planes)) == (*written, 2)
    assert planes.shape[1] / rate == pytest.approx(SECONDS, abs=0.05)
    left, right = planes[:, rate : 2 * rate]
    spectrum = np.abs(np.fft.rfft(left * np.hanning(rate)))
    assert abs(int(spectrum.argmax()) - 440) <= 1
    assert np.abs(left).max() == pytest.approx(0.5, rel=0.05)
    assert np.abs(right).max() < 0.02


def test_mono_stays_as_loud_and_surround_is_mixed(tmp_path: Path) -> None:
    _, _, planes = heard(render.render(aiff(tmp_path / "a.aiff", channels=1), renditions.WEBM), tmp_path)
    assert len(planes) == 1
    assert np.abs(planes[:, 5000:-5000]).max() == pytest.approx(0.5, rel=0.05)
    _, _, planes = heard(render.render(aiff(tmp_path / "a.aiff", channels=6), renditions.WEBM), tmp_path)
    assert len(planes) == 2
    assert 0.1 < np.abs(planes).max() <= 1.0


@pytest.mark.parametrize("extension", [renditions.WEBM, renditions.PLAIN])
@pytest.mark.parametrize(
    ("kind", "rates"), [(".mp3", (22_050, 44_100)), (".aac", (44_100, 44_100)), (".ogg", (44_100, 22_050))]
)
@pytest.mark.parametrize("channels", [(1, 2), (2, 1)])
def test_a_file_that_goes_on_otherwise_is_written_to_its_end(
    channels: tuple[int, int], kind: str, rates: tuple[int, int], extension: str, tmp_path: Path
) -> None:
    path = tmp_path / f"both{kind}"
    parts = [
        sounds.write(
            tmp_path / f"{number}{kind}",
            np.stack([sounds.sine(440, SECONDS, rate=rate, level=0.9)] * number),
            rate=rate,
        )
        for number, rate in zip(channels, rates, strict=True)
    ]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))

    _, rate, planes = heard(render.render(path, extension), tmp_path, extension)

    assert planes.shape[1] / rate == pytest.approx(2 * SECONDS, abs=0.2)
    for start in (1, int(SECONDS) + 1):
        assert 0.8 < np.abs(planes[:, start * rate : (start + 2) * rate]).max() < 0.95


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.aiff"
    path.write_bytes(b"FORM\0\0\0\x10AIFF" + bytes(200))
    with pytest.raises(AnalysisError):
        render.render(path, renditions.WEBM)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_what_waits(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_DIR = tmp_path
    for number, extension in enumerate(("aiff", "wma")):
        track = Track.objects.create(title="x", sha256=f"{number:064x}", extension=extension, size=1, original_name="x")
        path = storage.path_of(track.sha256, extension)
        path.parent.mkdir(parents=True, exist_ok=True)
        if extension == "aiff":
            aiff(path)
        else:
            path.write_bytes(b"nothing like it")
    assert renditions.want_missing() == 2
    assert rendering.work(threading.Event()) == 1
    good, bad = Rendition.objects.order_by("track__extension")
    assert storage.path_of(good.sha256, renditions.WEBM).stat().st_size == good.size > 1000
    assert (bad.sha256, bool(bad.failed)) == ("", True)
    assert not renditions.waiting().exists()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_the_form_that_was_wished_for(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_DIR = tmp_path
    track = Track.objects.create(title="x", sha256=f"{1:064x}", extension="ogg", size=1, original_name="x")
    path = storage.path_of(track.sha256, "ogg")
    path.parent.mkdir(parents=True)
    sounds.write(path, sounds.sine(440.0, SECONDS))
    renditions.want_plain(track)
    assert rendering.work(threading.Event()) == 1
    made = renditions.sound_of(track, lacking={"audio/ogg"})
    assert made.path == storage.path_of(Rendition.objects.get().sha256, "mp3")
    assert AvSource(made.path).facts.codec.startswith("mp3")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_full_disk_costs_no_attempt(settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_DIR = tmp_path
    track = Track.objects.create(title="x", sha256=f"{1:064x}", extension="aiff", size=1, original_name="x")
    path = storage.path_of(track.sha256, "aiff")
    path.parent.mkdir(parents=True)
    aiff(path)
    renditions.want(track)

    def full(_data: bytes, _target: Path) -> None:
        raise storage.StoreFull

    with monkeypatch.context() as disk:
        disk.setattr(storage, "put", full)
        for _ in range(renditions.MAX_ATTEMPTS + 1):
            assert rendering.work(threading.Event()) == 0
            Rendition.objects.update(lease_until=timezone.now())  # so much time has passed
    assert rendering.work(threading.Event()) == 1


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24"])
@pytest.mark.parametrize("channels", [1, 2])
def test_flac_has_the_very_samples_of_the_file(tmp_path: Path, subtype: str, channels: int) -> None:
    planes = np.stack([sounds.noise(1.0, seed=seed) for seed in range(channels)], axis=1)
    soundfile.write(tmp_path / "a.wav", planes, 44_100, subtype=subtype)
    made = tmp_path / "made.flac"
    made.write_bytes(render.render(tmp_path / "a.wav", renditions.FLAC))
    before, after = (soundfile.read(path, dtype="int32")[0] for path in (tmp_path / "a.wav", made))
    assert np.array_equal(before, after)
    assert soundfile.info(made).frames == len(planes)  # its length stands at its beginning


def test_surround_stays_as_it_came(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((44_100, 6)), 44_100)
    with pytest.raises(AnalysisError):
        render.render(tmp_path / "a.wav", renditions.FLAC)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_flac_of_wav(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_DIR = tmp_path
    size = renditions.LEAST
    track = Track.objects.create(title="x", sha256=f"{1:064x}", extension="wav", size=size, original_name="x.wav")
    path = storage.path_of(track.sha256, "wav")
    path.parent.mkdir(parents=True)
    soundfile.write(path, sounds.noise(4.0), 44_100)
    renditions.want(track)
    assert rendering.work(threading.Event()) == 1
    made = Rendition.objects.get()
    assert soundfile.info(storage.path_of(made.sha256, "flac")).duration == pytest.approx(4.0)
