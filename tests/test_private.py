"""What is private changes nothing for anybody else, what is set aside nothing for anybody: not a word, not a count,
not the order of a list.

Every address is asked before and after the owner adds such tracks, and must give the same answer to the letter.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog import intake, playlists
from catalog.models import Album, Playlist, Track
from recommender import drawing, library
from recommender.facets import reference
from recommender.index.exact import ExactIndex
from recommender.measurement import Measurement
from recommender.models import Listen, TrackMap
from tests.house import NAMED
from tests.rows import a_measurement, a_track, a_user, all_analysed

pytestmark = pytest.mark.django_db

SECRETS = ("Clandestine", "Hushband", "Undercover", "Whispercore", "1933")  # title, artist, album, genre, year
EVER_NEW = re.compile(
    rb'csrf(?:middlewaretoken" value|-token" content)="[^"]+"|"made_at": "[^"]+"'
    rb"|/stream/[^\"&?]+|/radio/[0-9a-f]{16}/|session=[0-9a-f]{16}"
)
ASKED = ("", "clan", "hush", "whisper", "calm piano", "piece")
WORDY = {"search", "words", "tracks", "artists", "albums", "liked", "path", "blend"}  # they read words
PUBLIC, PRIVATE = 30, 40
ELSEWHERE = {"stream", "door", "health-ready", "account"}  # of one file, of nobody; when a device was last seen


def as_heard(number: int, **values: Any) -> tuple[Track, Measurement]:
    """A piece, and what a worker would say of it."""
    base = a_measurement(bpm=70.0 + 5 * (number % 20), tonic=number % 12, sound=number % 3)
    noise = np.random.default_rng(number).normal(0, 0.4, len(base.embedding))
    measured = replace(base, embedding=(base.embedding + noise * reference.shipped().deviation).astype(np.float32))
    return a_track(**{"title": f"Piece {number}", "artist": f"Artist {number % 7}", **values}), measured


@pytest.fixture
def owner(tmp_path: Path, settings: Any, index: ExactIndex) -> User:
    """Somebody in a house where others listen and all share music."""
    settings.MEDIA_DIR = tmp_path
    owner, other, curator = a_user("owner"), a_user("other"), a_user("curator", is_staff=True)
    curator.groups.add(Group.objects.get(name="Curators"))
    tracks = all_analysed(
        as_heard(number, genre=("Folk", "Jazz")[number % 2], year=1970 + number) for number in range(PUBLIC)
    )
    for person in (other, curator):
        for track in tracks[:6]:
            Listen.objects.create(user=person, track=track, kind=Listen.Kind.LIKED)
        playlists.create(person, "Mine", tracks[3:9])
    playlists.create(owner, "Shared", tracks[:5])
    drawing.draw()
    return owner


def hide_much(owner: User, *, aside: bool) -> None:
    """More private tracks, or such as are set aside, than others hear, some in a list that they see."""
    title, artist, album, genre, year = SECRETS
    hidden = all_analysed(
        as_heard(
            number, title=f"{title} {number}", owner=None if aside else owner, private=not aside, genre=genre,
            year=int(year), artist=artist if number % 2 else f"Artist {number % 7}",
        )
        for number in range(100, 100 + PRIVATE)
    )  # fmt: skip
    record = Album.objects.create(title=album, artist=hidden[1].artist)
    Track.objects.filter(pk__in=[track.pk for track in hidden]).update(album=record)
    playlists.add(Playlist.objects.get(owner=owner, title="Shared"), hidden)
    for track in hidden:
        Listen.objects.create(user=owner, track=track, kind=Listen.Kind.LIKED)
    if aside:
        intake.set_aside(Track.objects.filter(pk__in=[track.pk for track in hidden]))
    library.forget()
    cache.clear()
    TrackMap.objects.all().delete()  # a second drawing starts from the first and is another
    drawing.draw()


def looks(person: User, token: str) -> dict[str, bytes]:
    """What one person is told at every address, and by every question that can be asked of the whole library."""
    client = Client()
    client.force_login(person)
    first = Track.objects.filter(owner=None).order_by("pk")[0]
    second = Track.objects.filter(owner=None).order_by("pk")[1]
    mine = Playlist.objects.get(owner=person)  # each has one
    numbers = {
        "track_id": first.pk, "artist_id": first.artist_id, "playlist_id": mine.pk, "kind": "xspf", "token": token,
        "session": "0123456789abcdef", "number": 1,
    }  # fmt: skip
    common = {"from": f"track:{first.pk}", "to": str(second.pk), "outline": "-1,-1;2,-1;2,2;-1,2"}
    common |= {
        "like": str(first.pk),
        "tracks": f"{first.pk},{second.pk}",
        "playlist": str(mine.pk),
        "ids": str(first.pk),
    }
    found = {}
    for name, pattern in NAMED.items():
        wanted = pattern.pattern.converters
        if not set(wanted) <= set(numbers) or name in ELSEWHERE:
            continue
        url = reverse(name, kwargs={key: numbers[key] for key in wanted})
        from_number = {"from": str(first.pk)} if name == "path" else {}
        for headers in ({}, {"HX-Request": "true"}):
            for asked in ASKED if name in WORDY else ASKED[:1]:
                answer = client.get(url, {**common, **from_number, "q": asked}, headers=headers)
                body = b"".join(answer) if answer.streaming else answer.content
                found[f"{name} {asked} {headers}"] = str(answer.status_code).encode() + EVER_NEW.sub(b"", body)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("aside", [False, True])
def test_nobody_can_tell(aside: bool, owner: User) -> None:
    token = playlists.share(Playlist.objects.get(owner=owner))

    def told() -> dict[str, bytes]:
        people = [User.objects.get(username=name) for name in ("other", "curator")]
        looked = {person.username: looks(person, token) for person in people}
        return {f"{name}: {address}": answer for name, found in looked.items() for address, answer in found.items()}

    before = told()
    hide_much(owner, aside=aside)
    after = told()
    assert len(before) > 2 * 120
    for address, answer in after.items():
        assert not [secret for secret in SECRETS if secret.encode() in answer], address
    for address, answer in before.items():
        assert answer == after[address], address
    intake.bring_back(Track.objects.all())
    seen = b"".join(looks(owner, token).values())
    assert all(secret.encode() in seen for secret in SECRETS)  # this does look where they would be
