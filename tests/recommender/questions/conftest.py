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
def searched(db: None, index: ExactIndex) -> Callable[[], None]:
    """Sends what was analysed to an index in memory; call it when the library is complete."""

    def send() -> None:
        outbox.send(index_versions.ensure_current())
        library.forget()

    return send
