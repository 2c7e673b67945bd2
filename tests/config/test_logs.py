"""The log has one line for what was refused, and all that is known of what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse

from config.logs import OneLine
from tests.rows import a_user


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """Lines as our handler writes them."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.addFilter(OneLine())
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


@pytest.mark.django_db
def test_a_refusal_is_one_line(heard: list[str]) -> None:
    client = Client()
    client.force_login(a_user())
    assert client.post(reverse("map-drawing")).status_code == 403
    assert heard == [f"Forbidden (Permission denied): {reverse('map-drawing')}"]


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_fails_is_one_line_and_no_fault_of_ours(
    error: type[Exception], heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_values: object) -> None:
        raise error("database or disk\nis full")

    monkeypatch.setattr("recommender.views.home.render", full)
    client = Client(raise_request_exception=False)
    client.force_login(a_user())
    answer = client.get("/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "The database is not available" in answer.content.decode()
    assert heard == ["Service Unavailable: /: the database says: database or disk is full"]


@pytest.mark.django_db
def test_a_fault_is_told_in_full(heard: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_values: object) -> None:
        raise RuntimeError("our fault")

    monkeypatch.setattr("recommender.views.home.render", broken)
    client = Client(raise_request_exception=False)
    client.force_login(a_user())
    assert client.get("/").status_code == 500
    assert "Traceback" in heard[0]
    assert "our fault" in heard[0]


def test_the_site_logs_through_the_filter() -> None:
    assert settings.LOGGING["filters"]["one line"]["()"] == "config.logs.OneLine"
    assert settings.LOGGING["handlers"]["stderr"]["filters"] == ["one line"]
