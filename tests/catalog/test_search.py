"""Search as somebody types: what is found, in which order, by whom, and that both databases keep up with the rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import User
from catalog import intake, search, search_index, search_text
from catalog.intake import Edit
from catalog.models import Album, Artist, Track
from tests.catalog.conftest import SignIn
from tests.rows import a_track

pytestmark = pytest.mark.django_db


def titles(query: str, user: User) -> list[str]:
    return [track.title for track in search.find(query, user).tracks]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Sigur Rós – Ágætis byrjun", "sigur ros agaetis byrjun"),  # noqa: RUF001
        ("AC/DC", "ac dc"),
        ("Don’t Stop", "dont stop"),  # noqa: RUF001
        ("Straße  (Live)", "strasse live"),
        ("東京", "東京"),
        ("!!!", ""),
    ],
)
def test_text_is_folded(text: str, words: str) -> None:
    assert search_text.folded(text) == words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("beethovn", "beethoven"),
        ("bealtes", "beatles"),
        ("quen", "queen"),
        ("mozzart", "mozart"),
        ("tchaik", "tchaikovsky"),
    ],
)
def test_mistyped_words_are_like_what_is_meant(typed: str, meant: str) -> None:
    assert search_text.likeness(typed, meant) >= search_text.ALIKE
    assert search_text.likeness(typed, "radiohead") < search_text.ALIKE


def test_tracks_artists_and_albums_are_found_by_their_words(owner: User) -> None:
    suite = Album.objects.create(title="English Suite", artist=Artist.objects.create(name="Bach"))
    a_track("Prelude", artist="Clara", album=suite, genre="Baroque")
    a_track("Prelude", artist="Fanny")
    found = search.find("suite", owner)
    assert [str(track.artist) for track in found.tracks] == ["Clara"]
    assert [album.title for album in found.albums] == ["English Suite"]
    assert [str(track.artist) for track in search.find("prel suite", owner).tracks] == ["Clara"]
    assert [artist.name for artist in search.find("fan", owner).artists] == ["Fanny"]
    assert titles("baroque", owner) == ["Prelude"]
    assert titles("fanny suite", owner) == []


@pytest.mark.parametrize("query", ["Hoppípolla", "hoppipolla", "hopipola", "HOPPIPOLA", "hoppi"])
def test_slips_and_accents_are_forgiven(query: str, owner: User) -> None:
    a_track("Hoppípolla", artist="Sigur Rós")
    a_track("Karma Police", artist="Radiohead")
    assert titles(query, owner) == ["Hoppípolla"]


def test_the_very_words_come_before_what_is_like_them(owner: User) -> None:
    for title in ("Clair de lune", "Lunar", "Luna", "The moon, la luna", "Lunch"):
        a_track(title)
    assert titles("luna", owner)[:3] == ["Luna", "Lunar", "The moon, la luna"]


def test_of_those_that_fit_alike_the_oldest_comes_first(owner: User) -> None:
    made = [a_track("Prelude", artist=name).pk for name in ("Clara", "Fanny", "Nadia", "Amy", "Ethel", "Lili", "Emma")]
    assert [track.pk for track in search.find("prelude", owner).tracks] == made


def test_short_names_are_found(owner: User) -> None:
    a_track("One", artist="U2")
    a_track("Numb", artist="Portishead")
    assert [artist.name for artist in search.find("u2", owner).artists] == ["U2"]
    assert [artist.name for artist in search.find("u", owner).artists] == ["U2"]


@pytest.mark.parametrize("query", ["", "  ", "!!!", '" OR "', "a" * 500, "NEAR(x y)", "%", "_", "\0", "prelude" * 40])
def test_no_query_breaks_it(query: str, owner: User) -> None:
    a_track("Prelude")
    search.find(query, owner)


def test_what_others_keep_to_themselves_is_not_found(owner: User, other: User) -> None:
    album = Album.objects.create(title="Hidden", artist=Artist.objects.create(name="Secretive"))
    a_track("Secret song", owner=owner, private=True, artist="Secretive", album=album)
    for query in ("secret", "secretive", "hidden", "sceret"):
        assert search.find(query, owner)
        assert not search.find(query, other)


def test_the_index_follows_the_rows(owner: User) -> None:
    track = a_track("Before", artist="Old name")
    intake.edit_track(track, Edit(title="Later", artist="Old name"))
    assert titles("before", owner) == []
    assert titles("later", owner) == ["Later"]
    artist = Artist.objects.get()
    artist.name = "Renamed"
    artist.save()
    assert titles("renamed", owner) == ["Later"]
    assert titles("old name", owner) == []
    Track.objects.get().delete()
    assert not search.find("later", owner).tracks


@pytest.mark.sqlite
def test_lost_triggers_are_mended(owner: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER catalog_track_fts_insert")
    a_track("Stray")
    assert titles("tray", owner) == []
    search_index.install(connection)
    assert titles("tray", owner) == ["Stray"]


def test_the_page_and_its_fragment(owner: User, sign_in: SignIn) -> None:
    a_track("Prelude", artist="Clara")
    client = sign_in(owner)
    page = client.get(reverse("search"), {"q": "prelud"})
    fragment = client.get(reverse("search"), {"q": "prelud"}, headers={"HX-Request": "true", "HX-Target": "found"})
    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()
    for response in (page, fragment):
        assert "Prelude" in response.content.decode()
        assert "HX-Request" in response["Vary"]
    assert "No matches" in client.get(reverse("search"), {"q": "xylophone"}).content.decode()
    assert client.get(reverse("search")).status_code == 200


def test_searching_costs_as_many_queries_for_fifty_as_for_one(
    owner: User, sign_in: SignIn, django_assert_max_num_queries: object
) -> None:
    for number in range(60):
        album = Album.objects.create(title=f"Prelude book {number}")
        a_track(f"Prelude {number}", artist=f"Prelude player {number}", album=album)
    client = sign_in(owner)
    with django_assert_max_num_queries(20):
        assert client.get(reverse("search"), {"q": "prelude"}).status_code == 200
    with django_assert_max_num_queries(12):
        client.get(reverse("search"), {"q": "prelude"}, headers={"HX-Request": "true", "HX-Target": "found"})
