"""Words as directions: what is named rises, what is refused falls, and every facet keeps its promise."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from recommender import query, terms, words
from recommender.encoders.tag_layer import TagLayer
from recommender.facets import mood, reference
from recommender.words import Lexicon, TextEncoder, lexicon
from tests.rows import a_measurement

USUAL = reference.shipped()

LAYOUT = query.present_layout(USUAL)
TAGS = TagLayer.shipped()
NOTHING = np.zeros((0, LAYOUT.dim), np.float32)


def random_music(count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Stored vectors of imaginary tracks whose embeddings scatter like the reference, and their tag deviations."""
    generator = np.random.default_rng(3)
    spread, back = np.geomspace(4, 1, reference.HEARD_DIM), np.linalg.pinv(USUAL.components)
    vectors, deviations = [], []
    for number in range(count):
        embedding = USUAL.mean + (generator.normal(0, spread) @ back) * USUAL.deviation
        logits = TAGS.logits(embedding[None].astype(np.float32))[0]
        base = a_measurement(bpm=float(generator.uniform(60, 180)), tonic=number % 12)
        measured = type(base)(base.seconds, base.tempo, base.key, embedding.astype(np.float32), logits)
        vectors.append(query.vector(measured, USUAL))
        deviations.append(USUAL.tags(logits))
    return np.stack(vectors), np.stack(deviations)


VECTORS, DEVIATIONS = random_music()


def ranked(text: str) -> np.ndarray:
    """Positions of the imaginary tracks, best first."""
    asked = terms.question(lexicon().read(text, USUAL), LAYOUT, VECTORS)
    return np.argsort(-(VECTORS @ query.weighted(asked.vector, asked.positions, LAYOUT)))


def mean_of_first(text: str, tag: str, k: int = 20) -> float:
    return float(DEVIATIONS[ranked(text)[:k], TAGS.column(tag)].mean())


def test_every_tag_of_the_lexicon_exists() -> None:
    for name in lexicon().vocabulary.values():
        entry = lexicon()._entries[name]
        for tag in entry.get("tags", {}):
            known = any(tag in (full, full.partition(":")[2]) for full in (*TAGS.names, "mode", *mood.CIRCUMPLEX))
            assert known, (name, tag)


def test_every_tag_of_the_network_has_a_word() -> None:
    used = {tag for entry in lexicon()._entries.values() for tag in entry.get("tags", {})}
    bare = {tag.partition(":")[2] for tag in used} | used
    assert [name for name in TAGS.names if name not in used and name.partition(":")[2] not in bare] == []


def test_no_phrase_means_two_things() -> None:
    spoken = [word for entry in lexicon()._entries.values() for word in entry["words"]]
    assert len(spoken) == len(set(spoken))


def test_every_phrase_is_understood_as_itself() -> None:
    for phrase in lexicon().vocabulary:
        reading = lexicon().read(phrase, USUAL)
        assert not reading.unknown, phrase
        assert len(reading.terms) == 1, phrase
        assert reading.terms[0].directions, phrase


@pytest.mark.parametrize("tag", ["mtt:piano", "mtt:drums", "msd:metal", "mtt:flute", "msd:jazz"])
def test_what_is_named_rises_and_what_is_refused_falls(tag: str) -> None:
    name = tag.partition(":")[2]
    assert mean_of_first(name, tag) > 0.6
    assert mean_of_first(f"no {name}", tag) < -0.5


@pytest.mark.parametrize("text", ["film music", "cinematic", "epic", "orchestral", "video game music"])
def test_music_for_films_is_played_by_an_orchestra_and_not_by_a_band(text: str) -> None:
    for tag in ("mtt:violin", "mtt:classical", "msd:instrumental"):
        assert mean_of_first(text, tag) > 0.1, tag
    for tag in ("mtt:metal", "msd:metal", "mtt:rock", "mtt:guitar"):
        assert mean_of_first(text, tag) < -0.1, tag


def test_peaceful_is_the_pleasant_side_of_calm() -> None:
    assert mean_of_first("peaceful", "mtt:loud") < -0.5
    assert mean_of_first("peaceful", "msd:easy listening") > mean_of_first("calm", "msd:easy listening") + 0.2
    for tag in ("mtt:weird", "msd:experimental", "mtt:ambient"):
        assert mean_of_first("peaceful", tag) < mean_of_first("calm", tag) - 0.1, tag


