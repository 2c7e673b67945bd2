"""Every address of the site against everybody: whoever adds one has to say here who may use it.

What is asked for belongs to the owner and is private; to everybody else, curators and administrators included, it must
look as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from recommender.index.exact import ExactIndex
from tests.house import NAMED, SECRET, House, address, addresses, build, client_of

pytestmark = pytest.mark.django_db

PEOPLE = ("anonymous", "other", "curator", "administrator", "owner")  # who may most comes last: some things end
LOGIN = "login"  # sent to the door
Expected = tuple[int | str, ...]
Fields, Found = dict[str, Any], dict[str, int | str]

EVERYBODY: Expected = (200, 200, 200, 200, 200)
SIGNED_IN: Expected = (LOGIN, 200, 200, 200, 200)
GOES_ON: Expected = (LOGIN, 302, 302, 302, 302)
OWNER: Expected = (LOGIN, 404, 404, 404, 200)
OWNER_GOES_ON: Expected = (LOGIN, 404, 404, 404, 302)
POST_ONLY: Expected = (LOGIN, 405, 405, 405, 405)
STAFF_GOES_ON: Expected = (LOGIN, 403, 302, 302, 403)
ADMINISTRATOR: Expected = (LOGIN, 403, 403, 200, 403)


@dataclass(frozen=True)
class Case:
    """Who gets which answer to GET and to POST; None: a method that nobody may use."""

    get: Expected = POST_ONLY
    post: Expected = POST_ONLY
    data: Callable[[House], dict[str, Any]] = lambda _house: {}
    query: Callable[[House], dict[str, Any]] = lambda _house: {}


def a_listen(house: House) -> dict[str, Any]:
    return {"track": house.track.pk, "kind": "skipped", "seconds": "3"}


def a_title(_house: House) -> dict[str, Any]:
    return {"title": "Another"}


CASES: dict[str, Case] = {
    # what everybody sees who is signed in
    **dict.fromkeys(
        ("home", "progress", "tracks", "kinds", "artists", "albums", "search", "liked", "history", "export", "account"),
        Case(SIGNED_IN),
    ),
    "queue": Case(SIGNED_IN, query=lambda house: {"ids": house.track.pk}),
    **dict.fromkeys(("upload", "password", "clip"), Case(SIGNED_IN, SIGNED_IN)),
    "theme": Case(post=GOES_ON, data=lambda _house: {"theme": "dark"}),
    **dict.fromkeys(("history-forget", "devices-others"), Case(post=GOES_ON)),
    "listens": Case(post=(LOGIN, 404, 404, 404, 204), data=a_listen),
    # what belongs to somebody
    **dict.fromkeys(("track", "track-state", "artist", "album", "cover", "wave"), Case(OWNER)),
    "track-edit": Case(OWNER, OWNER_GOES_ON, a_title),
    "track-remove": Case(OWNER, OWNER_GOES_ON),
    "track-correct": Case(OWNER, OWNER_GOES_ON, lambda _house: {"bpm": "99"}),
    "like": Case(get=(LOGIN, 404, 404, 404, 303), post=(LOGIN, 404, 404, 404, 303)),
    "less": Case(post=(LOGIN, 404, 404, 404, 303)),
    "radio": Case(OWNER, query=lambda house: {"from": f"track:{house.track.pk}"}),
    "radio-next": Case(OWNER, OWNER, data=a_listen, query=lambda house: {"from": f"track:{house.track.pk}"}),
    "stream": Case(OWNER),
    "playlists": Case(SIGNED_IN, GOES_ON, a_title),
    "playlist-import": Case(post=SIGNED_IN),
    "playlist-keep": Case(post=GOES_ON, data=lambda house: {"title": "Mine", "ids": house.track.pk}),
    "playlist-add": Case(OWNER, OWNER_GOES_ON, a_title),
    "playlist": Case(OWNER, OWNER_GOES_ON, a_title),
    "playlist-remove": Case(OWNER, OWNER_GOES_ON),
    **dict.fromkeys(("playlist-share", "playlist-append"), Case(post=OWNER_GOES_ON)),
    "playlist-export": Case(OWNER),
    "playlist-extend": Case(OWNER),
    "playlist-shared": Case(SIGNED_IN),
    "entry-move": Case(post=OWNER_GOES_ON, data=lambda _house: {"to": 0}),
    "entry-remove": Case(post=OWNER_GOES_ON),
    "device": Case(post=OWNER_GOES_ON),
    "clip-answer": Case((LOGIN, 404, 404, 404, 404)),  # there is none: tests/recommender has the rest
    "clip-state": Case((LOGIN, 404, 404, 404, 404)),
    "clip-forget": Case(post=(LOGIN, 404, 404, 404, 404)),
    # questions about the whole library: what is the owner's alone stays out of the answers of others
    **dict.fromkeys(("words", "for-you", "yours", "path", "map", "map-points"), Case(SIGNED_IN)),
    "blend": Case(SIGNED_IN, query=lambda house: {"like": house.track.pk, "tracks": house.track.pk}),
    "dj": Case(OWNER, query=lambda house: {"playlist": house.playlist.pk}),
    "mix": Case((LOGIN, 404, 404, 404, 404)),  # nobody has listened yet
    "map-region": Case(SIGNED_IN, SIGNED_IN, query=lambda _house: {"outline": "-1,-1;2,-1;2,2;-1,2"}),
    "map-drawing": Case(STAFF_GOES_ON, STAFF_GOES_ON),
    # curators and administrators
    "demo": Case(STAFF_GOES_ON, STAFF_GOES_ON),
    "people": Case(ADMINISTRATOR),
    "invite": Case(post=ADMINISTRATOR),
    "reset": Case(post=ADMINISTRATOR),
    "take-back": Case(post=(LOGIN, 403, 403, 302, 403)),
    # doors
    "door": Case(EVERYBODY, EVERYBODY),
    "login": Case((200, 302, 302, 302, 302), (200, 302, 302, 302, 302)),
    "logout": Case(POST_ONLY, GOES_ON),
    "setup": Case((302, 302, 302, 302, 302), (302, 302, 302, 302, 302)),
    "health-live": Case(EVERYBODY, (405, 405, 405, 405, 405)),
    "health-ready": Case(EVERYBODY, (405, 405, 405, 405, 405)),
}


@pytest.fixture
def house(tmp_path: Path, settings: Any, index: ExactIndex) -> House:
    settings.MEDIA_DIR = tmp_path
    (tmp_path / "incoming").mkdir()
    return build(tmp_path)


def test_every_address_is_listed() -> None:
    assert set(NAMED) - set(CASES) == set()


def answers(name: str, method: str, house: House, sent: Fields, query: Fields | None = None) -> Found:
    """What each person gets."""
    url = address(name, house)
    found: Found = {}
    for person in PEOPLE:
        response = getattr(client_of(house.people[person]), method)(url, sent, query_params=query)
        to_door = response.status_code == 302 and response["Location"].startswith(f"{reverse('login')}?next=")
        found[person] = LOGIN if to_door else response.status_code
    return found


def meant(expected: Expected) -> dict[str, int | str]:
    return dict(zip(PEOPLE, expected, strict=True))


def test_who_may_look(house: House) -> None:
    """Looking changes nothing, so one house does for all."""
    found = {name: answers(name, "get", house, CASES[name].query(house)) for name in NAMED}
    assert found == {name: meant(CASES[name].get) for name in NAMED}


def test_no_page_of_others_names_what_is_private(house: House) -> None:
    for person in ("other", "curator"):
        client = client_of(house.people[person])
        for name in NAMED:
            response = client.get(address(name, house), CASES[name].query(house))
            if not response.streaming:
                assert SECRET not in response.content.decode(errors="replace"), (person, name)
    seen = client_of(house.people["owner"]).get(reverse("tracks"))
    assert SECRET in seen.content.decode()


def test_what_cannot_be_posted_to(house: House) -> None:
    names = [name for name in NAMED if CASES[name].post == POST_ONLY]
    assert {name: answers(name, "post", house, {}) for name in names} == dict.fromkeys(names, meant(POST_ONLY))


@pytest.mark.parametrize("name", sorted(name for name in NAMED if CASES[name].post != POST_ONLY))
def test_who_may_act(name: str, house: House) -> None:
    case = CASES[name]
    assert answers(name, "post", house, case.data(house), case.query(house)) == meant(case.post)


@pytest.mark.parametrize("person", ["anonymous", "other", "owner"])
def test_the_desk_is_for_staff(person: str, house: House) -> None:
    client = client_of(house.people[person])
    seen = 0
    for pattern in addresses(get_resolver(), desk=True):
        if pattern.name in NAMED or pattern.name is None:
            continue
        wanted = pattern.pattern.regex.groupindex
        values = {key: {"app_label": "catalog", "url": "x"}.get(key, house.track.pk) for key in wanted}
        url = reverse(f"admin:{pattern.name}", kwargs=values)
        for method in ("get", "post"):
            assert getattr(client, method)(url).status_code in {302, 403, 404, 405}, url
        seen += 1
    assert seen > 20


def test_changes_need_the_token_of_the_page(house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    owner = house.people["owner"]
    assert owner is not None
    client.force_login(owner)
    names = [name for name in NAMED if CASES[name].post != POST_ONLY and not name.startswith("health")]
    assert {name: client.post(address(name, house)).status_code for name in names} == dict.fromkeys(names, 403)


def test_no_page_of_a_person_is_kept_for_another_or_framed(house: House) -> None:
    client = client_of(house.people["owner"])
    for name in NAMED:
        response = client.get(address(name, house), CASES[name].query(house))
        rule = response.headers.get("Cache-Control", "")
        assert "private" in rule or "no-store" in rule, (name, rule)
        assert response.headers["X-Content-Type-Options"] == "nosniff", name
        if not response.streaming:
            assert response.headers["X-Frame-Options"] == "DENY", name
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"], name
