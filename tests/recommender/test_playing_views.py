"""What the player asks besides sound: waveforms, its queue, whether a track is liked, a playlist out of the queue."""

from __future__ import annotations

import re

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from accounts.limits import Limit
from accounts.models import User
from catalog import renditions, streaming
from catalog.models import Playlist, Track
from recommender import listening, waves
from recommender.models import Listen, Measurement
from tests.rows import a_track

HTMX = {"HX-Request": "true"}


def wave_of(track: Track) -> str:
    return reverse("wave", args=[track.pk])


def test_a_waveform_has_a_stroke_for_each_bar_and_is_as_high_as_the_peaks(library: list[Track]) -> None:
    peaks = np.zeros((800, 2), np.int8)
    peaks[400:] = -64, 127
    measured = Measurement.objects.get(track=library[0])
    measured.peaks = peaks.tobytes()
    strokes = re.findall(r"M([\d.]+) (-?\d+)V(\d+)", waves.strokes(measured, 100))
    assert len(strokes) == 100
    assert strokes[0] == ("4", "31", "33")  # silence is a dot in the middle
    assert strokes[99] == ("796", "0", "48")


@pytest.mark.parametrize("slices", [1, 119, 801])
def test_peaks_of_another_length_are_drawn_as_well(library: list[Track], slices: int) -> None:
    measured = Measurement(peaks=np.full((slices, 2), 9, np.int8).tobytes())
    assert waves.strokes(measured, 120).count("M") == 120


def test_a_waveform_is_small_and_kept_while_the_measurement_is_the_same(site: Client, library: list[Track]) -> None:
    measured = Measurement.objects.get(track=library[0])
    address = waves.address(library[0].pk, measured.measured_at)
    answer = site.get(address)
    assert answer["Content-Type"] == "image/svg+xml"
    assert "immutable" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert len(answer.content) < 3_000
    again = site.get(address, headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert again["ETag"] == answer["ETag"]
    assert "no-cache" in site.get(wave_of(library[0]))["Cache-Control"]  # nobody said which one


def test_there_is_no_waveform_before_the_analysis(site: Client) -> None:
    answer = site.get(wave_of(a_track("Waiting")))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Cache-Control"] == "no-store"


def test_the_waveform_of_a_strangers_private_track_does_not_exist(
    site: Client, eve: User, library: list[Track]
) -> None:
    Track.objects.filter(pk=library[0].pk).update(owner=eve, visibility=Track.Visibility.PRIVATE)
    known = f'"{waves.version(Measurement.objects.get(track=library[0]).measured_at)}"'
    assert site.get(wave_of(library[0]), headers={"If-None-Match": known}).status_code == 404


def test_rows_say_what_the_player_needs(site: Client, library: list[Track]) -> None:
    Measurement.objects.filter(track=library[0]).update(silence_start=0.25, silence_end=1.5)
    body = site.get(reverse("queue"), {"ids": library[0].pk}).content.decode()
    measured = Measurement.objects.get(track=library[0])
    assert 'data-sound="0.25 198.50"' in body
    assert f'data-peaks="{waves.address(library[0].pk, measured.measured_at)}"' in body
    assert re.search(r'data-gain="0\.63', body)  # -14 LUFS to -18
    unheard = site.get(reverse("queue"), {"ids": a_track("Waiting").pk}).content.decode()
    assert 'data-sound="0 0"' in unheard
    assert 'data-gain="1"' in unheard


def test_the_queue_says_what_a_worker_is_still_converting(site: Client) -> None:
    aiff, broken = a_track("Old Mac"), a_track("Other")
    Track.objects.update(extension="aiff")
    for track in Track.objects.all():
        renditions.want(track)
    renditions.give_up(broken.renditions.get(), "damaged")
    body = site.get(reverse("queue"), {"ids": f"{aiff.pk},{broken.pk}"}).content.decode()
    assert re.findall(r'data-track="(\d+)"[^>]* data-unmade', body) == [str(aiff.pk)]


def test_the_queue_says_so_to_the_browser_alone_that_needs_another_form(site: Client) -> None:
    track = a_track("Ogg")
    renditions.want_plain(track)
    asked = {"ids": track.pk}
    assert "data-unmade" not in site.get(reverse("queue"), asked).content.decode()
    site.cookies[streaming.LACKS] = "ogg"
    assert "data-unmade" in site.get(reverse("queue"), asked).content.decode()


def test_the_queue_says_what_somebody_may_not_have_converted_yet(site: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    ogg, wished, plays = a_track("Ogg"), a_track("Wished"), a_track("Plays")
    Track.objects.filter(pk=plays.pk).update(extension="mp3")
    renditions.want_plain(wished)
    asked = {"ids": f"{ogg.pk},{wished.pk},{plays.pk}"}
    site.cookies[streaming.LACKS] = "ogg"
    assert "data-refused" not in site.get(reverse("queue"), asked).content.decode()
    monkeypatch.setattr(streaming, "CONVERSIONS", Limit(0, 900))
    body = site.get(reverse("queue"), asked).content.decode()
    found = re.findall(r'data-track="(\d+)"[^>]* data-refused="(\d+)"', body)
    assert [(pk, 1 <= int(wait) <= 900) for pk, wait in found] == [(str(ogg.pk), True)]
    assert re.findall(r'data-track="(\d+)"[^>]* data-unmade', body) == [str(wished.pk)]
    del site.cookies[streaming.LACKS]
    assert "data-refused" not in site.get(reverse("queue"), asked).content.decode()


def test_whether_a_track_is_liked(site: Client, ada: User, library: list[Track]) -> None:
    address = reverse("like", args=[library[0].pk])
    assert 'aria-pressed="false"' in site.get(address, headers=HTMX).content.decode()
    listening.note(ada, library[0], Listen.Kind.LIKED)
    assert 'aria-pressed="true"' in site.get(address, headers=HTMX).content.decode()
    assert Listen.objects.count() == 1  # asking is no opinion
    assert site.get(address)["Location"] == library[0].get_absolute_url()


def test_a_queue_becomes_a_playlist(site: Client, ada: User, eve: User, library: list[Track]) -> None:
    secret = a_track("Secret", owner=eve, private=True)
    wanted = [library[2].pk, secret.pk, library[0].pk, library[2].pk]
    sent = {"title": "Tonight", "ids": ",".join(map(str, wanted))}
    answer = site.post(reverse("playlist-keep"), sent)
    playlist = Playlist.objects.get(owner=ada)
    assert answer["Location"] == playlist.get_absolute_url()
    kept = list(playlist.entries.order_by("position").values_list("track_id", flat=True))
    assert kept == [library[2].pk, library[0].pk, library[2].pk]


@pytest.mark.parametrize("sent", [{}, {"title": "No tracks"}, {"ids": "1"}, {"title": "x", "ids": "1;2"}])
def test_a_queue_without_title_or_tracks_is_refused(site: Client, sent: dict[str, str]) -> None:
    assert site.post(reverse("playlist-keep"), sent).status_code == 400
    assert not Playlist.objects.exists()
