"""Signing in and out, lock-out, password, colours."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.rows import a_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def ada() -> User:
    return a_user("ada", is_superuser=True)


def enter(client: Client, password: str = PASSWORD, **more: str) -> object:
    return client.post(reverse("login"), {"username": "ada", "password": password, **more})


def test_signing_in_and_out(ada: User) -> None:
    client = Client()
    assert client.get(reverse("home"))["Location"].startswith(reverse("login"))
    assert enter(client)["Location"] == reverse("home")
    assert client.get(reverse("home")).status_code == 200
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert client.get(reverse("home")).status_code == 302


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 302),
        ({"HX-Request": "true", "HX-Boosted": "true", "HX-Target": "main"}, 302),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, 302),
        ({"HX-Request": "true", "HX-Target": "found"}, 401),
        ({"HX-Request": "true"}, 401),
    ],
)
def test_a_page_leads_who_was_signed_out_to_the_door_and_a_part_of_one_does_not_become_it(
    headers: dict[str, str], status: int
) -> None:
    assert Client().get(reverse("search"), headers=headers).status_code == status


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(ada: User, target: str) -> None:
    assert enter(Client(), next=target)["Location"] == reverse("home")


def test_many_wrong_passwords_lock_that_name_from_that_address(ada: User, settings: object) -> None:
    client = Client()
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        refused = enter(client, "wrong")
        assert refused.status_code == 200
        assert "Wrong username or password." in refused.content.decode()
    assert enter(client, "wrong").status_code == 429
    locked = enter(client)
    assert locked.status_code == 429
    assert "quarter of an hour" in locked.content.decode()
    assert 'id="main"' in locked.content.decode()
    assert enter(Client(REMOTE_ADDR="192.0.2.7"))["Location"] == reverse("home")


def test_the_desk_uses_the_same_door(ada: User) -> None:
    stranger = Client()
    response = stranger.get(reverse("admin:index"), follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("login"))
    listener = Client()
    listener.force_login(a_user("listener"))
    assert listener.get(reverse("admin:index"), follow=True).status_code == 403


def test_changing_the_password_ends_other_sessions(ada: User) -> None:
    here, there = Client(), Client()
    enter(here)
    enter(there)
    fresh = "another unusual sentence"
    fields = {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh}
    assert here.post(reverse("password"), fields)["Location"] == reverse("account")
    assert here.get(reverse("home")).status_code == 200
    assert there.get(reverse("home")).status_code == 302


def test_the_password_page_needs_the_old_one(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    assert client.get(reverse("password")).status_code == 200
    fields = {"old_password": "wrong", "new_password1": "x" * 20, "new_password2": "x" * 20}
    assert client.post(reverse("password"), fields).status_code == 200
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


def test_colours_are_remembered(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    url = reverse("theme")
    response = client.post(url, {"theme": "dark"}, headers={"Referer": "http://testserver/tracks/?q=a"})
    assert response["Location"] == "http://testserver/tracks/?q=a"
    ada.refresh_from_db()
    assert ada.theme == "dark"
    assert client.post(url, {"theme": "light"}, headers={"Referer": "https://evil.example/"})["Location"] == "/"
    assert client.post(url, {"theme": "pink"}).status_code == 400
    assert client.get(url).status_code == 405