@pytest.mark.parametrize("phrase", ["saxophone", "trumpet", "accordion", "reggae", "tango", "latin", "arabic", "live"])
def test_what_no_tag_hears_is_named_instead_of_guessed(phrase: str) -> None:
    """An answer about something else would look like one that was understood."""
    reading = lexicon().read(f"{phrase}, piano", USUAL)
    assert [each.word for each in reading.unknown] == [phrase]
    assert [term.meaning for term in reading.terms] == ["piano"]


def test_several_words_are_all_heard() -> None:
    assert mean_of_first("calm piano, no drums", "mtt:piano") > 0.4
    assert mean_of_first("calm piano, no drums", "mtt:quiet") > 0.2
    assert mean_of_first("calm piano, no drums", "mtt:drums") < -0.4


def test_more_of_a_word_moves_more() -> None:
    plain, strong = mean_of_first("piano, metal", "mtt:piano"), mean_of_first("very piano, metal", "mtt:piano")
    assert strong > plain


def test_mood_words_steer_the_mood_facet() -> None:
    (term,) = lexicon().read("calm", USUAL).terms
    axis = terms.axis_direction("calm")
    assert float(term.directions["mood"] @ axis) > 0.5
    assert float(terms.axis_direction("arousal") @ axis) < 0


@pytest.mark.parametrize(
    ("text", "place", "sign"),
    [("happy", "glad", 1), ("dark", "glad", -1), ("sleep", "aroused", -1), ("gym", "aroused", 1)],
)
def test_mood_words_are_places_of_the_circumplex(text: str, place: str, sign: int) -> None:
    (term,) = lexicon().read(text, USUAL).terms
    assert sign * term.directions["mood"][mood.COORDINATES.index(place)] > 0.2


def test_the_way_along_an_axis_leads_through_the_circumplex() -> None:
    assert terms.axis_direction("arousal")[mood.COORDINATES.index("aroused")] > 0
    assert terms.axis_direction("sadness")[mood.COORDINATES.index("glad")] < 0


def test_a_tempo_finds_that_tempo() -> None:
    best = a_measurement(bpm=90.0, sound=1)
    others = [a_measurement(bpm=bpm, sound=1) for bpm in (70.0, 80.0, 100.0, 120.0)]
    asked = terms.question(lexicon().read("90 bpm", USUAL), LAYOUT, NOTHING)
    assert asked.positions == {"tempo": terms.POSITION}
    weighted = query.weighted(asked.vector, asked.positions, LAYOUT)
    assert weighted @ query.vector(best, USUAL) > max(float(weighted @ query.vector(other, USUAL)) for other in others)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [("no 90 bpm", "not about 90 BPM"), ("not in A minor", "not A minor"), ("not calm", "not calm")],
)
def test_what_is_refused_says_so(text: str, meaning: str) -> None:
    [term] = lexicon().read(text, USUAL).terms
    assert (term.meaning, term.strength) == (meaning, -words.UNWANTED)


def test_a_word_said_twice_is_heard_once() -> None:
    terms = lexicon().read("piano, piano, calm, piano, very calm, no drums, no drums", USUAL).terms
    assert [term.meaning for term in terms] == ["piano", "calm", "no drums"]


def test_a_key_finds_that_key() -> None:
    asked = terms.question(lexicon().read("in A minor", USUAL), LAYOUT, NOTHING)
    weighted = query.weighted(asked.vector, asked.positions, LAYOUT)
    at_home, far = (query.vector(a_measurement(tonic=tonic, mode="minor", sound=1), USUAL) for tonic in (9, 3))
    assert weighted @ at_home > weighted @ far


def test_bounds_are_handed_on() -> None:
    assert lexicon().read("techno 120-130 bpm", USUAL).bpm == (120.0, 130.0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("calm, 90 bpm", 90.0),
        ("90", 90.0),
        ("no 90 bpm", None),
        ("80-95 bpm", None),
        ("under 90", None),
        ("slow", None),
    ],
)
def test_a_tempo_is_named_by_a_number_alone(text: str, named: float | None) -> None:
    assert lexicon().read(text, USUAL).tempo == named


