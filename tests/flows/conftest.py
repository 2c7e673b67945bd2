"""People and an index for the journeys."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.rows import a_user


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
