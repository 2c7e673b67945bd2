"""An index that lost what it had: nobody takes what is left, or refilled so far, for the whole library."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from catalog.models import Track
from recommender import index_versions, outbox, questions, tasks
from recommender import library as whole
from recommender.asking import Searched
from recommender.index.base import VectorIndex
from recommender.index.exact import ExactIndex
from recommender.index.milvus import MilvusIndex
from recommender.models import IndexVersion
from recommender.questions import Asker
from recommender.worker import Worker
from tests.processes import TOKEN, lite_server
from tests.rows import a_library, a_measurement, a_track, analysed

EVEN = {"sound": 0.5, "mood": 0.5, "tempo": 0.5}


def version() -> IndexVersion:
    found = index_versions.active()
    assert found is not None
    return found


def asked(seed: Track, viewer: User) -> tuple[int, str]:
    """How many neighbours there are, and what was searched."""
    answer = questions.similar(seed, EVEN, Asker.of(viewer))
    return len(answer.results), answer.searched


def refill(portion: int = outbox.CHUNK) -> None:
    while outbox.send(version(), portion):
        pass


def test_a_collection_that_was_lost_answers_again_when_it_is_whole(
    ada: User, library: list[Track], index: ExactIndex
) -> None:
    assert asked(library[0], ada) == (7, Searched.INDEX)
    index.drop(version().collection)
    analysed(a_track("Later", artist="New"), a_measurement(bpm=100.0, sound=9))
    outbox.send(version(), 3)  # makes a collection, and knows only the beginning of what is to be sent
    assert index.count(version().collection) == 3
    assert asked(library[0], ada) == (8, Searched.DATABASE)
    refill(3)
    assert index.count(version().collection) == 9
    assert asked(library[0], ada) == (8, Searched.INDEX)


def test_single_rows_that_were_lost_are_missed_by_nobody_either(
    ada: User, library: list[Track], index: ExactIndex
) -> None:
    index.delete(version().collection, [library[4].pk])
    assert asked(library[0], ada) == (6, Searched.INDEX)  # until somebody looks
    assert outbox.reconcile(version()).missing == 1
    assert asked(library[0], ada) == (7, Searched.DATABASE)
    refill()
    assert asked(library[0], ada) == (7, Searched.INDEX)


def test_a_loss_is_noticed_by_the_clock(ada: User, library: list[Track], index: ExactIndex) -> None:
    tasks.find_lost()
    assert not outbox.waits()
    index.drop(version().collection)
    tasks.find_lost()
    assert index.count(version().collection) == 8
    assert (asked(library[0], ada), version().partial_since) == ((7, Searched.INDEX), None)


def test_who_dies_before_noting_that_it_is_whole_is_followed_by_another(
    ada: User, library: list[Track], index: ExactIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.drop(version().collection)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_note_whole", lambda _version: None)
        tasks.find_lost()
    assert asked(library[0], ada) == (7, Searched.DATABASE)
    assert outbox.waits()  # so the sweeper wakes somebody
    Worker().sync_index()
    assert asked(library[0], ada) == (7, Searched.INDEX)
    assert not outbox.waits()


def test_a_loss_that_is_found_while_it_is_refilled_is_not_forgotten(library: list[Track], index: ExactIndex) -> None:
    index.drop(version().collection)
    outbox.find_lost(version())
    earlier = version()
    index.create(earlier.collection, earlier.dim)
    outbox.reconcile(version())
    later = version()
    index.drop(later.collection)
    outbox.find_lost(later)
    IndexVersion.objects.get(pk=earlier.pk).vectors.update(indexed_at=later.partial_since)
    outbox._note_whole(earlier)  # it knows of the first loss alone
    assert version().partial_since == later.partial_since


def test_a_new_library_is_no_loss(ada: User, db: None, index: ExactIndex, caplog: pytest.LogCaptureFixture) -> None:
    tracks = a_library([90.0, 100.0, 110.0])
    outbox.send(version())
    assert asked(tracks[0], ada) == (2, Searched.INDEX)
    assert "gone" not in caplog.text


def test_a_page_says_what_was_searched(
    site: Client, library: list[Track], index: ExactIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.drop(version().collection)
    outbox.find_lost(version())
    page = library[0].get_absolute_url()
    assert "Exact search" in site.get(page).content.decode()
    index.create(version().collection, version().dim)
    outbox.send(version(), 5)
    monkeypatch.setattr(whole, "EXACT_LIMIT", 7)  # too large to be compared with in the database
    body = site.get(page).content.decode()
    assert "Incomplete: the search index is being rebuilt" in body
    assert "Exact search" not in body
    listed = StringIO()
    call_command("index_versions", stdout=listed)
    assert "filled again after a loss" in listed.getvalue()
    refill()
    assert "Incomplete" not in site.get(page).content.decode()


@pytest.mark.services
@pytest.mark.slow
def test_the_folder_of_the_embedded_index_may_be_removed(
    ada: User, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracks = a_library([70.0 + number for number in range(12)], sounds=12)

    def use(address: str) -> VectorIndex:
        index = MilvusIndex(address, TOKEN, consistency="Strong", search_timeout=10.0)
        monkeypatch.setattr(index_versions, "index", lambda: index)
        return index

    with lite_server(tmp_path / "index") as (address, _process):
        use(address)
        refill()
        assert asked(tracks[0], ada) == (11, Searched.INDEX)
    shutil.rmtree(tmp_path / "index")
    with lite_server(tmp_path / "index") as (address, _process):
        index = use(address)
        assert asked(tracks[0], ada) == (11, Searched.DATABASE)  # it says itself that it has no such collection
        outbox.reconcile(version())
        outbox.send(version(), 4)
        assert index.count(version().collection) == 4
        assert asked(tracks[0], ada) == (11, Searched.DATABASE)
        refill(4)
        assert asked(tracks[0], ada) == (11, Searched.INDEX)
