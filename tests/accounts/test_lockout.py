"""Guessing ends, from wherever it comes; and nobody locks somebody else out."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts import lockout
from accounts.models import User
from tests.rows import a_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "ADDRESS_LIMIT", 6)
    monkeypatch.setattr(lockout, "NAME_LIMIT", 8)


@pytest.fixture
def ada() -> User:
    return a_user("ada", is_superuser=True)


def enter(name: str, password: str, client: Client | None = None, address: str = "198.51.100.1") -> int:
    fields = {"username": name, "password": password}
    return (client or Client()).post(reverse("login"), fields, REMOTE_ADDR=address).status_code


def test_one_address_does_not_try_many_names(ada: User) -> None:
    a_user("bob")
    assert {enter(f"person{number}", "password1") for number in range(6)} == {200}
    assert enter("person7", "password1") == 429
    assert enter("bob", PASSWORD) == 429
    assert enter("bob", PASSWORD, address="198.51.100.2") == 302


def test_somebody_behind_the_same_router_locks_nobody_out_who_is_known(ada: User) -> None:
    sofa = Client()
    assert enter("ada", PASSWORD, sofa) == 302
    sofa.post(reverse("logout"))
    for number in range(6):
        enter(f"person{number}", "password1")
    refused = Client().post(reverse("login"), {"username": "ada", "password": PASSWORD}, REMOTE_ADDR="198.51.100.1")
    assert (refused.status_code, refused["Retry-After"]) == (429, "900")
    assert enter("ada", PASSWORD, sofa) == 302


def test_changing_the_address_within_ones_network_does_not_help(ada: User) -> None:
    for number in range(6):
        enter(f"person{number}", "password1", address=f"2001:db8:0:1::{number}")
    assert enter("person7", "password1", address="2001:db8:0:1:ffff::1") == 429
    assert enter("person7", "password1", address="2001:db8:0:2::1") == 200


def test_many_addresses_do_not_try_one_name_but_its_owner_comes_in_where_known(ada: User) -> None:
    sofa = Client()
    assert enter("ada", PASSWORD, sofa, "203.0.113.1") == 302
    sofa.post(reverse("logout"))
    for number in range(8):
        enter("ada", "password1", address=f"198.51.100.{number}")
    assert enter("ada", "password1", address="198.51.100.99") == 429
    assert enter("ada", PASSWORD, address="198.51.100.100") == 429  # also with the right one, or guessing would pay
    assert enter("ada", PASSWORD, sofa, "203.0.113.1") == 302


def test_being_known_as_one_person_opens_no_door_of_another(ada: User) -> None:
    a_user("mallory")
    known = Client()
    assert enter("mallory", PASSWORD, known) == 302
    known.post(reverse("logout"))
    for number in range(8):
        enter("ada", "password1", address=f"203.0.113.{number}")
    assert enter("ada", PASSWORD, known, "192.0.2.1") == 429


def test_a_forged_mark_is_worth_nothing(ada: User) -> None:
    for number in range(8):
        enter("ada", "password1", address=f"203.0.113.{number}")
    forger = Client()
    forger.cookies[lockout.COOKIE] = f"[{ada.pk}]:1tFORGED:AAAA"
    assert enter("ada", PASSWORD, forger, "192.0.2.1") == 429


def test_signing_in_to_ones_own_account_does_not_wipe_the_count(ada: User) -> None:
    a_user("mallory")
    for number in range(5):
        enter(f"person{number}", "password1")
    assert enter("mallory", PASSWORD) == 302
    enter("person6", "password1")
    assert enter("person7", "password1") == 429


def test_the_mark_is_for_this_site_alone(ada: User) -> None:
    client = Client()
    enter("ada", PASSWORD, client)
    mark = client.cookies[lockout.COOKIE]
    assert mark["httponly"]
    assert mark["samesite"] == "Lax"
    assert PASSWORD not in mark.value
