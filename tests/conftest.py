"""Servers that several tests share, and the order in which tests run: those that need no server first."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import hypothesis
import pytest
from django.apps import apps
from django.core.cache import cache
from django.db.models.signals import post_migrate
from playwright.sync_api import Playwright, sync_playwright

from recommender import index_versions, lenses, library
from recommender.index.exact import ExactIndex
from tests import processes

# How long one example takes says more about the machine than about the code.
hypothesis.settings.register_profile("segue", deadline=None)
hypothesis.settings.load_profile("segue")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """A test that empties the tables at its end empties them for all later ones: what a migration wrote comes back."""
    write = import_module("config.migrations.0001_curators").make_group
    post_migrate.connect(lambda **_: write(apps, None), sender=apps.get_app_config("recommender"), weak=False)


@pytest.fixture(autouse=True)
def _fresh_library() -> None:
    """No test searches the library of the one before, nor by its statistics: rolled-back rows number the next."""
    library.forget()
    lenses._read.cache_clear()


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> None:
    """Rolled-back people give their numbers to the next: what they asked for is not counted against those."""
    cache.clear()


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> ExactIndex:
    """The index that compares with everything in the place of the server: the same contract, in memory."""
    index = ExactIndex()
    monkeypatch.setattr(index_versions, "index", lambda: index)
    return index


@pytest.fixture(scope="session")
def engine() -> Iterator[Playwright]:
    """Playwright, which a process can start only once at a time: for browsers, and for requests without one."""
    # It keeps an event loop in this thread; Django would refuse the test database to whoever comes later.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def milvus_lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Milvus Lite server; a test uses collections of its own in it."""
    with processes.lite_server(tmp_path_factory.mktemp("index") / "data") as (address, _process):
        yield address


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address, password included, of the broker that `manage.py up` uses."""
    with processes.valkey_server(tmp_path_factory.mktemp("broker")) as address:
        yield address


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what touches the database before `-m` chooses; at last put tests with servers and browsers to the end."""
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or used & {"db", "transactional_db", "live_server"}:
            item.add_marker("database")
        for name in ("services", "browser"):
            if item.get_closest_marker(name) and f"mark.{name}" not in _text(item.path):
                raise pytest.UsageError(f"{item.nodeid}: `make test` looks for mark.{name} in the text of its file")
    yield
    items.sort(key=_turn)


@functools.cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _turn(item: pytest.Item) -> list[bool]:
    """False before true: no server, then servers, then a browser; of each kind what is to begin early."""
    browser, services, early = (item.get_closest_marker(name) is not None for name in ("browser", "services", "early"))
    return [browser, services, not early]
