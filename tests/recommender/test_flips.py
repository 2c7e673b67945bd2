"""Somebody flips to another index version while pages are being made."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils.html import strip_tags

from catalog.models import Track
from recommender import index_versions, questions
from recommender.index.base import Filter, Hits
from recommender.index.exact import ExactIndex
from recommender.measurement import FloatArray
from recommender.questions import Asker
from tests.flows.reading import text
from tests.recommender.fitted import complete, renewed, the_active
from tests.rows import a_user

EVEN = {"sound": 0.6, "mood": 0.2, "tempo": 0.3}


@pytest.mark.django_db
def test_one_request_is_answered_by_one_version(
    client: Client, a_large_library: list[int], index: ExactIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody flips while a page is being made: it is finished with the version that it was begun with."""
    old, new = the_active(), renewed()
    complete()
    index_versions.activate(old)
    asked: list[str] = []
    search = index.search_each

    def flipping(collection: str, asked_for: FloatArray, k: int, where: Filter, *, effort: int = 256) -> list[Hits]:
        asked.append(collection)
        index_versions.activate(new if the_active() == old else old)
        return search(collection, asked_for, k, where, effort=effort)

    monkeypatch.setattr(index, "search_each", flipping)
    viewer = a_user()
    client.force_login(viewer)
    for _ in range(4):
        page = client.get(f"/tracks/{a_large_library[0]}/", {"sound": "0.6"})
        assert page.status_code == 200
        found = questions.similar(Track.objects.get(pk=a_large_library[0]), EVEN, Asker.of(viewer), k=20)
        assert (len(found.results), found.problem, found.searched) == (20, "", "")
    assert set(asked) == {old.collection, new.collection}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/words/?q=calm+piano", "/tracks/{}/?mood=0.5", "/blend/?track={}&style=piano"])
def test_two_pages_at_once_are_each_of_the_version_that_they_were_begun_with(
    address: str, a_large_library: list[int], index: ExactIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are in the middle of their search when the version has been flipped: each says what it says undisturbed."""
    old, new, viewer = the_active(), renewed(), a_user()  # by the shipped statistics, and by the library's own
    complete()
    address = address.format(a_large_library[0])

    def page() -> str:
        client = Client()
        client.force_login(viewer)
        try:
            return " ".join(strip_tags(text(client.get(address))).split())  # without what is new each time
        finally:
            connection.close()

    alone = {}
    for version in (old, new):
        index_versions.activate(version)
        alone[version] = page()
    search, searching, go_on = index.search_each, threading.Semaphore(0), threading.Event()

    def waiting(*asked: Any, **more: Any) -> list[Hits]:
        searching.release()
        assert go_on.wait(20)
        return search(*asked, **more)

    monkeypatch.setattr(index, "search_each", waiting)
    with ThreadPoolExecutor(2) as pool:
        begun = []
        for version in (old, new):
            index_versions.activate(version)
            begun.append(pool.submit(page))
            assert searching.acquire(timeout=20)
        go_on.set()
        said = [each.result(20) for each in begun]
    assert said == [alone[old], alone[new]]
    assert said[0] != said[1]
