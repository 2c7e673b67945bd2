"""One contract for every index: exact, Milvus Lite behind our server, and a Milvus server when one is named."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import numpy as np
import pytest
from pymilvus import MilvusClient

from recommender.errors import IndexUnavailable
from recommender.index.base import Attributes, Filter, VectorIndex
from recommender.index.exact import ExactIndex
from recommender.index.milvus import MilvusIndex
from tests.processes import PATIENCE, TOKEN, free_port

DIM = 12
SERVER = os.environ.get("SEGUE_TEST_MILVUS_URI", "")
TOKENS = {"lite": TOKEN, "server": ""}
KINDS = [
    "exact",
    pytest.param("lite", marks=pytest.mark.services),
    pytest.param("server", marks=[pytest.mark.services, pytest.mark.skipif(not SERVER, reason="no Milvus named")]),
]


@pytest.fixture(params=KINDS)
def index(request: pytest.FixtureRequest) -> VectorIndex:
    if request.param == "exact":
        return ExactIndex()
    uri = SERVER if request.param == "server" else request.getfixturevalue("milvus_lite")
    return MilvusIndex(uri, TOKENS[request.param], consistency="Strong", search_timeout=10.0)


@pytest.fixture
def collection(index: VectorIndex) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    index.create(name, DIM)
    yield name
    index.drop(name)


def vectors(count: int, seed: int = 0) -> np.ndarray:
    """Rows of length 1."""
    rows = np.random.default_rng(seed).standard_normal((count, DIM)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def fill(index: VectorIndex, collection: str, attributes: list[Attributes]) -> np.ndarray:
    """Rows 1, 2, 3 ... with these attributes."""
    rows = vectors(len(attributes))
    index.upsert(collection, range(1, len(rows) + 1), rows, attributes)
    return rows


def found(index: VectorIndex, collection: str, where: Filter, k: int = 100) -> set[int]:
    return set(index.search(collection, vectors(1, seed=9)[0], k, where).ids.tolist())


def test_is_an_index(index: VectorIndex) -> None:
    assert isinstance(index, VectorIndex)


HIDDEN = (
    Filter(),
    Filter(bpm=(None, 100.0)),
    Filter(without_ids=frozenset(range(1, 1200))),
    Filter(without_ids=frozenset({7})),
)


@pytest.mark.parametrize("where", HIDDEN)
def test_several_questions_are_answered_as_each_alone(index: VectorIndex, collection: str, where: Filter) -> None:
    rows = fill(index, collection, [Attributes(bpm=80.0 + number % 40) for number in range(1500)])
    asked = np.stack([vectors(1, seed=5)[0], 2 * rows[6], rows[1400]])
    together = index.search_each(collection, asked, 15, where, effort=1024)
    assert len(together) == 3
    for query, hits in zip(asked, together, strict=True):
        alone = index.search(collection, query, 15, where, effort=1024)
        assert hits.ids.tolist() == alone.ids.tolist()
        assert len(hits.ids) == 15
        np.testing.assert_allclose(hits.scores, alone.scores, atol=1e-5)
        assert hits.ids.dtype == np.int64
        assert hits.scores.dtype == np.float32


def test_it_says_whether_a_collection_exists(index: VectorIndex, collection: str) -> None:
    assert index.exists(collection)
    index.drop(collection)
    assert not index.exists(collection)


def test_no_question_has_no_answer(index: VectorIndex, collection: str) -> None:
    fill(index, collection, [Attributes()] * 3)
    assert index.search_each(collection, np.zeros((0, DIM), np.float32), 5, Filter()) == []
    assert [hits.ids.tolist() for hits in index.search_each(collection, vectors(2), 0, Filter())] == [[], []]


def test_answers_best_first_by_inner_product(index: VectorIndex, collection: str) -> None:
    rows = fill(index, collection, [Attributes()] * 300)
    query = 3.0 * vectors(1, seed=5)[0]
    hits = index.search(collection, query, 20, Filter())
    truth = np.argsort(-(rows @ query))[:20]
    assert hits.ids.tolist() == (truth + 1).tolist()
    np.testing.assert_allclose(hits.scores, (rows @ query)[truth], atol=1e-4)
    assert hits.ids.dtype == np.int64
    assert hits.scores.dtype == np.float32


def test_a_negative_weight_turns_a_facet_round(index: VectorIndex, collection: str) -> None:
    rows = fill(index, collection, [Attributes()] * 200)
    query = rows[0].copy()
    query[6:] *= -1
    assert index.search(collection, query, 1, Filter()).ids[0] == np.argmax(rows @ query) + 1


def test_a_second_write_replaces_the_first(index: VectorIndex, collection: str) -> None:
    first, second = vectors(2)
    index.upsert(collection, [7], first[np.newaxis], [Attributes(bpm=90.0)])
    index.upsert(collection, [7], second[np.newaxis], [Attributes(bpm=120.0)])
    hits = index.search(collection, second, 5, Filter(bpm=(119.0, 121.0)))
    assert index.count(collection) == 1
    assert hits.ids.tolist() == [7]
    assert hits.scores[0] == pytest.approx(1.0, abs=1e-4)


def test_deletes_and_ignores_unknown_ids(index: VectorIndex, collection: str) -> None:
    fill(index, collection, [Attributes()] * 5)
    index.delete(collection, [2, 4, 99])
    index.delete(collection, [])
    assert index.ids_between(collection, 0, 2**63 - 1).tolist() == [1, 3, 5]
    assert index.ids_between(collection, 2, 5).tolist() == [3]
    assert found(index, collection, Filter()) == {1, 3, 5}


def test_fewer_rows_than_asked_for(index: VectorIndex, collection: str) -> None:
    assert index.search(collection, vectors(1)[0], 10, Filter()).ids.tolist() == []
    fill(index, collection, [Attributes()] * 3)
    assert len(index.search(collection, vectors(1)[0], 10, Filter()).ids) == 3
    assert len(index.search(collection, vectors(1)[0], 0, Filter()).ids) == 0


def test_a_stranger_does_not_see_private_tracks(index: VectorIndex, collection: str) -> None:
    fill(index, collection, [Attributes(owner_id=0), Attributes(owner_id=5), Attributes(owner_id=6)])
    assert found(index, collection, Filter(viewer_id=5)) == {1, 2}
    assert found(index, collection, Filter()) == {1}


def test_bounds_are_inclusive_and_leave_the_unknown_out(index: VectorIndex, collection: str) -> None:
    fill(
        index,
        collection,
        [
            Attributes(bpm=118.4, year=1999),
            Attributes(bpm=118.5, year=2000),
            Attributes(bpm=90.0, year=2001),
            Attributes(),
        ],
    )
    assert found(index, collection, Filter(bpm=(118.4, 118.4))) == {1}
    assert found(index, collection, Filter(bpm=(None, 118.4))) == {1, 3}
    assert found(index, collection, Filter(bpm=(118.5, None))) == {2}
    assert found(index, collection, Filter(year=(2000, None), bpm=(90, 200))) == {2, 3}
    assert found(index, collection, Filter(seconds=(None, 10.0))) == set()


def test_sets_of_artists_albums_and_tracks(index: VectorIndex, collection: str) -> None:
    fill(index, collection, [Attributes(artist_id=track % 3, album_id=track % 4) for track in range(1, 10)])
    assert found(index, collection, Filter(without_artists=frozenset({1, 2}))) == {3, 6, 9}
    assert found(index, collection, Filter(without_albums=frozenset({1, 2}))) == {3, 4, 7, 8}
    both = Filter(without_artists=frozenset({1}), without_albums=frozenset({3}))
    assert found(index, collection, both) == {2, 5, 6, 8, 9}
    assert found(index, collection, Filter(without_ids=frozenset({1, 2, 3}))) == {4, 5, 6, 7, 8, 9}
    assert found(index, collection, Filter(only_ids=frozenset({2, 3, 77}))) == {2, 3}
    assert found(index, collection, Filter(only_ids=frozenset())) == set()


@pytest.mark.slow
def test_thousands_of_excluded_and_of_allowed_tracks(index: VectorIndex, collection: str) -> None:
    rows = fill(index, collection, [Attributes()] * 6000)
    query = vectors(1, seed=3)[0]
    order = np.argsort(-(rows @ query), kind="stable") + 1
    hidden, rest = frozenset(order[:5000].tolist()), order[5000:]
    hits = index.search(collection, query, 15, Filter(without_ids=hidden), effort=1024)
    assert len(set(hits.ids.tolist()) & set(rest[:15].tolist())) >= 14
    hits = index.search(collection, query, 15, Filter(only_ids=hidden), effort=1024)
    assert len(set(hits.ids.tolist()) & set(order[:15].tolist())) >= 14


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_stay_out(index: VectorIndex, collection: str, bad: float) -> None:
    row = vectors(1)
    row[0, 3] = bad
    with pytest.raises(ValueError, match="finite"):
        index.upsert(collection, [1], row, [Attributes()])
    with pytest.raises(ValueError, match="finite"):
        index.search(collection, row[0], 5, Filter())
    with pytest.raises(ValueError, match="finite"):
        index.upsert(collection, [1], vectors(1), [Attributes(bpm=bad)])
    assert index.count(collection) == 0


def test_rows_of_another_shape_stay_out(index: VectorIndex, collection: str) -> None:
    with pytest.raises(ValueError, match="dimensions"):
        index.upsert(collection, [1], np.ones((1, DIM + 1), np.float32), [Attributes()])
    with pytest.raises(ValueError, match="dimensions"):
        index.search(collection, np.ones(DIM - 1, np.float32), 5, Filter())
    with pytest.raises(ValueError, match="one table"):
        index.upsert(collection, [1, 2], vectors(1), [Attributes()])
    with pytest.raises(ValueError, match="twice"):
        index.upsert(collection, [1, 1], vectors(2), [Attributes()] * 2)


def test_creating_again_keeps_the_rows(index: VectorIndex, collection: str) -> None:
    fill(index, collection, [Attributes()] * 4)
    index.create(collection, DIM)
    assert index.count(collection) == 4
    with pytest.raises(ValueError, match="dimensions"):
        index.create(collection, DIM + 1)


def test_sealing_changes_no_answer(index: VectorIndex, collection: str) -> None:
    rows = fill(index, collection, [Attributes()] * 30)
    index.seal(collection)
    index.upsert(collection, [31], vectors(1, seed=5), [Attributes()])
    assert found(index, collection, Filter()) == set(range(1, 32))
    assert index.search(collection, rows[7], 1, Filter()).ids.tolist() == [8]


def test_a_missing_collection_is_an_unavailable_index(index: VectorIndex) -> None:
    index.drop("test_never_made")
    with pytest.raises(IndexUnavailable):
        index.search("test_never_made", vectors(1)[0], 5, Filter())
    with pytest.raises(IndexUnavailable):
        index.count("test_never_made")


def test_a_released_collection_is_loaded_again(index: VectorIndex, collection: str) -> None:
    if not isinstance(index, MilvusIndex):
        pytest.skip("only a server can release a collection")
    fill(index, collection, [Attributes()] * 3)
    client = MilvusClient(index.uri, token=TOKENS["server" if index.uri == SERVER else "lite"])
    client.release_collection(collection)
    assert len(index.search(collection, vectors(1)[0], 5, Filter()).ids) == 3
    client.release_collection(collection)
    assert index.count(collection) == 3
    client.close()


@pytest.mark.services
def test_the_client_prints_nothing_of_what_we_catch(milvus_lite: str) -> None:
    """In a process of its own: the client sets its loggers up when it is first imported."""
    asked = (
        "import django; django.setup()\n"
        "from recommender.errors import IndexUnavailable\n"
        "from recommender.index.milvus import MilvusIndex\n"
        f"for uri, token in (({milvus_lite!r}, {TOKEN!r}), ('http://127.0.0.1:{free_port()}', '')):\n"
        "    try: MilvusIndex(uri, token).count('never_made')\n"
        "    except IndexUnavailable as error: print('caught')\n"
    )
    result = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True, timeout=PATIENCE)
    assert (result.stdout, result.stderr) == ("caught\n" * 2, "")


def test_nobody_listening_is_an_unavailable_index() -> None:
    index = MilvusIndex(f"http://127.0.0.1:{free_port()}", search_timeout=0.5, write_timeout=0.5)
    with pytest.raises(IndexUnavailable):
        index.search("any", vectors(1)[0], 5, Filter())


@pytest.mark.parametrize("bound", [float("nan"), float("inf")])
def test_a_bound_must_be_a_number(bound: float) -> None:
    from recommender.index.filters import expression

    with pytest.raises(ValueError, match="bound"):
        expression(Filter(bpm=(bound, None)), (), None)
