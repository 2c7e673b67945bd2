"""The first visit: one link, one administrator, no default password."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts import setup
from accounts.models import User
from config.limits import LIMITS
from tests.rows import a_user

pytestmark = pytest.mark.django_db
PASSWORD = "an unusual sentence"


@pytest.fixture(autouse=True)
def data(settings: object, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    return tmp_path


def create(client: Client, token: str | None, **values: str) -> object:
    fields = {"username": "ada", "password1": PASSWORD, "password2": PASSWORD, "token": token or "", **values}
    return client.post(reverse("setup"), fields)


def test_the_token_is_kept_for_the_server_alone(data: Path) -> None:
    token = setup.current_token()
    assert token == setup.current_token()
    assert (data / "setup_token").stat().st_mode & 0o777 == 0o600
    assert len(token or "") >= 40


def test_the_link_makes_the_administrator_and_signs_in(data: Path) -> None:
    client = Client()
    token = setup.current_token()
    assert client.get(reverse("setup"), {"token": token}).status_code == 200
    response = create(client, token)
    assert response["Location"] == reverse("home")
    user = User.objects.get()
    assert user.is_superuser
    assert user.check_password(PASSWORD)
    assert client.get(reverse("home")).status_code == 200
    assert not (data / "setup_token").exists()
    assert setup.current_token() is None


def test_it_works_once() -> None:
    token = setup.current_token()
    create(Client(), token)
    response = create(Client(), token, username="eve")
    assert response["Location"] == reverse("login")
    assert User.objects.count() == 1


def test_of_two_at_once_one_wins() -> None:
    setup.current_token()
    setup.create_administrator("ada", PASSWORD)
    User.objects.all().delete()  # the other one has looked before the first one wrote
    with pytest.raises(setup.AlreadySetUp):
        setup.create_administrator("eve", PASSWORD)


@pytest.mark.parametrize("token", ["", "wrong", "ü" * 43])
def test_without_the_right_token_nobody_becomes_anything(token: str) -> None:
    client = Client()
    setup.current_token()
    assert "prints" in client.get(reverse("setup"), {"token": token} if token else {}).content.decode()
    assert create(client, token).status_code in {200, 403}
    assert not User.objects.exists()


def test_guessing_ends() -> None:
    client = Client()
    for _ in range(LIMITS["setup"].times):
        assert client.get(reverse("setup"), {"token": "guess"}).status_code == 403
    assert client.get(reverse("setup"), {"token": "guess"}).status_code == 429
    assert client.get(reverse("setup"), {"token": setup.current_token()}).status_code == 429


@pytest.mark.parametrize(
    "wrong", [{"password2": "another"}, {"password1": "short", "password2": "short"}, {"username": "a b c"}]
)
def test_mistakes_keep_the_link(wrong: dict[str, str]) -> None:
    token = setup.current_token()
    response = create(Client(), token, **wrong)
    assert response.status_code == 200
    assert not User.objects.exists()
    assert setup.current_token() == token


def test_sign_in_leads_to_the_first_visit_while_nobody_is_there() -> None:
    assert Client().get(reverse("login"))["Location"] == reverse("setup")
    a_user(is_superuser=True)
    assert Client().get(reverse("login")).status_code == 200
    assert Client().get(reverse("setup"))["Location"] == reverse("login")


def test_the_link_is_printed_again(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("setup_link")
    assert f"/setup/?token={setup.current_token()}" in capsys.readouterr().out
    a_user(is_superuser=True)
    call_command("setup_link")
    assert "administrator already" in capsys.readouterr().out
