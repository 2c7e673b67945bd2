"""The embedded index under a filter: where it leaves little, all of that is compared; the graph serves the rest."""

from __future__ import annotations

import numpy as np
from milvus_lite.index.faiss_hnsw import FaissHnswIndex

from recommender.index import lite_server

EFFORT = {"ef": 64}


def test_what_a_filter_leaves_far_from_the_question_is_found() -> None:
    generator = np.random.default_rng(1)
    turn = generator.uniform(0, 2 * np.pi, 8000)
    rows = np.hstack([np.stack([np.cos(turn), np.sin(turn)], axis=1), 0.2 * generator.standard_normal((8000, 14))])
    rows = rows.astype(np.float32)
    graph = FaissHnswIndex.build(rows, "IP", {"M": 16, "efConstruction": 40})
    questions = rows[np.abs(turn - np.pi) > 3.0][:5]  # all look at 0
    far = np.abs(turn - np.pi) < 0.1
    likeness = np.where(far, questions @ rows.T, -np.inf)
    best = np.sort(likeness, axis=1)[:, :-21:-1]
    ids, distances = lite_server.search(graph, questions, 20, valid_mask=far, params=EFFORT)
    np.testing.assert_allclose(np.take_along_axis(likeness, ids, axis=1), best, rtol=1e-5)
    np.testing.assert_allclose(distances, -best, rtol=1e-5)  # small is near, as Milvus Lite has it
    by_graph, _ = graph.search(questions, 20, valid_mask=far, params=EFFORT)
    assert not np.array_equal(np.sort(by_graph), np.sort(ids)), "the graph finds them as well: nothing was proved"
    asked = lite_server.search(graph, questions, 20, valid_mask=~far, params=EFFORT)
    for ours, theirs in zip(asked, graph.search(questions, 20, valid_mask=~far, params=EFFORT), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_what_is_missing_is_marked_as_milvus_lite_does() -> None:
    rows = np.eye(8, dtype=np.float32)
    graph = FaissHnswIndex.build(rows, "IP", {"M": 4, "efConstruction": 20})
    kept = np.arange(8) < 3
    ids, distances = lite_server.search(graph, rows[:1], 5, valid_mask=kept, params=EFFORT)
    assert ids[0, 0] == 0
    assert set(ids[0, :3]) == {0, 1, 2}
    assert ids[0, 3:].tolist() == [-1, -1]
    assert np.isinf(distances[0, 3:]).all()
    none, _ = lite_server.search(graph, rows[:1], 5, valid_mask=np.zeros(8, bool), params=EFFORT)
    assert none.tolist() == [[-1] * 5]
