"""People and an index for the journeys."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from recommender import index_versions
from recommender.index.exact import ExactIndex
from tests.rows import a_user


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> ExactIndex:
    """The index that compares with everything, in place of the server."""
    index = ExactIndex()
    monkeypatch.setattr(index_versions, "index", lambda: index)
    return index


@pytest.fixture
def ada(db: None) -> User:
    """A curator."""
    return a_user("ada", is_staff=True)


@pytest.fixture
def desk(ada: User) -> Client:
    """The browser of the curator."""
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def sofa(db: None) -> Client:
    """The browser of somebody who only listens."""
    client = Client()
    client.force_login(a_user("ben"))
    return client
