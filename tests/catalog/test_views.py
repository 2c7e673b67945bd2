"""Pages of the catalogue: what they show, and to whom."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from catalog import covers, intake, storage
from catalog.forms import TrackForm
from catalog.intake import Description, Edit
from catalog.models import Album, Artist, Track
from tests.catalog.conftest import SignIn, a_file, stored
from tests.rows import a_track

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true", "HX-Target": "outcomes"}


def sent(seed: int = 0, name: str = "song.ogg", data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, a_file(seed) if data is None else data)


# -- upload ------------------------------------------------------------------------------------------------------------


def test_several_files_are_judged_one_by_one(curator: User, sign_in: SignIn, media: Path) -> None:
    known = stored(a_file(1), media, name="known.ogg")
    files = [sent(2, "02 - New.ogg"), sent(1, "again.ogg"), sent(name="page.html"), sent(name="empty.ogg", data=b"")]
    response = sign_in(curator).post(reverse("upload"), {"files": files, "visibility": "public"})
    outcomes = response.context["outcomes"]
    assert [outcome.kind for outcome in outcomes] == ["stored", "duplicate", "refused", "refused"]
    assert [outcome.code for outcome in outcomes] == ["", "", "extension", "empty"]
    assert outcomes[1].track == known
    assert outcomes[0].track.owner == curator
    assert outcomes[0].track.visibility == Track.Visibility.PUBLIC
    page = response.content.decode()
    assert "New" in page
    assert "page.html" in page
    assert not list((media / "incoming").iterdir())


def test_listeners_upload_for_themselves_only(owner: User, sign_in: SignIn) -> None:
    sign_in(owner).post(reverse("upload"), {"files": [sent()], "visibility": "public"})
    assert Track.objects.get().visibility == Track.Visibility.PRIVATE


def test_a_fragment_for_htmx_and_a_page_without_it(owner: User, sign_in: SignIn) -> None:
    client = sign_in(owner)
    fragment = client.post(reverse("upload"), {"files": [sent(1)]}, headers=FRAGMENT)
    page = client.post(reverse("upload"), {"files": [sent(2)]})
    assert "<html" not in fragment.content.decode()
    assert "<html" in page.content.decode()
    assert "HX-Request" in page["Vary"]


def test_no_file_is_told(owner: User, sign_in: SignIn) -> None:
    response = sign_in(owner).post(reverse("upload"), {}, headers=FRAGMENT)
    assert "Choose at least one file" in response.content.decode()


def test_a_name_that_means_harm_is_shown_as_text(owner: User, sign_in: SignIn) -> None:
    response = sign_in(owner).post(reverse("upload"), {"files": [sent(name="<img src=x>.exe")]})
    assert "<img src=x>" not in response.content.decode()


# -- lists -------------------------------------------------------------------------------------------------------------


def test_artists_and_albums_are_listed_as_far_as_something_may_be_heard(
    owner: User, other: User, sign_in: SignIn
) -> None:
    album = Album.objects.create(title="Hidden")
    a_track("Mine alone", owner=owner, private=True, artist="Secret", album=album)
    a_track("Everybody's", artist="Émile", album=Album.objects.create(title="Open"))
    for user, artists, albums in ((owner, ["Émile", "Secret"], ["Hidden", "Open"]), (other, ["Émile"], ["Open"])):
        client = sign_in(user)
        assert [str(one["artist"]) for one in client.get(reverse("artists")).context["artists"]] == artists
        assert [str(one) for one in client.get(reverse("albums")).context["albums"]] == albums
        begun = client.get(reverse("artists"), {"letter": "e"}).context["artists"]
        assert [(str(one["artist"]), one["track_count"]) for one in begun] == [("Émile", 1)]
    assert sign_in(owner).get(reverse("albums"), {"letter": "%", "page": "x"}).status_code == 200


def test_tracks_that_name_nobody_are_reached_from_the_artists(owner: User, other: User, sign_in: SignIn) -> None:
    a_track("Found tape", artist="")
    a_track("Mine", artist="", owner=owner, private=True)
    a_track("Known", artist="Clara")
    for user, words in ((owner, "2 tracks with no artist"), (other, "1 track with no artist")):
        client = sign_in(user)
        assert words in client.get(reverse("artists")).content.decode()
        assert words not in client.get(reverse("artists"), {"letter": "c"}).content.decode()
        page = client.get(reverse("tracks"), {"artist": "none"})
        assert "Known" not in {track.title for track in page.context["page"].tracks}
        assert page.context["count"] == int(words[0])
        assert "Remove filter: No artist named" in page.content.decode()


def test_an_album_counts_what_may_be_heard_of_it_wherever_it_is_shown(
    owner: User, other: User, sign_in: SignIn
) -> None:
    album = Album.objects.create(title="Suite")
    for number in range(3):
        a_track(f"Suite {number}", artist="Clara", album=album)
    a_track("Suite at home", owner=owner, private=True, artist="Clara", album=album)
    artist = Artist.objects.get(name="Clara").get_absolute_url()
    for user, count in ((owner, 4), (other, 3)):
        client = sign_in(user)
        for page in (reverse("albums"), artist, f"{reverse('search')}?q=suite"):
            assert f'<span class="track__by">{count} tracks</span>' in client.get(page).content.decode()


def test_an_album_says_by_whom_it_is_but_on_the_page_of_its_artist(owner: User, sign_in: SignIn) -> None:
    track = a_track("Prelude", artist="Clara")
    track.album = Album.objects.create(title="Suite", artist=track.artist)
    track.save()
    client, credit = sign_in(owner), f'<span class="track__by"><a href="{track.artist.get_absolute_url()}">Clara</a>'
    assert credit in client.get(reverse("albums")).content.decode()
    shelf = client.get(track.artist.get_absolute_url()).content.decode().partition('<ul class="shelf">')[2]
    assert credit not in shelf.partition("</ul>")[0]


@pytest.mark.parametrize("name", ["artists", "albums", "artist", "album"])
def test_lists_ask_the_database_as_often_for_fifty_as_for_one(
    name: str, owner: User, sign_in: SignIn, django_assert_max_num_queries: object
) -> None:
    artist = Artist.objects.create(name="Clara")
    album = Album.objects.create(title="Suite", artist=artist)
    for number in range(50):
        a_track(f"Piece {number}", artist="Clara", album=album)
    for number in range(50):
        other = Album.objects.create(title=f"Suite {number}", artist=artist)
        a_track(f"Single {number}", artist=f"Player {number}", album=other)
    pages = {"artist": artist.get_absolute_url(), "album": album.get_absolute_url()}
    url = pages.get(name) or reverse(name)
    client = sign_in(owner)
    with django_assert_max_num_queries(11):
        assert client.get(url).status_code == 200


def test_artists_and_albums_of_which_nothing_may_be_heard_do_not_exist(
    owner: User, other: User, sign_in: SignIn
) -> None:
    artist = Artist.objects.create(name="Secret")
    album = Album.objects.create(title="Hidden", artist=artist)
    a_track("Mine", owner=owner, private=True, artist="Secret", album=album)
    for page in (artist.get_absolute_url(), album.get_absolute_url()):
        assert sign_in(owner).get(page).status_code == 200
        assert sign_in(other).get(page).status_code == 404
    a_track("Shared", artist="Secret")
    response = sign_in(other).get(artist.get_absolute_url())
    assert [str(track) for track in response.context["tracks"]] == ["Shared"]
    assert list(response.context["albums"]) == []


def test_an_album_is_in_its_order(owner: User, sign_in: SignIn) -> None:
    album = Album.objects.create(title="Suite")
    for disc, number in [(2, 1), (1, 2), (1, 1)]:
        a_track(f"{disc}.{number}", album=album, disc_number=disc, track_number=number)
    response = sign_in(owner).get(album.get_absolute_url())
    assert [str(track) for track in response.context["tracks"]] == ["1.1", "1.2", "2.1"]


# -- editing and removing ----------------------------------------------------------------------------------------------


@pytest.fixture
def mine(media: Path, owner: User) -> Track:
    return stored(a_file(), media, owner=owner, private=True)


@pytest.mark.parametrize("page", ["track-edit", "track-remove"])
def test_who_may_change_a_track(
    page: str, mine: Track, owner: User, other: User, curator: User, stranger: Client, sign_in: SignIn
) -> None:
    url = reverse(page, args=[mine.pk])
    assert sign_in(owner).get(url).status_code == 200
    assert sign_in(other).get(url).status_code == 404
    assert sign_in(curator).get(url).status_code == 404
    assert stranger.get(url).status_code == 302
    Track.objects.update(visibility=Track.Visibility.PUBLIC)
    assert sign_in(other).get(url).status_code == 404
    assert sign_in(other).post(url, {"title": "Taken"}).status_code == 404
    assert sign_in(curator).get(url).status_code == 200


def test_editing(mine: Track, owner: User, sign_in: SignIn) -> None:
    response = sign_in(owner).post(
        reverse("track-edit", args=[mine.pk]),
        {"title": " Named ", "artist": "Clara", "album": "Suite", "year": "1999", "visibility": "public"},
    )
    mine.refresh_from_db()
    assert response["Location"] == mine.get_absolute_url()
    assert (mine.title, str(mine.artist), str(mine.album), mine.year) == ("Named", "Clara", "Suite", 1999)
    assert mine.visibility == Track.Visibility.PRIVATE  # sharing is the curators'
    assert mine.described


def test_the_form_shows_what_is_there_and_saving_it_changes_nothing(mine: Track, owner: User, sign_in: SignIn) -> None:
    intake.edit_track(mine, Edit(title="A", artist="Clara", album="Suite", album_artist="Orchestra", year=1999))
    url = reverse("track-edit", args=[mine.pk])
    client = sign_in(owner)
    shown = client.get(url).context["form"].initial
    client.post(url, {name: value for name, value in shown.items() if value not in (None, "")})
    after = Track.objects.select_related("album__artist").get()
    assert (str(after.artist), str(after.album), str(after.album.artist)) == ("Clara", "Suite", "Orchestra")


def test_a_second_public_copy_is_refused_with_words(mine: Track, owner: User, sign_in: SignIn, media: Path) -> None:
    owner.is_staff = True
    owner.save()
    stored(a_file(), media)
    response = sign_in(owner).post(reverse("track-edit", args=[mine.pk]), {"title": "Mine", "visibility": "public"})
    assert "already shared" in response.content.decode()


def test_editing_what_was_deleted_meanwhile_finds_nothing(
    mine: Track, owner: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(TrackForm):
        def is_valid(self) -> bool:
            valid = super().is_valid()
            Track.objects.all().delete()
            return valid

    monkeypatch.setattr("catalog.views.TrackForm", Slow)
    assert sign_in(owner).post(reverse("track-edit", args=[mine.pk]), {"title": "Late"}).status_code == 404


def test_removing_asks_first(mine: Track, owner: User, sign_in: SignIn) -> None:
    url = reverse("track-remove", args=[mine.pk])
    client = sign_in(owner)
    client.get(url)
    assert Track.objects.exists()
    assert client.post(url)["Location"] == reverse("tracks")
    assert not Track.objects.exists()
    assert storage.path_of(mine.sha256, "ogg").exists()  # until the janitor comes


# -- covers ------------------------------------------------------------------------------------------------------------


def test_covers(mine: Track, owner: User, other: User, sign_in: SignIn) -> None:
    url = reverse("cover", args=[mine.pk])
    client = sign_in(owner)
    assert client.get(url).status_code == 404
    picture = io.BytesIO()
    Image.new("RGB", (600, 600), "teal").save(picture, "PPM")
    intake.describe(mine.pk, Description(cover=covers.keep(picture.getvalue())))
    mine.refresh_from_db()
    large, small = client.get(url), client.get(url, {"size": "small", "v": mine.cover[:8]})
    assert (large["Content-Type"], large["Cache-Control"]) == ("image/webp", "private, max-age=86400")
    assert "immutable" in small["Cache-Control"]
    assert len(small.content) < len(large.content)
    assert large["X-Content-Type-Options"] == "nosniff"
    assert sign_in(other).get(url).status_code == 404