def test_how_much_of_a_term_a_track_has() -> None:
    (piano,) = lexicon().read("piano", USUAL).terms
    amount = terms.fits(piano, VECTORS, LAYOUT)
    assert np.corrcoef(amount, DEVIATIONS[:, TAGS.column("mtt:piano")])[0, 1] > 0.8


def test_a_word_finds_what_there_is_much_of() -> None:
    """Fifty tracks of one kind are a crowd around each other; whoever asks for the kind wants them all the same."""
    way = terms.question(lexicon().read("metal", USUAL), LAYOUT, NOTHING).vector[LAYOUT.place("sound")]
    generator = np.random.default_rng(1)
    crowd = VECTORS[:50].copy()
    kind = 0.3 * way / np.linalg.norm(way) + 0.5 * VECTORS[50, LAYOUT.place("sound")]  # one band, say
    sound = 0.5 * crowd[:, LAYOUT.place("sound")] + kind
    crowd[:, LAYOUT.place("sound")] = sound / np.linalg.norm(sound, axis=1, keepdims=True)
    rows = np.vstack([crowd, VECTORS[50:]])[generator.permutation(len(VECTORS))]
    rows = query.crowded(rows, rows, LAYOUT)
    asked = terms.question(lexicon().read("metal", USUAL), LAYOUT, rows)

    def first(correction: float) -> float:
        question = query.weighted(asked.vector, asked.positions, LAYOUT, correction=correction)
        return float((rows[np.argsort(-(rows @ question))[:40], LAYOUT.place("sound")] @ way).mean())

    assert first(terms.CORRECTION) > 0.95 * first(0.0)
    assert first(terms.CORRECTION) > 1.2 * first(1.0)


def test_terms_have_an_equal_say() -> None:
    reading = lexicon().read("piano, calm, 90 bpm", USUAL)
    asked = terms.question(reading, LAYOUT, VECTORS)
    total = VECTORS @ query.weighted(asked.vector, asked.positions, LAYOUT)
    shares = [np.corrcoef(terms.fits(term, VECTORS, LAYOUT), total)[0, 1] for term in reading.terms]
    assert min(shares) > 0.25


def test_an_index_of_before_an_upgrade_is_asked_what_it_understands() -> None:
    """While the next version is being built, the old one answers; its mood facet may have been shorter."""
    before, start = [], 0
    for part in LAYOUT.parts:
        length = part.stop - part.start - (2 if part.name == "mood" else 0)
        before.append(dataclasses.replace(part, start=start, stop=start + length))
        start += length
    layout = query.Layout(tuple(before))
    sample = np.random.default_rng(0).normal(size=(20, layout.dim)).astype(np.float32)
    (term,) = lexicon().read("calm", USUAL).terms
    asked = terms.question(terms.Reading((term,)), layout, sample)
    assert set(asked.positions) == {"sound"}
    assert terms.fits(term, sample, layout).std() > 0


def test_nothing_understood_asks_for_nothing() -> None:
    asked = terms.question(lexicon().read("quokka", USUAL), LAYOUT, VECTORS)
    assert asked.positions == {}
    assert not asked.vector.any()


def test_styles_are_phrases() -> None:
    assert {"piano", "jazz", "choir", "metal"} < set(lexicon().styles) < set(lexicon().vocabulary)
    assert "calm" not in lexicon().styles


def test_the_lexicon_is_a_text_encoder() -> None:
    assert isinstance(lexicon(), TextEncoder)


def test_another_lexicon_can_be_read(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[tinkly]\nwords = ["tinkly"]\ntags = { "mtt:harp" = 1.0 }\n')
    assert [term.meaning for term in Lexicon(own).read("tinkly calm", USUAL).terms] == ["tinkly"]


@pytest.mark.parametrize(
    ("text", "nearer", "farther"),
    [
        ("slow", 64, 128),
        ("slow", 70, 150),
        ("fast", 150, 75),
        ("uptempo", 140, 90),
        ("not slow", 128, 64),
        ("90 bpm", 90, 180),
    ],
)
def test_words_for_tempo_mean_it_as_it_is(text: str, nearer: float, farther: float) -> None:
    """To a dancer 64 and 128 BPM are close; whoever writes "slow" does not want 128."""
    (term,) = lexicon().read(text, USUAL).terms
    way = term.strength * term.directions["tempo"]
    assert way @ terms.tempo_direction(nearer) > way @ terms.tempo_direction(farther)
