"""A house in which somebody keeps things to themselves, its people, and every address of the site."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from PIL import Image

from accounts import tickets
from accounts.models import Device, User
from catalog import covers, playlists
from catalog.models import Album, Track
from catalog.streaming import stream_url
from tests.catalog.conftest import a_file, stored
from tests.rows import a_measurement, a_track, a_user, analysed

SECRET = "Clandestine"


@dataclass(frozen=True)
class House:
    """The owner's private things."""

    people: dict[str, User | None]
    track: Track
    playlist: Any
    shared_token: str
    device: Device
    ticket: Any
    ticket_token: str

    @property
    def numbers(self) -> dict[str, Any]:
        """A value for each name that addresses use."""
        owner = self.people["owner"]
        assert owner is not None
        return {
            "track_id": self.track.pk,
            "artist_id": self.track.artist_id,
            "album_id": self.track.album_id,
            "playlist_id": self.playlist.pk,
            "entry_id": self.playlist.entries.values_list("pk", flat=True).first() or 0,
            "device_id": self.device.pk,
            "ticket_id": self.ticket.pk,
            "user_id": owner.pk,
            "session": "0123456789abcdef",
            "kind": "m3u8",
            "number": 1,
            "clip_id": 1,
        }


def addresses(resolver: URLResolver, *, desk: bool) -> Iterator[URLPattern]:
    """Every address below a resolver, those of the desk or all others."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern
        elif desk or pattern.app_name != "admin":
            yield from addresses(pattern, desk=desk)


NAMED = {str(pattern.name): pattern for pattern in addresses(get_resolver(), desk=False)}


def client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=True)
    if user is not None:
        client.force_login(user)
    return client


def address(name: str, house: House) -> str:
    owner = house.people["owner"]
    assert owner is not None
    if name == "stream":
        return stream_url(house.track, owner)
    tokens = {"playlist-shared": house.shared_token, "door": house.ticket_token}
    wanted = NAMED[name].pattern.converters
    values = {key: tokens[name] if key == "token" else house.numbers[key] for key in wanted}
    return reverse(name, kwargs=values)


def build(folder: Path) -> House:
    """Fill it; media go below the folder."""
    curator = a_user("curator", is_staff=True)
    curator.groups.add(Group.objects.get(name="Curators"))
    owner = a_user("owner")
    administrator = a_user("administrator", is_superuser=True, is_staff=True)
    track = stored(a_file(), folder, owner=owner, private=True)
    analysed(track, a_measurement())
    analysed(a_track("Public"), a_measurement(bpm=100.0))
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(picture, "PPM")
    track.cover = covers.keep(picture.getvalue())
    track.title = SECRET
    track.album = Album.objects.create(title="Hidden", artist=track.artist)
    track.artist = a_track("Mine", owner=owner, private=True, artist="Secret").artist
    track.save()
    playlist, shared = playlists.create(owner, "Evening", [track]), playlists.create(owner, "Shared", [track])
    ticket, token = tickets.invite(administrator)
    client_of(owner)  # signed in elsewhere as well
    return House(
        people={
            "anonymous": None,
            "other": a_user("other"),
            "curator": curator,
            "administrator": administrator,
            "owner": owner,
        },
        track=track,
        playlist=playlist,
        shared_token=playlists.share(shared),
        device=Device.objects.get(user=owner),
        ticket=ticket,
        ticket_token=token,
    )
