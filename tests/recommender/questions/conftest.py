"""A listener, and a library that can be searched."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from recommender import index_versions, library, outbox
from recommender.index.exact import ExactIndex
from tests.rows import a_user


@pytest.fixture
def viewer(db: None) -> User:
    return a_user()


@pytest.fixture
def searched(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Sends what was analysed to an index in memory; call it when the library is complete."""
    found = ExactIndex()
    monkeypatch.setattr(index_versions, "index", lambda: found)

    def send() -> None:
        version = index_versions.active()
        assert version is not None
        outbox.send(version)
        library.forget()

    return send
