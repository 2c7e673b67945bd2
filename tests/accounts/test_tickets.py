"""Links that work once, and the places where somebody is signed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import devices, tickets
from accounts.models import Device, Ticket, User
from tests.rows import a_user

pytestmark = pytest.mark.django_db
FRESH = "another unusual sentence"
JOINING = {"username": "newcomer", "password1": FRESH, "password2": FRESH}
SETTING = {"new_password1": FRESH, "new_password2": FRESH}


@pytest.fixture
def root() -> User:
    return a_user("root", is_superuser=True, is_staff=True)


@pytest.fixture
def ada() -> User:
    return a_user("ada")


def enter(user: User, agent: str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", password: str = "") -> Client:
    client = Client(headers={"User-Agent": agent})
    fields = {"username": user.username, "password": password or "correct horse battery"}
    assert client.post(reverse("login"), fields)["Location"] == reverse("home")
    return client


def door(token: str) -> str:
    return reverse("door", args=[token])


def test_an_invitation_lets_one_person_in(root: User) -> None:
    page = enter(root).post(reverse("invite")).content.decode()
    token = page.split("/join/")[1].split("/")[0]
    assert token not in str(list(Ticket.objects.values()))
    guest = Client()
    assert guest.get(door(token)).status_code == 200
    assert guest.post(door(token), JOINING | {"password2": "other"}).status_code == 200
    assert guest.post(door(token), JOINING)["Location"] == reverse("home")
    assert guest.get(reverse("home")).status_code == 200
    newcomer = User.objects.get(username="newcomer")
    assert (newcomer.is_staff, newcomer.is_superuser) == (False, False)
    late = Client()
    assert late.get(door(token)).status_code == 404
    assert late.post(door(token), JOINING | {"username": "second"}).status_code == 404
    assert not User.objects.filter(username="second").exists()


def test_an_invited_curator_is_one(root: User) -> None:
    _, token = tickets.invite(root, curator=True)
    Client().post(door(token), JOINING)
    curator = User.objects.get(username="newcomer")
    assert curator.is_staff
    assert curator.has_perm("catalog.change_track")


def test_links_end(root: User, ada: User) -> None:
    old, taken_back = tickets.invite(root), tickets.invite(root)
    Ticket.objects.filter(pk=old[0].pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    client = enter(root)
    client.post(reverse("take-back", args=[taken_back[0].pk]))
    first, second = tickets.new_password(root, ada), tickets.new_password(root, ada)
    for token in (old[1], taken_back[1], first[1], "guess"):
        assert Client().get(door(token)).status_code == 404
    assert Client().get(door(second[1])).status_code == 200
    ada.is_active = False
    ada.save()
    assert Client().get(door(second[1])).status_code == 404


def test_a_link_of_one_kind_does_nothing_else(root: User, ada: User) -> None:
    _, token = tickets.new_password(root, ada)
    with pytest.raises(tickets.NotValid):
        tickets.join(token, "newcomer", FRESH)
    _, token = tickets.invite(root)
    with pytest.raises(tickets.NotValid):
        tickets.set_password(token, FRESH)


def test_a_new_password_by_link_ends_every_session(root: User, ada: User) -> None:
    signed_in = enter(ada)
    page = enter(root).post(reverse("reset", args=[ada.pk])).content.decode()
    token = page.split("/join/")[1].split("/")[0]
    assert Client().post(door(token), SETTING)["Location"] == reverse("login")
    assert signed_in.get(reverse("home")).status_code == 302
    assert not Device.objects.filter(user=ada).exists()
    enter(ada, password=FRESH)
    assert Client().post(door(token), SETTING).status_code == 404


def test_only_administrators_make_links(ada: User) -> None:
    ticket, _ = tickets.invite(a_user("root", is_superuser=True))
    for user in (ada, a_user("clio", is_staff=True)):
        client = Client()
        client.force_login(user)
        assert client.get(reverse("people")).status_code == 403
        assert client.post(reverse("invite")).status_code == 403
        assert client.post(reverse("reset", args=[ada.pk])).status_code == 403
        assert client.post(reverse("take-back", args=[ticket.pk])).status_code == 403
    assert Ticket.objects.count() == 1


def test_places_where_i_am_signed_in(root: User, ada: User) -> None:
    a_mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit (KHTML, like Gecko) Version/17 Safari/605"
    here, there = enter(ada), enter(ada, a_mac)
    enter(root)
    places = here.get(reverse("account")).context["places"]
    assert {(place.name, place.here) for place in places} == {("Firefox on Linux", True), ("Safari on Mac", False)}
    other = next(place.device for place in places if not place.here)
    mine = Device.objects.get(user=root)
    assert here.post(reverse("device", args=[mine.pk])).status_code == 404
    here.post(reverse("device", args=[other.pk]))
    assert there.get(reverse("home")).status_code == 302
    assert here.get(reverse("home")).status_code == 200
    again = enter(ada)
    here.post(reverse("devices-others"))
    assert again.get(reverse("home")).status_code == 302
    assert len(here.get(reverse("account")).context["places"]) == 1


def test_changing_the_password_keeps_this_place_only(root: User, ada: User) -> None:
    here, there = enter(ada), enter(ada)
    here.post(reverse("password"), SETTING | {"old_password": "correct horse battery"})
    assert [place.here for place in here.get(reverse("account")).context["places"]] == [True]
    assert there.get(reverse("home")).status_code == 302


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("", "A browser"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/130 Safari/537 Edg/130", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/130 Mobile Safari/537", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) Version/17 Safari/604", "Safari on iPhone"),
    ],
)
def test_devices_have_names(agent: str, name: str) -> None:
    assert devices.name_of(agent) == name
