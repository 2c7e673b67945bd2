"""Every address of the site under requests that no browser of ours would send: an answer, soon, and never a 500."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlencode

from accounts.models import Device, User
from catalog import playlists
from catalog.models import Playlist
from recommender.index.exact import ExactIndex
from recommender.models import Listen
from tests.rows import a_library, a_track, a_user

SECONDS = 3.0  # of CPU for one request, which a busy machine does not prolong; a stuck pattern takes minutes
PATIENCE = 60.0  # seconds by the clock, should a request wait for something
BEYOND = 10**30  # more than 64 bits
NUMBERS = (0, 2**31, 2**63 - 1, 2**63, BEYOND, int("9" * 4299))
WORDS = ("..%2f..%2fetc", "a:b:c", "é\u202e", "%ff%fe", "x" * 3000)
NASTY = (
    "",
    " ",
    "nan",
    "inf",
    "-inf",
    "1e309",
    "-1",
    "0",
    str(2**63),
    str(BEYOND),
    "9" * 5000,
    "1e400,1",
    f"{BEYOND},-1",
    "٣",  # a digit, but not of ASCII
    "\n",
    "a\r\nSet-Cookie: a=b",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "%' OR 1=1 --",
    '" or id > 0 or "',
    "<script>alert(1)</script>",
    "{{ 7|add:7 }}",
    "(" * 400,
    "[" * 400,
    "-" * 3000,
    "a" * 20_000,
    "ﷺ" * 2000,  # eighteen letters each once it is folded
    "foo",
    "//evil.example",
    "0123456789abcdef\n",
)
FIELDS = (
    # what is read anywhere on the site
    "sound", "mood", "tempo", "key", "variety", "diversity", "q", "page", "sort", "after", "letter", "genre", "text",
    "bpm", "bpm_min", "bpm_max", "minutes_min", "minutes_max", "year_min", "year_max", "without_artist", "liked",
    "fresh", "style", "ids", "track", "tracks", "minus", "less", "more", "from", "to", "steps", "curve", "playlist",
    "explore", "number", "first", "seed", "size", "v", "download", "list", "next", "token", "theme", "kind", "seconds",
    "radio", "back", "title", "artist", "album", "album_artist", "year", "track_number", "disc_number", "visibility",
    "username", "password", "password1", "password2", "old_password", "new_password1", "new_password2", "off",
    "curator", "files", "file", "tonic", "mode", "preset", "words", "start", "end", "along", "course", "k",
)  # fmt: skip
Headers = dict[str, str]
HTMX: Headers = {"HX-Request": "true", "HX-Target": "found", "HX-Current-URL": "foo", "Referer": "foo"}
LEAVE_ALONE = {"logout", "history-forget", "devices-others"}  # they do what they say, and end the session


def patterns(found: Sequence[URLPattern | URLResolver], space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named address with what its parameters are."""
    for one in found:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space)
        elif one.name:
            yield f"{space}{one.name}", one


OURS = [(name, found) for name, found in patterns(get_resolver().url_patterns) if not name.startswith("admin:")]
DESK = [(name, found) for name, found in patterns(get_resolver().url_patterns) if name.startswith("admin:")]


def addresses(name: str, pattern: URLPattern, known: int) -> Iterator[str]:
    """The address with a parameter that exists, and with ones that cannot."""
    converters = pattern.pattern.converters
    if not converters:
        yield reverse(name)
        return
    for number in (known, *NUMBERS):
        yield reverse(name, kwargs=given(converters, number, "xspf"))
    if any(type(kind).__name__ == "StringConverter" for kind in converters.values()):
        for word in WORDS:
            yield reverse(name, kwargs=given(converters, known, word))


def given(converters: dict[str, Any], number: int, word: str) -> dict[str, Any]:
    kinds = {"IntConverter": number, "SessionConverter": "0123456789abcdef"}
    return {name: kinds.get(type(kind).__name__, word) for name, kind in converters.items()}


@cache
def everywhere(value: str) -> tuple[str, bytes]:
    """Every field with this value, as a question and as a form: spelled once, sent to every address."""
    fields = dict.fromkeys(FIELDS, value)
    return urlencode(fields), encode_multipart(BOUNDARY, fields)


def flooded(client: Client, method: str, address: str, value: str) -> str:
    """What is wrong with the answer to a value in every field; empty when nothing is."""
    question, form = everywhere(value)
    sent = {"QUERY_STRING": question} if method == "GET" else {"data": form, "content_type": MULTIPART_CONTENT}
    ask = partial(client.generic, method, address, headers=HTMX, **sent)
    return judged(ask, f"{method} {address[:80]} everywhere={value[:30]!r}")


def refused(client: Client, method: str, address: str, data: dict[str, Any], headers: Headers) -> str:
    """What is wrong with the answer; empty when nothing is."""
    ask = partial(getattr(client, method), address, data, headers=headers)
    told = [f"{key}={str(value)[:30]!r}" for key, value in list(data.items())[:2]]
    return judged(ask, f"{method} {address[:80]} {told}")


def judged(ask: Callable[[], Any], asked: str) -> str:
    """What is wrong with the answer to a question that was `asked`."""
    begun, began_at = time.thread_time(), time.monotonic()
    answer = ask()
    took, waited = time.thread_time() - begun, time.monotonic() - began_at
    if answer.status_code >= 500:
        return f"{asked}: {answer.status_code}"
    if took > SECONDS:
        return f"{asked}: {took:.1f} s of CPU"
    if waited > PATIENCE:
        return f"{asked}: {waited:.1f} s"
    location = answer.headers.get("Location", "")
    if "evil.example" in location.split("?")[0]:
        return f"{asked}: sent on to {location}"
    return ""


