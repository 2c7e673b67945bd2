"""Warming up asks real questions and survives an empty site."""

from __future__ import annotations

from config import warming
from recommender import index_versions, outbox
from recommender.index.exact import ExactIndex
from tests.rows import a_library, a_user


def test_there_is_nothing_to_warm_on_an_empty_site(db: None, index: ExactIndex) -> None:
    assert warming.warm() is False


def test_a_library_is_asked_what_a_listener_may_ask(db: None, index: ExactIndex) -> None:
    a_user()
    a_library([60, 90, 120, 150])
    outbox.send(index_versions.ensure_current())
    assert warming.warm() is True
