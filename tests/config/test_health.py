"""What load balancers ask."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from tests.processes import free_port


@pytest.fixture(autouse=True)
def nobody_there(settings: Any) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port()}/0"
    settings.MILVUS_URI = f"http://127.0.0.1:{free_port()}"


def test_live_asks_nobody(client: Client) -> None:
    response = client.get("/health/live")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert client.post("/health/live").status_code == 405


@pytest.mark.django_db
def test_ready_names_what_is_missing_but_keeps_the_site(client: Client) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"ready": False, "database": "ok", "broker": "no answer", "index": "no answer"}


def test_without_a_database_the_site_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("config.health.connection.cursor", broken)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["database"] == "no answer"


@pytest.mark.services
@pytest.mark.django_db
def test_ready_when_all_answer(client: Client, settings: Any, milvus_lite: str, valkey: str) -> None:
    settings.MILVUS_URI, settings.CELERY_BROKER_URL = milvus_lite, valkey
    assert client.get("/health/ready").json()["ready"] is True
    settings.CELERY_BROKER_URL = valkey.replace("redis://:", "redis://:not-")
    assert client.get("/health/ready").json()["broker"] == "no answer"