@pytest.fixture
def known(db: None, index: ExactIndex) -> int:
    """The id of a track, a playlist and an entry, all of the curator who asks."""
    tracks = a_library([60, 90, 120, None])
    curator = a_user("curator", is_staff=True, is_superuser=True)
    first = tracks[0].pk
    playlists.add(Playlist.objects.create(pk=first, owner=curator, title="List"), tracks)
    Listen.objects.create(user=curator, track=tracks[0], kind=Listen.Kind.LIKED)
    return first


@pytest.fixture
def client(known: int) -> Client:
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(User.objects.get(username="curator"))
    return signed_in


def test_no_form_is_turned_away_for_its_length_before_a_view_sees_it() -> None:
    longest = max(len(value.encode()) for value in NASTY)
    assert len(FIELDS) * longest < settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.slow
@pytest.mark.parametrize(("name", "pattern"), OURS, ids=[name for name, _ in OURS])
def test_no_address_breaks(name: str, pattern: URLPattern, client: Client, known: int) -> None:
    if name in LEAVE_ALONE:
        pytest.skip("ends the session or the history")
    problems = [
        refused(client, method, address, {}, headers)
        for address in addresses(name, pattern, known)
        for method, headers in (("get", {}), ("get", HTMX), ("post", HTMX))
    ]
    address = next(addresses(name, pattern, known))
    problems += [flooded(client, method, address, value) for value in NASTY for method in ("GET", "POST")]
    assert not list(filter(None, problems))


NUMBERED = {  # addresses that read numbers of rows from fields, and those fields
    "playlist-append": ("track",),
    "playlist-add": ("playlist", "back"),
    "entry-move": ("to",),
    "listens": ("track", "seconds"),
    "like": ("radio",),
    "queue": ("ids",),
    "blend": ("track", "minus", "without_artist"),
    "path": ("from", "to", "steps"),
    "dj": ("ids", "playlist"),
    "theme": ("theme",),
}


@pytest.mark.parametrize("name", NUMBERED)
def test_no_single_field_breaks(name: str, client: Client, known: int) -> None:
    """One at a time, because a form that refuses one field hides what the next would do."""
    address = next(addresses(name, dict(OURS)[name], known))
    usual = {"track": str(known), "kind": "played", "ids": str(known), "from": str(known), "to": "0", "title": "New"}
    usual |= {"theme": "dark"} if name == "theme" else {}
    values = (str(BEYOND), "9" * 5000, "-1", "nan", f"1,{BEYOND}", "foo", "\n", "0123456789abcdef\n")
    problems = [
        refused(client, method, address, usual | {field: value}, headers)
        for field in NUMBERED[name]
        for value in values
        for method in ("get", "post")
        for headers in ({}, {"Referer": "foo"})
    ]
    assert not list(filter(None, problems))


@pytest.mark.parametrize("name", [name for name, _ in DESK if name.endswith("_changelist")])
def test_the_desk_does_not_break(name: str, client: Client) -> None:
    fields = ("q", "p", "o", "bpm", "visibility__exact", "analysis__state__exact", "e", "foo__bar")
    values = ("", "nan", "-1", str(BEYOND), "foo", "%' OR 1=1 --")
    problems = [refused(client, "get", reverse(name), {field: value}, {}) for field in fields for value in values]
    assert not list(filter(None, problems))


@pytest.mark.parametrize("address", ["/shared/a%00b/", "/join/%00/", "/stream/%00", "/search/?q=%00", "/?x=%00"])
def test_a_nul_is_turned_away_at_the_door(address: str, client: Client) -> None:
    """PostgreSQL takes none, and raises in the middle of the query."""
    assert client.get(address).status_code == 400
    assert Client(raise_request_exception=False).get(address).status_code == 400


def test_a_nul_in_a_cookie_is_turned_away(client: Client) -> None:
    client.cookies.load('sessionid="abcdefgh\\000ijkl"')
    assert client.get("/login/").status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("value", NASTY)
def test_strangers_break_nothing_at_the_door(value: str) -> None:
    a_user("admin", is_superuser=True)
    stranger = Client(raise_request_exception=False)
    fields = ("next", "username", "password", "token")
    for address in (reverse("login"), reverse("setup"), reverse("door", args=["x"]), reverse("health-live")):
        for method in ("get", "post"):
            assert not refused(stranger, method, address, dict.fromkeys(fields, value), {})
            assert not refused(stranger, method, f"{address}?next={value[:20]}".replace("\n", "%0A"), {}, {})


def test_signing_in_while_signed_in_does_not_go_round_in_circles(client: Client) -> None:
    answer = client.get(reverse("login"), {"next": reverse("login")})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("home")


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(where: str) -> None:
    a_user("admin", is_superuser=True)
    ada = a_user("ada")
    entering = {"username": "ada", "password": "correct horse battery", "next": where}
    answer = Client().post(reverse("login"), entering)
    assert answer["Location"] == reverse("home")
    inside = Client()
    inside.force_login(ada)
    track = a_track()
    added = inside.post(reverse("playlist-add", args=[track.pk]), {"title": "New", "back": where})
    assert added["Location"] == track.get_absolute_url()
    turned = inside.post(reverse("theme"), {"theme": "dark"}, headers={"Referer": where})
    assert turned["Location"] == reverse("home")


@pytest.mark.django_db
def test_signing_in_gives_another_session(client: Client) -> None:
    """Whoever planted a session in somebody's browser does not get in with it."""
    a_user("eve")
    planted = Client()
    planted.cookies["sessionid"] = "a" * 32
    planted.post(reverse("login"), {"username": "eve", "password": "correct horse battery"})
    assert planted.cookies["sessionid"].value != "a" * 32
    assert Device.objects.filter(user__username="eve").count() == 1
