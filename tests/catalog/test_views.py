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
from catalog.intake import Description, Edit
from catalog.models import Album, Artist, Track
from tests.catalog.conftest import SignIn, a_file, stored
from tests.library import a_track

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


def test_the_list_shows_what_the_listener_may_hear(owner: User, other: User, sign_in: SignIn) -> None:
    a_track("Everybody's")
    a_track("Mine alone", owner=owner, private=True)
    mine = sign_in(owner).get(reverse("tracks"))
    theirs = sign_in(other).get(reverse("tracks"))
    assert {str(track) for track in mine.context["tracks"]} == {"Everybody's", "Mine alone"}
    assert {str(track) for track in theirs.context["tracks"]} == {"Everybody's"}
    assert theirs.context["page"].paginator.count == 1


def test_search_finds_words_in_titles_artists_and_albums(owner: User, sign_in: SignIn) -> None:
    suite = Album.objects.create(title="English Suite")
    a_track("Prelude", artist="Clara", album=suite)
    a_track("Prelude", artist="Fanny")
    client = sign_in(owner)

    def found(query: str) -> set[str]:
        return {str(track.artist) for track in client.get(reverse("tracks"), {"q": query}).context["tracks"]}

    assert found("prelude") == {"Clara", "Fanny"}
    assert found("PREL suite") == {"Clara"}
    assert found("fanny") == {"Fanny"}
    assert found("fanny suite") == set()


def test_order_and_pages(owner: User, sign_in: SignIn) -> None:
    for number in range(60):
        a_track(f"Piece {number:02}")
    client = sign_in(owner)
    first = client.get(reverse("tracks"), {"sort": "title"})
    assert [track.title for track in first.context["tracks"]] == [f"Piece {number:02}" for number in range(50)]
    last = client.get(reverse("tracks"), {"sort": "title", "page": "2"})
    assert [track.title for track in last.context["tracks"]] == [f"Piece {number:02}" for number in range(50, 60)]
    newest = client.get(reverse("tracks"), {"sort": "nonsense", "page": "-3"})
    assert newest.status_code == 200
    assert newest.context["tracks"][0].title in {"Piece 59", "Piece 09"}


@pytest.mark.parametrize("name", ["tracks", "artist", "album"])
def test_lists_ask_the_database_as_often_for_fifty_as_for_one(
    name: str, owner: User, sign_in: SignIn, django_assert_max_num_queries: object
) -> None:
    artist = Artist.objects.create(name="Clara")
    album = Album.objects.create(title="Suite", artist=artist)
    for number in range(50):
        a_track(f"Piece {number}", artist="Clara", album=album)
    url = {"tracks": reverse("tracks"), "artist": artist.get_absolute_url(), "album": album.get_absolute_url()}[name]
    client = sign_in(owner)
    with django_assert_max_num_queries(10):
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
