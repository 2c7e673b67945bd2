"""Words of other languages mean what they mean in English."""

from __future__ import annotations

import tomllib

import pytest

from recommender.facets import reference
from recommender.words import ABROAD, lexicon

USUAL = reference.shipped()


@pytest.mark.parametrize(
    ("abroad", "english"),
    [
        ("ruhige Klaviermusik ohne Schlagzeug", "calm piano without drums"),
        ("sehr traurig, keine Gitarre", "very sad, no guitar"),
        ("guitare acoustique sans voix et batterie", "acoustic guitar without vocals and drums"),
        ("música clásica muy lenta", "very slow classical"),
        ("musica triste con chitarra", "sad guitar"),
        ("violão calmo, sem bateria", "calm acoustic guitar, no drums"),
    ],
)
def test_other_languages_mean_the_same(abroad: str, english: str) -> None:
    here, there = lexicon().read(english, USUAL), lexicon().read(abroad, USUAL)
    assert not there.unknown
    assert {(term.meaning, term.strength) for term in there.terms} == {
        (term.meaning, term.strength) for term in here.terms
    }


def test_no_foreign_word_means_two_things_or_something_that_is_not_there() -> None:
    languages = tomllib.loads(ABROAD.read_text(encoding="utf-8"))
    meanings: dict[str, set[str]] = {}
    for entries in languages.values():
        for name, spoken in entries.items():
            assert name in lexicon()._entries, name
            for word in spoken:
                meanings.setdefault(word, set()).add(name)
    assert {word: names for word, names in meanings.items() if len(names) > 1} == {}
