"""A listener, a stranger, a curator, and a small library that was heard."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Track
from recommender import index_versions, outbox
from recommender.facets import fitting
from recommender.index.exact import ExactIndex
from tests.recommender import fitted
from tests.rows import a_library, a_user


@pytest.fixture
def ada(db: None) -> User:
    return a_user("ada")


@pytest.fixture
def eve(db: None) -> User:
    return a_user("eve")


@pytest.fixture
def site(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def desk(db: None) -> Client:
    client = Client()
    client.force_login(a_user("clio", is_staff=True))
    return client


@pytest.fixture
def library(db: None, index: ExactIndex) -> list[Track]:
    """Eight analysed tracks: artists and sounds repeat in fours, no two tempi are near."""
    tracks = a_library([60, 75, 90, 105, 120, 140, 160, None])
    outbox.send(index_versions.ensure_current())
    return tracks


@pytest.fixture
def a_large_library(index: ExactIndex, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Enough tracks to fit statistics on, none like another; ask for the database as well."""
    monkeypatch.setattr(fitting, "FEWEST", fitted.FEWEST)
    return [track.pk for track in fitted.a_large_library()]


@pytest.fixture
def one_cell(settings: object, tmp_path: Path) -> None:
    """A media folder that is thrown away, and workers with a single cell."""
    settings.MEDIA_DIR = tmp_path / "media"  # type: ignore[attr-defined]
    settings.ANALYSIS_CELLS = 1  # type: ignore[attr-defined]
