"""What every reader of text promises, and how one is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.checks import run_checks
from django.test import Client
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from pytest_django import Settings

from recommender import index_versions, outbox, query, terms, words
from recommender.facets import FACETS, reference
from recommender.index.exact import ExactIndex
from recommender.words import TextEncoder
from tests.rows import a_library, a_user

USUAL = reference.shipped()

ANOTHER = "tests.recommender.another_reader:TagReader"
LAYOUT = query.present_layout(USUAL)
LENGTHS = {facet.name: facet.dim for facet in FACETS}
TEXTS = st.one_of(st.text(max_size=80), st.sampled_from(["piano", "no drums", "calm piano 90 bpm", "quokka", "-", ","]))


@pytest.fixture(params=["lexicon", ANOTHER], scope="module")
def reader(request: pytest.FixtureRequest) -> TextEncoder:
    return words.load(request.param)


def test_it_has_a_name_and_is_loaded_once(reader: TextEncoder) -> None:
    assert isinstance(reader, TextEncoder)
    assert reader.name
    assert words.load(ANOTHER) is words.load(ANOTHER)


@given(text=TEXTS)
@profile(max_examples=60, deadline=None)
def test_any_text_is_read(reader: TextEncoder, text: str) -> None:
    reading = reader.read(text, USUAL)
    for term in reading.terms:
        assert term.meaning
        assert np.isfinite(term.strength)
        for facet, direction in term.directions.items():
            assert direction.shape == (LENGTHS[facet],)
            assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-4)
    asked = terms.question(reading, LAYOUT, np.zeros((0, LAYOUT.dim), np.float32))
    assert np.isfinite(asked.vector).all()


def test_what_has_no_meaning_is_named(reader: TextEncoder) -> None:
    assert [one.word for one in reader.read("piano quokka", USUAL).unknown] == ["quokka"]
    assert [one.meaning for one in reader.read("piano quokka", USUAL).terms] == ["piano"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("lexikon", "neither 'lexicon' nor"),
        ("nowhere.at_all:Reader", "No module named 'nowhere'"),
        ("tests.recommender.another_reader:Missing", "has no attribute 'Missing'"),
        ("tests.recommender.another_reader:NOT_A_READER", "lacks `name` or `read`"),
    ],
)
def test_a_wrong_name_stops_the_start(name: str, problem: str, settings: Settings) -> None:
    settings.TEXT_ENCODER = name
    (error,) = [one for one in run_checks() if one.id == "segue.E003"]
    assert problem in error.msg


def test_pages_ask_the_one_that_is_chosen(client: Client, db: None, settings: Settings, index: ExactIndex) -> None:
    a_library([90.0 + number for number in range(12)], sounds=12)
    for version in index_versions.live():
        outbox.send(version)
    client.force_login(a_user())
    settings.TEXT_ENCODER = ANOTHER
    page = client.get("/words/", {"q": "piano melancholy"}).content.decode()
    assert "melancholy" in page  # a word of the lexicon that this one does not know
    assert "Piece" in page
    assert words.load(ANOTHER).read("melancholy", USUAL).unknown
    assert not words.load("lexicon").read("melancholy", USUAL).unknown
