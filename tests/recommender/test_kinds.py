"""What kinds of music a library holds, and the page that leads to them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from catalog import playlists
from catalog.models import Album, Track
from recommender import drawing, kinds
from recommender.models import Measurement
from tests.recommender.test_discover_views import body, library, send
from tests.rows import a_library, a_measurement, a_track, a_user, all_analysed, analysed

__all__ = ["library"]  # a fixture

NONE = dict.fromkeys(("arousal", "joy", "sadness", "calm", "tenderness", "tension"), 0.5)


def counts(found: list[kinds.Kind]) -> dict[str, int]:
    return {kind.label: kind.count for kind in found if kind.count}


@pytest.fixture
def pieces(db: None) -> list[Track]:
    tracks = a_library([60.0, 100.0, 150.0, 160.0, None])
    Measurement.objects.update(moods=NONE)
    Measurement.objects.filter(track__in=tracks[:3]).update(moods=NONE | {"calm": 0.9})
    Measurement.objects.filter(track=tracks[3]).update(moods=NONE | {"tension": 0.8})
    Track.objects.filter(pk__in=[tracks[0].pk, tracks[1].pk]).update(genre="Folk", year=1994)
    Track.objects.filter(pk=tracks[2].pk).update(genre="Jazz", year=2003)
    return tracks


def test_kinds_are_counted(pieces: list[Track]) -> None:
    everything = Track.objects.all()
    assert counts(kinds.moods(everything)) == {"calm": 3, "tense": 1}
    assert counts(kinds.tempi(everything)) == {"slow": 1, "moderate": 1, "fast": 2}
    assert counts(kinds.genres(everything)) == {"Folk": 2, "Jazz": 1}
    assert counts(kinds.decades(everything)) == {"2000s": 1, "1990s": 2}
    assert kinds.moods(everything)[0].share == pytest.approx(3 / 5)


@pytest.mark.django_db
def test_a_genre_is_one_however_its_letters_are_written(client: Client) -> None:
    for number, genre in enumerate(("Game Music", "Game Music", "game music", " GAME MUSIC", "Folk")):
        a_track(f"Piece {number}", genre=genre)
    assert counts(kinds.genres(Track.objects.all())) == {"Game Music": 4, "Folk": 1}
    client.force_login(a_user("ada"))
    [group] = client.get(reverse("kinds")).context["groups"]
    assert [round(length, 2) for _, length in group.bars] == [1.0, 0.25]


def test_a_library_without_music_has_no_kinds(db: None) -> None:
    everything = Track.objects.all()
    assert counts(kinds.moods(everything)) == {}
    assert kinds.instruments(everything, "musicnn") == []


@pytest.mark.django_db
def test_an_instrument_that_is_certain_is_named() -> None:
    for number in range(3):
        measured = a_measurement(sound=number)
        measured.tag_logits[:] = -6.0
        measured.tag_logits[59] = 2.0  # mtt:piano
        analysed(a_track(f"Piano {number}"), measured)
    assert [(kind.label, kind.share) for kind in kinds.instruments(Track.objects.all(), "musicnn")] == [("piano", 1.0)]


def test_each_kind_leads_to_what_it_counts(site: Client, ada: User, pieces: list[Track]) -> None:
    page = body(site, reverse("kinds"))
    assert f"{reverse('tracks')}?mood=calm" in page
    narrowed = body(site, f"{reverse('tracks')}?mood=calm")
    assert "3 tracks" in narrowed
    assert "2 tracks" in body(site, f"{reverse('tracks')}?genre=Folk")


def test_what_others_keep_to_themselves_is_not_counted(site: Client, pieces: list[Track]) -> None:
    secret = analysed(a_track("Secret", owner=a_user("other"), private=True, genre="Polka"), a_measurement())
    Measurement.objects.filter(track=secret).update(moods=NONE | {"sadness": 0.99})
    page = body(site, reverse("kinds"))
    assert "Polka" not in page
    assert "mood=sadness" not in page


def queries(site: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert site.get(address).status_code == 200
    return len(found)


def test_no_list_asks_more_for_more_rows(site: Client, ada: User, library: list[Track]) -> None:
    """Each list page once with a few rows, once with twice as many."""
    album = Album.objects.create(title="Twins", artist=library[0].artist)
    Track.objects.update(album=album)
    playlist = playlists.create(ada, "Evening", library)
    token = playlists.share(playlist)
    drawing.draw()
    everywhere = "-1,-1;2,-1;2,2;-1,2"
    addresses = [
        reverse("tracks"),
        f"{reverse('tracks')}?sort=bpm&mood=calm",
        reverse("kinds"),
        reverse("artists"),
        reverse("albums"),
        album.get_absolute_url(),
        playlist.get_absolute_url(),
        reverse("playlist-shared", args=[token]),
        f"{reverse('search')}?q=piece",
        f"{reverse('map-region')}?outline={everywhere}",
        library[0].get_absolute_url(),
        f"{reverse('words')}?q=calm+piano",
    ]
    for address in addresses:  # what is computed once and kept is not counted
        site.get(address)
    before = {address: queries(site, address) for address in addresses}
    more = all_analysed(
        (a_track(f"Another {number}", artist=f"Artist {number % 6}"), a_measurement(bpm=62.0 + 7 * number))
        for number in range(16)
    )
    Track.objects.filter(pk__in=[track.pk for track in more]).update(album=album)
    playlists.add(playlist, more)
    send()
    drawing.draw()
    for address in addresses:
        site.get(address)
    after = {address: queries(site, address) for address in addresses}
    assert after == before


def test_kinds_are_counted_once_until_tracks_come_or_go(site: Client, ada: User, pieces: list[Track]) -> None:
    first, again = queries(site, reverse("kinds")), queries(site, reverse("kinds"))
    assert again < first
    Track.objects.filter(pk=pieces[2].pk).update(visibility=Track.Visibility.PRIVATE, owner=a_user("other"))
    assert "Jazz" not in body(site, reverse("kinds"))
