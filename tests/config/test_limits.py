"""What is costly cannot be started without end, and who asks is who asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.addresses import network_of
from accounts.limits import Limit, count, wait_of
from config import limits
from config.door import DoorMiddleware
from config.env import Env
from config.limits import LIMITS
from tests.processes import ROOT
from tests.rows import a_user

pytestmark = pytest.mark.django_db


def names(resolver: URLResolver) -> set[str]:
    found: set[str] = set()
    for pattern in resolver.url_patterns:
        found |= {str(pattern.name)} if isinstance(pattern, URLPattern) else names(pattern)
    return found


def client_of(name: str) -> Client:
    client = Client()
    client.force_login(a_user(name))
    return client


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which stands still: a window that ends by the clock ends in no test that does not wind it."""
    moment = [1_000_000.0]
    monkeypatch.setattr("accounts.limits.time.time", lambda: moment[0])
    return moment


def test_every_limit_is_of_an_address_that_exists() -> None:
    assert set(LIMITS) - names(get_resolver()) == set()


@pytest.mark.usefixtures("now")
def test_who_searches_without_end_is_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", {"search": Limit(3, 60, limits.ALL)})
    client, other = client_of("ada"), client_of("bob")
    assert [client.get(reverse("search"), {"q": "a"}).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get(reverse("search"), {"q": "a"})
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert "Try again in" in refused.content.decode()
    assert "Traceback" not in refused.content.decode()
    assert client.get(reverse("home")).status_code == 200  # only what was asked too often
    assert other.get(reverse("search"), {"q": "a"}).status_code == 200  # only who asked too often


def test_it_ends_with_the_window(now: list[float]) -> None:
    limit = Limit(2, 40)
    waits = [(wait_of("a", limit), count("a", limit)) for _ in range(3)]
    assert waits == [(0, 0), (0, 0), (40, 40)]  # looking does not count
    now[0] += 39.5
    assert (wait_of("a", limit), count("a", limit)) == (1, 1)
    now[0] += 1.0
    assert (wait_of("a", limit), count("a", limit)) == (0, 0)


@pytest.mark.usefixtures("now")
def test_reading_a_page_does_not_count_where_changes_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", {"upload": Limit(1, 60)})
    client = client_of("ada")
    assert {client.get(reverse("upload")).status_code for _ in range(5)} == {200}
    assert [client.post(reverse("upload")).status_code for _ in range(2)] == [200, 429]


@pytest.mark.usefixtures("now")
def test_links_are_guessed_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LIMITS", {"door": Limit(2, 60, limits.ALL)})
    guesses = [Client().get(reverse("door", args=[f"guess{turn}"])).status_code for turn in range(3)]
    assert guesses == [404, 404, 429]
    assert Client(REMOTE_ADDR="192.0.2.9").get(reverse("door", args=["guess"])).status_code == 404


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("", "0.0.0.0"),  # a Unix socket
    ],
)
def test_a_household_counts_as_one(address: str, counted: str) -> None:
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == counted


@pytest.mark.parametrize(
    ("proxies", "peer", "header", "believed"),
    [
        ("", "203.0.113.5", "198.51.100.1", "203.0.113.5"),  # nobody is trusted: the header is the attacker's
        ("10.0.0.0/8", "203.0.113.5", "198.51.100.1", "203.0.113.5"),  # it does not come from the proxy
        ("10.0.0.0/8", "10.0.0.2", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.2", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the left part is made up
        ("10.0.0.0/8", "10.0.0.2", "198.51.100.1, 10.0.0.9", "198.51.100.1"),  # two proxies of ours
        ("10.0.0.0/8", "10.0.0.2", "nonsense", "10.0.0.2"),
        ("10.0.0.0/8", "10.0.0.2", "", "10.0.0.2"),
    ],
)
def test_only_our_own_proxies_are_believed(
    settings: Any, monkeypatch: pytest.MonkeyPatch, proxies: str, peer: str, header: str, believed: str
) -> None:
    monkeypatch.setenv("SEGUE_TRUSTED_PROXIES", proxies)
    settings.TRUSTED_PROXIES, settings.X_ACCEL_REDIRECT = Env().networks("SEGUE_TRUSTED_PROXIES"), False
    request = RequestFactory().get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=header)
    DoorMiddleware(lambda _request: None).process_request(request)
    assert request.META["REMOTE_ADDR"] == believed


def test_a_proxy_that_is_no_address_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_TRUSTED_PROXIES", "10.0.0.0/8, caddy")
    env = Env()
    assert len(env.networks("SEGUE_TRUSTED_PROXIES")) == 1
    assert env.problems[0][0] == "SEGUE_TRUSTED_PROXIES"


@pytest.mark.parametrize(
    ("proxies", "header", "believed"),
    [
        ("", "192.0.2.7", "192.0.2.7"),
        ("", "1.2.3.4, 192.0.2.7", "192.0.2.7"),  # what nginx saw; the rest is anybody's word
        ("172.16.0.0/12", "1.2.3.4, 192.0.2.7, 172.18.0.1", "192.0.2.7"),  # a proxy in front of nginx
    ],
)
def test_nginx_is_believed_and_a_proxy_before_it_only_when_named(
    settings: Any, monkeypatch: pytest.MonkeyPatch, proxies: str, header: str, believed: str
) -> None:
    monkeypatch.setenv("SEGUE_TRUSTED_PROXIES", proxies)
    settings.TRUSTED_PROXIES, settings.X_ACCEL_REDIRECT = Env().networks("SEGUE_TRUSTED_PROXIES"), True
    request = RequestFactory().get("/", REMOTE_ADDR="172.18.0.9", HTTP_X_FORWARDED_FOR=header)
    DoorMiddleware(lambda _request: None).process_request(request)
    assert request.META["REMOTE_ADDR"] == believed
    assert "X-Forwarded-For $proxy_add_x_forwarded_for;" in (ROOT / "deploy" / "nginx.conf").read_text()
