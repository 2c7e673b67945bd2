"""The bench itself: the library it makes up, what it calls a hit, and the command."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recommender import query
from recommender.bench import engines, imagined, search
from recommender.facets import reference
from recommender.index.base import Filter, Hits
from recommender.index.exact import ExactIndex

LAYOUT = query.present_layout(reference.shipped())


@pytest.fixture(scope="module")
def made() -> imagined.Library:
    return imagined.imagine(1500, LAYOUT)


def test_the_same_arguments_make_the_same_library(made: imagined.Library) -> None:
    again = imagined.imagine(1500, LAYOUT)
    assert np.array_equal(again.vectors, made.vectors)
    assert again.attributes == made.attributes


def test_facets_are_unit_vectors_and_rows_equally_long(made: imagined.Library) -> None:
    for part in LAYOUT.facets:
        assert np.allclose(np.linalg.norm(made.vectors[:, part.start : part.stop], axis=1), 1, atol=1e-4)
    assert np.ptp(np.linalg.norm(made.vectors, axis=1)) < 1e-3


def test_tracks_of_an_artist_sound_more_alike_than_others(made: imagined.Library) -> None:
    sound = made.vectors[:, : LAYOUT.parts[0].stop]
    alike = sound @ sound.T
    artist = np.array([row.artist_id for row in made.attributes])
    same = artist[:, None] == artist
    np.fill_diagonal(same, val=False)
    assert alike[same].mean() > alike[~same].mean() + 0.3


@pytest.mark.parametrize("dim", [64, 276])
def test_another_dimension_changes_the_sound(dim: int) -> None:
    resized = imagined.resized(LAYOUT, dim)
    assert resized.dim == dim
    assert [part.name for part in resized.parts] == [part.name for part in LAYOUT.parts]
    assert imagined.imagine(50, resized).vectors.shape == (50, dim)


def test_the_exact_index_finds_everything(made: imagined.Library) -> None:
    index = ExactIndex()
    search.put(index, made)
    for kind, asked in search.scenarios(made, 3).items():
        found = search.measure(index, asked, index, made, engines.exact().cpu)
        assert found.to_json()["recall20"] == 1.0, kind


def test_what_is_missed_costs_recall_and_ties_do_not() -> None:
    rows = np.array([[3.0], [2.0], [2.0], [1.0]], np.float32)
    best = Hits(np.array([1, 2]), np.array([3.0, 2.0], np.float32))
    asked = np.ones(1, np.float32)
    for ids, expected in (([1, 2], 1.0), ([1, 3], 1.0), ([1, 4], 0.5), ([4], 0.0), ([1, 1], 0.5)):
        assert search.recall(Hits(np.array(ids), np.zeros(len(ids))), best, asked, rows) == expected


def test_questions_are_searched_as_hard_as_the_site_searches(made: imagined.Library) -> None:
    asked = search.scenarios(made, 4)
    assert {one.effort for one in asked["negative"]} == {query.MOST_EFFORT}
    assert {one.effort for one in asked["blend"]} == {query.MOST_EFFORT}
    assert all(one.where != Filter() for one in asked["filter_year"])


def test_the_command_writes_what_it_says(tmp_path: Path) -> None:
    out, path = StringIO(), tmp_path / "bench.json"
    call_command("bench", "search", "--tracks", "300", "--queries", "2", "--no-embedded", "--json", path, stdout=out)
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["tracks"] == 300
    assert report["engines"]["exact"]["scenarios"]["random"]["recall20"] == 1.0
    assert "single_facet" in out.getvalue()


def test_too_few_dimensions_are_refused() -> None:
    with pytest.raises(CommandError, match="leaves no room for sound"):
        call_command("bench", "search", "--tracks", "300", "--dim", "10", "--no-embedded")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tracks", "0"], "20 or more, not 0"),
        (["--tracks", "many"], "'many' is no whole number"),
        (["--queries", "0"], "1 or more, not 0"),
        (["--tracks", "99999999999"], "not enough memory"),
        (["--tracks", "300", "--json", "/nowhere/figures.json"], "there is no folder /nowhere"),
        (["--tracks", "300", "--uri", "nonsense"], "nonsense"),
        (["--tracks", "300", "--uri", "http://127.0.0.1:9"], "failed to connect"),
    ],
)
def test_what_cannot_be_measured_is_said_before_anything_is(arguments: list[str], words: str) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match=words):
        call_command("bench", "search", *arguments, stdout=out)
    assert "tracks written" not in out.getvalue()


@pytest.mark.services
def test_the_embedded_index_finds_everything(made: imagined.Library) -> None:
    exact = ExactIndex()
    search.put(exact, made)
    with engines.embedded() as engine:
        search.put(engine.index, made)
        asked = search.scenarios(made, 20)["random"]  # CPU of another process is counted in hundredths of a second
        found = search.measure(engine.index, asked, exact, made, engine.cpu)
    assert found.to_json()["recall20"] == 1.0
    assert found.server > 0
