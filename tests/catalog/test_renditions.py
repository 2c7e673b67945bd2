"""Which tracks need a rendition, who makes it, and which file is sent."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.limits import Limit
from accounts.models import User
from catalog import janitor, renditions, storage, streaming
from catalog.models import Rendition, Track
from catalog.streaming import LACKS, stream_url
from tests.catalog.conftest import SignIn, a_file, stored
from tests.rows import a_track

pytestmark = pytest.mark.django_db
AIFF = b"FORM\0\0\0\0AIFF" + bytes(64)
MADE = b"\x1a\x45\xdf\xa3" + bytes(500)


@pytest.fixture
def aiff(media: Path) -> Track:
    return stored(a_file(head=AIFF), media, name="song.aiff")


def test_what_browsers_do_not_play_waits_for_a_rendition(aiff: Track, media: Path) -> None:
    stored(a_file(), media, name="song.ogg")
    assert [row.track for row in renditions.waiting()] == [aiff]
    apple = a_track("Apple")
    apple.extension = "m4a"
    apple.save()
    assert not renditions.want(apple, "aac")
    assert renditions.want(apple, "alac")
    assert renditions.want(apple, "alac")
    assert renditions.waiting().count() == 2


def test_older_tracks_are_found() -> None:
    track = Track.objects.create(title="x", sha256="0" * 64, extension="wma", size=1, original_name="x.wma")
    assert renditions.want_missing() == 1
    assert renditions.want_missing() == 0
    assert renditions.waiting().get().track == track


def test_a_claim_is_one_workers_and_ends(aiff: Track) -> None:
    claimed = renditions.claim()
    assert claimed is not None
    assert claimed.attempts == 1
    assert renditions.claim() is None
    for attempt in (2, 3):
        Rendition.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        again = renditions.claim()
        assert again is not None
        assert again.attempts == attempt
    aiff.refresh_from_db()
    assert renditions.awaited(aiff)
    Rendition.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert renditions.claim() is None
    aiff.refresh_from_db()
    assert not renditions.awaited(aiff)
    assert Rendition.objects.get().failed == renditions.LOST


def test_the_rendition_is_played_and_the_original_downloaded(aiff: Track, owner: User, sign_in: SignIn) -> None:
    client, url = sign_in(owner), stream_url(aiff, owner)
    assert client.get(url)["Content-Type"] == "audio/aiff"
    renditions.keep(renditions.claim(), MADE)
    response = client.get(url, headers={"Range": "bytes=0-3"})
    assert (response.status_code, response["Content-Type"]) == (206, "audio/webm")
    assert b"".join(response.streaming_content) == MADE[:4]
    assert response["ETag"] != f'"{aiff.sha256}"'
    saved = client.get(url, {"download": "1"})
    assert saved["Content-Type"] == "audio/aiff"
    assert saved["Content-Disposition"].endswith('song.aiff"')
    assert client.get(url, headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_with_nginx_the_rendition_is_sent_as_well(aiff: Track, owner: User, sign_in: SignIn, settings: object) -> None:
    settings.X_ACCEL_REDIRECT = True
    renditions.keep(renditions.claim(), MADE)
    response = sign_in(owner).get(stream_url(aiff, owner))
    made = Rendition.objects.get()
    assert response["X-Accel-Redirect"].endswith(f"{made.sha256}.webm")


def test_one_that_cannot_be_made_is_not_tried_again(aiff: Track) -> None:
    renditions.give_up(renditions.claim(), "damaged")
    Rendition.objects.update(lease_until=None)
    assert renditions.claim() is None


def test_the_janitor_keeps_renditions_while_their_track_exists(aiff: Track) -> None:
    renditions.keep(renditions.claim(), MADE)
    path = storage.path_of(Rendition.objects.get().sha256, renditions.WEBM)
    janitor.sweep(grace=-1.0)
    assert path.exists()
    aiff.delete()
    janitor.sweep(grace=-1.0)
    assert not path.exists()


def test_the_page_of_the_track_works_without_one(aiff: Track, owner: User, sign_in: SignIn) -> None:
    assert sign_in(owner).get(reverse("track", args=[aiff.pk])).status_code == 200


def test_browsers_do_not_keep_a_file_that_a_rendition_will_replace(
    aiff: Track, media: Path, owner: User, sign_in: SignIn
) -> None:
    site, address = sign_in(owner), stream_url(aiff, owner)
    assert site.get(address)["Cache-Control"] == "no-store"
    renditions.keep(Rendition.objects.get(track=aiff), MADE)
    assert "max-age" in site.get(address)["Cache-Control"]


@pytest.fixture
def wav(media: Path) -> Track:
    return stored(a_file(head=b"RIFF\0\0\0\0WAVE", size=renditions.LEAST), media, name="song.wav")


def test_wav_gets_a_rendition_without_loss_unless_it_is_here_soon_or_too_large(wav: Track, media: Path) -> None:
    assert Rendition.objects.get().extension == renditions.FLAC
    stored(a_file(head=b"RIFF\0\0\0\0WAVE"), media, name="jingle.wav")
    assert not renditions.want(Track(title="Opera", size=renditions.MOST + 1, extension="wav"))
    assert Rendition.objects.count() == 1
    Rendition.objects.all().delete()
    assert renditions.want_missing() == 1


def test_what_plays_already_is_not_waited_for(wav: Track, owner: User, sign_in: SignIn) -> None:
    assert not renditions.awaited(wav)
    assert renditions.unmade([wav.pk]) == set()
    response = sign_in(owner).get(stream_url(wav, owner))
    assert (response["Content-Type"], response["Cache-Control"]) == ("audio/wav", "private, max-age=3600")


def test_an_address_that_plays_a_file_plays_it_to_its_end(
    wav: Track, owner: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, before = sign_in(owner), stream_url(wav, owner)
    renditions.keep(renditions.claim(), MADE)
    assert stream_url(wav, owner) == before
    assert site.get(before)["Content-Type"] == "audio/wav"
    now = time.time()
    monkeypatch.setattr(streaming.time, "time", lambda: now + streaming.STEP)
    later = stream_url(wav, owner)
    assert site.get(before)["Content-Type"] == "audio/wav"
    assert site.get(later)["Content-Type"] == "audio/flac"
    assert site.get(later, {"download": "1"})["Content-Type"] == "audio/wav"
    made = Rendition.objects.get()
    assert storage.path_of(made.sha256, "flac").exists()
    janitor.sweep(grace=-1.0)
    assert storage.path_of(made.sha256, "flac").exists()


@pytest.fixture
def ogg(media: Path) -> Track:
    return stored(a_file(), media, name="song.ogg")


def test_a_browser_that_lacks_a_format_gets_another_one_when_it_asks(ogg: Track, owner: User, sign_in: SignIn) -> None:
    site, address = sign_in(owner), stream_url(ogg, owner)
    assert site.get(address)["Content-Type"] == "audio/ogg"
    assert not Rendition.objects.exists()  # nobody needs one
    site.cookies[LACKS] = "ogg.webm"
    for _ in range(2):
        waiting = site.get(address)
        assert (waiting.status_code, waiting["Cache-Control"], waiting["Retry-After"]) == (202, "no-store", "5")
    claimed = renditions.claim()
    assert claimed is not None
    assert claimed.extension == renditions.PLAIN
    renditions.keep(claimed, MADE)
    answer = site.get(address, headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer["Content-Type"]) == (206, "audio/mpeg")
    assert site.get(address, {"download": "1"})["Content-Type"] == "audio/ogg"
    del site.cookies[LACKS]
    assert site.get(address)["Content-Type"] == "audio/ogg"
    janitor.sweep(grace=-1.0)
    assert storage.path_of(Rendition.objects.get().sha256, renditions.PLAIN).exists()


def test_what_cannot_be_converted_is_sent_as_it_is(ogg: Track, owner: User, sign_in: SignIn) -> None:
    site, address = sign_in(owner), stream_url(ogg, owner)
    site.cookies[LACKS] = "ogg"
    assert site.get(address).status_code == 202
    renditions.give_up(Rendition.objects.get(), "damaged")
    assert site.get(address)["Content-Type"] == "audio/ogg"


def test_one_person_has_only_so_many_converted_in_a_quarter_of_an_hour(
    media: Path, owner: User, other: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "CONVERSIONS", Limit(2, 900))
    tracks = [stored(a_file(number), media, name=f"song{number}.ogg") for number in range(3)]
    first, second, third = (stream_url(track, owner) for track in tracks)
    site = sign_in(owner)
    site.cookies[LACKS] = "ogg"
    assert [site.get(address).status_code for address in (first, second)] == [202, 202]
    refused = site.get(third)
    assert (refused.status_code, refused["Cache-Control"]) == (429, "no-store")
    assert 1 <= int(refused["Retry-After"]) <= 900
    assert "many tracks converted" in refused.content.decode()
    assert set(Rendition.objects.values_list("track", flat=True)) == {tracks[0].pk, tracks[1].pk}
    assert site.get(first).status_code == 202  # what was wished for is still waited for
    assert site.get(third, {"download": "1"}).status_code == 200
    elsewhere = sign_in(other)
    elsewhere.cookies[LACKS] = "ogg"
    assert elsewhere.get(stream_url(tracks[2], other)).status_code == 202  # everybody has a share of their own
    assert site.get(third).status_code == 202  # somebody else's wish is nobody's cost
    del site.cookies[LACKS]
    assert site.get(third).status_code == 200


@pytest.mark.parametrize("told", ["", "mpeg", "flac.wav", "nonsense.audio/ogg", "." * 500])
def test_what_the_cookie_says_is_believed_of_known_formats_only(
    ogg: Track, owner: User, sign_in: SignIn, told: str
) -> None:
    site = sign_in(owner)
    site.cookies[LACKS] = told
    assert site.get(stream_url(ogg, owner)).status_code == 200
    assert not Rendition.objects.exists()


def test_a_rendition_for_all_is_made_anew_for_a_browser_that_lacks_its_form(
    aiff: Track, owner: User, sign_in: SignIn
) -> None:
    renditions.keep(renditions.claim(), MADE)
    site, address = sign_in(owner), stream_url(aiff, owner)
    site.cookies[LACKS] = "webm"
    assert site.get(address).status_code == 202
    claimed = renditions.claim()
    assert claimed is not None
    assert claimed.extension == renditions.PLAIN
    assert renditions.sound_of(aiff).extension == renditions.WEBM
