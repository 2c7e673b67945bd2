"""The figures themselves: on inputs whose answer can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation import metrics


def test_a_constant_has_no_interval() -> None:
    found = metrics.figure(np.ones(20))
    assert (found.mean, found.low, found.high, found.n) == (1.0, 1.0, 1.0, 20)


def test_nothing_known_is_said_so() -> None:
    assert metrics.figure(np.full(3, np.nan)).to_json() == {"mean": None, "low": None, "high": None, "n": 0}


def test_the_interval_holds_the_mean() -> None:
    found = metrics.figure(np.arange(100.0))
    assert found.low < found.mean < found.high


def test_a_track_is_not_its_own_neighbour() -> None:
    ranking = metrics.rank(np.array([[9.0, 1.0, 2.0], [1.0, 9.0, 3.0], [5.0, 3.0, 9.0]]))
    assert ranking.tolist() == [[2, 1], [2, 0], [0, 1]]


@pytest.mark.parametrize(
    ("estimate", "accuracy1", "accuracy2", "within1"),
    [
        (120.0, 1, 1, 1),
        (124.0, 1, 1, 0),
        (126.0, 0, 0, 0),
        (60.0, 0, 1, 1),
        (240.5, 0, 1, 1),
        (360.0, 0, 1, 0),
        (40.0, 0, 1, 0),
        (90.0, 0, 0, 0),
        (np.nan, 0, 0, 0),
    ],
)
def test_tempo_accuracy(estimate: float, accuracy1: int, accuracy2: int, within1: int) -> None:
    found = metrics.tempo_accuracy(np.array([estimate]), np.array([120.0]))
    assert [found[name][0] for name in ("accuracy1", "accuracy2", "within1")] == [accuracy1, accuracy2, within1]


def test_clips_without_truth_do_not_count() -> None:
    assert np.isnan(metrics.tempo_accuracy(np.array([120.0]), np.array([np.nan]))["accuracy1"]).all()


def test_retrieval_by_hand() -> None:
    labels = np.array([0, 0, 1, 0, 1])
    ranking = np.array([[2, 1, 3, 4]])
    found = metrics.retrieval(ranking, labels)
    assert found["p1"][0] == 0
    assert found["p10"][0] == 1.0  # both others of its label are among ten
    assert found["map"][0] == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_the_artist_filter_leaves_the_artist_out() -> None:
    style = np.array([0, 0, 0])
    artist = np.array([0, 0, 1])
    found = metrics.retrieval(np.array([[1, 2]]), style, artist)
    assert found["map"][0] == 1.0
    alone = metrics.retrieval(np.array([[1, 2]]), style, np.array([0, 0, 0]))
    assert np.isnan(alone["map"][0])


def test_tempo_match_folds_octaves() -> None:
    truth = np.array([100.0, 50.0, 105.0, 107.0, np.nan])
    ranking = np.array([[1, 2, 3, 4]])
    assert metrics.tempo_match(ranking, truth)[0] == pytest.approx(2 / 3)


def test_mood_distance_is_one_for_everything_and_less_for_the_near() -> None:
    moods = np.arange(21.0)[:, None]
    near = metrics.rank(-np.abs(moods - moods.T))
    far = near[:, ::-1]
    assert np.nanmean(metrics.mood_distance(near, moods)) < 0.5 < 1 < np.nanmean(metrics.mood_distance(far, moods))


def test_one_hub_is_skewed_and_leaves_others_unheard() -> None:
    ranking = np.array([[1, 2], [0, 2], [0, 1], [0, 1], [0, 1]])
    found = metrics.hubness(ranking, k=1)
    assert found["skew"].mean > 1
    assert found["never_recommended"].mean == pytest.approx(3 / 5)


def test_spearman_sees_order_only() -> None:
    values = np.arange(30.0)
    assert metrics.spearman(values, np.exp(values / 10)).mean == 1.0
    assert metrics.spearman(values[:3], values[:3]).mean is None


@pytest.mark.parametrize(
    ("scores", "auc", "p3"),
    [
        ([9, 8, 7, 1, 2, 3, 4, 5], 1.0, 1.0),
        ([1, 2, 3, 4, 5, 6, 7, 8], 0.0, 0.0),
        ([9, 8, 1, 2, 3, 4, 5, 6], 10 / 15, 2 / 3),  # the third right one stands last
        ([1, 1, 1, 1, 1, 1, 1, 1], 0.5, 3 / 8),  # what a random order gives
        ([9, 5, 5, 5, 5, 1, 1, 1], 13 / 15, 2 / 3),  # two of four that stand alike are right
    ],
)
def test_separation_by_hand(scores: list[float], auc: float, p3: float) -> None:
    right = np.array([True] * 3 + [False] * 5)
    found = metrics.separation(np.array(scores, float), right, 20)
    assert (found["auc"].mean, found["p20"].mean) == (pytest.approx(auc, abs=1e-4), pytest.approx(p3, abs=1e-4))
    assert found["auc"].n == 3


def test_precision_is_of_as_many_as_asked() -> None:
    right = np.arange(100) < 50
    scores = np.where(np.arange(100) < 10, 2.0, np.where(right, 0.0, 1.0))
    assert metrics.separation(scores, right, 20)["p20"].mean == 0.5


def test_the_interval_of_a_separation_holds_it_and_narrows_with_the_number() -> None:
    generator, widths = np.random.default_rng(0), []
    for count in (20, 200):
        right = np.arange(2 * count) < count
        found = metrics.separation(generator.normal(size=2 * count) + right, right, 20)
        for figure in found.values():
            assert figure.low < figure.mean < figure.high
        widths.append(found["auc"].high - found["auc"].low)
    assert widths[0] > 2 * widths[1]


@pytest.mark.parametrize("right", [[], [True, True], [False, False]])
def test_nothing_to_separate_is_said_so(right: list[bool]) -> None:
    found = metrics.separation(np.arange(float(len(right))), np.array(right, bool), 20)
    assert {figure.mean for figure in found.values()} == {None}
