"""The sound facet and the fitting of its statistics."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from recommender.encoders.tag_layer import TagLayer
from recommender.facets import fitting, reference, seen_by, sound
from recommender.facets.sound import SoundFacet
from recommender.measurement import Measurement, Passages
from tests.recommender.test_facets_contract import measurement

USUAL = reference.shipped()
SOUND = SoundFacet(USUAL)


def with_embedding(values: np.ndarray) -> Measurement:
    return dataclasses.replace(measurement(0), embedding=values.astype(np.float32))


def passages(track: Measurement, restless: int | None = None) -> Passages:
    """Six passages that differ a little, and in one number of the embedding a lot."""
    generator = np.random.default_rng(len(track.embedding))
    embeddings = track.embedding + generator.normal(0, 0.01, (6, len(track.embedding))).astype(np.float32)
    if restless is not None:
        embeddings[:, restless] += np.linspace(-1, 1, 6, dtype=np.float32)
    timbres = track.timbre + generator.normal(0, 0.1, (6, len(track.timbre))).astype(np.float32)
    return Passages(embeddings, timbres)


def with_tags(**probabilities: float) -> Measurement:
    logits = np.full(100, -5.0, np.float32)
    for name, share in probabilities.items():
        logits[TagLayer.shipped().column(f"mtt:{name}")] = np.log(share / (1 - share))
    return dataclasses.replace(measurement(0), tag_logits=logits)


def test_similarity_falls_with_the_distance_of_embeddings() -> None:
    start, step = measurement(1).embedding, measurement(2).embedding - USUAL.mean
    here = SOUND.vector(with_embedding(start))
    closeness = [float(here @ SOUND.vector(with_embedding(start + size * step))) for size in (0, 0.3, 0.8, 2)]
    assert closeness == sorted(closeness, reverse=True)
    assert closeness[0] > 0.999
    assert closeness[-1] < 0.8


def test_units_of_an_embedding_do_not_matter_but_deviations_do() -> None:
    loud_unit = int(np.argmax(USUAL.deviation))
    quiet_unit = int(np.argmin(USUAL.deviation))
    for unit in (loud_unit, quiet_unit):
        moved = USUAL.mean.copy()
        moved[unit] += 2 * USUAL.deviation[unit]
        assert 0.1 < np.linalg.norm(USUAL.sound(moved)) < 2 * np.linalg.norm(USUAL.components, ord=2)


def test_exactly_the_usual_sound_has_a_vector() -> None:
    assert np.linalg.norm(SOUND.vector(with_embedding(USUAL.mean))) == pytest.approx(1)


def test_components_tell_different_things_and_the_strongest_counts_least_more() -> None:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(200, 12)) @ generator.normal(size=(12, 12))
    within = np.cov(generator.normal(size=(500, 12)).T * np.arange(1, 13)[:, None])
    mean, deviation, components = reference.fit_components(values.astype(np.float32), 6, within)
    points = (values - mean) / deviation @ components
    spread = np.cov(points.T)
    assert np.abs(spread - np.diag(np.diag(spread))).max() < 1e-4 * spread[0, 0]
    assert (np.diff(np.diag(spread)) < 0).all()
    assert USUAL.components.shape == (400, reference.HEARD_DIM)


def test_the_parts_count_as_much_as_they_should() -> None:
    one = measurement(1)
    elsewhere = dataclasses.replace(one, timbre=USUAL.timbre_mean - (one.timbre - USUAL.timbre_mean))
    assert SOUND.vector(one) @ SOUND.vector(elsewhere) == pytest.approx(1 - 2 * sound.COLOUR_SHARE, abs=0.01)


def test_half_the_volume_is_nearly_the_same_and_unknown_loudness_the_usual_one() -> None:
    one = dataclasses.replace(measurement(1), loudness=float(USUAL.loudness[0]))
    softer = dataclasses.replace(one, loudness=one.loudness - 6)
    assert 0.9 < SOUND.vector(one) @ SOUND.vector(softer) < 0.99
    assert SOUND.vector(one) @ SOUND.vector(dataclasses.replace(one, loudness=None)) == pytest.approx(1, abs=1e-5)


def test_tracks_measured_before_there_was_timbre_still_have_a_place() -> None:
    one, other = measurement(1), measurement(2)
    before = dataclasses.replace(one, timbre=np.zeros(0, np.float32))
    assert np.linalg.norm(SOUND.vector(before)) == pytest.approx(1)
    assert SOUND.vector(before) @ SOUND.vector(one) > SOUND.vector(before) @ SOUND.vector(other)


def test_instruments_are_named_when_they_are_certain() -> None:
    assert SOUND.badge(with_tags(piano=0.9, strings=0.5, flute=0.2)) == "piano, strings"
    assert SOUND.badge(with_tags(piano=0.1)) == ""


def test_agreement_names_what_both_have() -> None:
    seed, other = with_tags(piano=0.9, strings=0.5), with_tags(strings=0.8, guitar=0.9)
    assert SOUND.agreement(seed, other) == "both with strings"
    assert SOUND.agreement(seed, with_tags(guitar=0.9)) == ""


def test_fitting_finds_the_statistics_of_a_corpus() -> None:
    corpus = [measurement(seed) for seed in range(fitting.FEWEST)]
    pieces = [passages(one) for one in corpus]
    fitted = fitting.fit(corpus, "test", pieces)
    embeddings = np.stack([one.embedding for one in corpus])
    assert np.allclose(fitted.mean, embeddings.mean(axis=0), atol=1e-5)
    assert np.allclose(fitted.deviation, embeddings.std(axis=0), atol=1e-5)
    assert fitted.tracks == fitting.FEWEST
    assert all((np.diff(grid) >= 0).all() for grid in fitted.moods.values())
    # Similarities of the very vectors that these statistics make.
    vectors = {facet.name: np.stack([facet.vector(one) for one in corpus]) for facet in seen_by(fitted)}
    for name, rows in vectors.items():
        pairs = (rows @ rows.T)[~np.eye(len(rows), dtype=bool)]
        assert fitted.similarity_deviation[name] == pytest.approx(pairs.std(), rel=0.05), name
    again = fitting.fit(corpus, "test", pieces)
    assert np.array_equal(again.components, fitted.components)


def test_what_changes_within_a_track_counts_less_than_what_tells_tracks_apart() -> None:
    corpus = [measurement(seed) for seed in range(fitting.FEWEST)]
    restless = 7  # of the numbers of the embedding: it changes from passage to passage, and as much between tracks
    plain = fitting.fit(corpus, "plain", [passages(one) for one in corpus])
    fitted = fitting.fit(corpus, "test", [passages(one, restless) for one in corpus])
    moved = fitted.mean.copy()
    moved[restless] += 2 * fitted.deviation[restless]
    assert np.linalg.norm(fitted.sound(moved)) < 0.5 * np.linalg.norm(plain.sound(moved))


def test_without_passages_the_directions_stay_and_the_middle_moves() -> None:
    corpus = [measurement(seed) for seed in range(fitting.FEWEST)]
    fitted = fitting.fit(corpus, "test")
    assert np.array_equal(fitted.components, USUAL.components)
    assert np.array_equal(fitted.timbre_components, USUAL.timbre_components)
    assert np.allclose(fitted.mean, np.mean([one.embedding for one in corpus], axis=0), atol=1e-5)
    assert not np.allclose(fitted.mean, USUAL.mean, atol=1e-2)


def test_embeddings_of_another_size_get_components_of_their_own() -> None:
    corpus = [
        dataclasses.replace(one, embedding=one.embedding[:200])
        for one in (measurement(seed) for seed in range(fitting.FEWEST))
    ]
    fitted = fitting.fit(corpus, "test")
    assert fitted.components.shape == (200, reference.HEARD_DIM)


def test_a_fit_does_not_read_the_statistics_that_it_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = [measurement(seed) for seed in range(fitting.FEWEST)]
    pieces = [passages(one) for one in corpus]

    def outdated() -> reference.Reference:
        raise reference.Outdated("of an older shape")

    monkeypatch.setattr(reference, "shipped", outdated)
    fitted = fitting.fit(corpus, "test", pieces)
    assert fitted.facet_versions.keys() == {"sound", "mood", "tempo", "key"}


def test_tags_are_found_again_in_the_sound() -> None:
    corpus = [measurement(seed) for seed in range(fitting.FEWEST)]
    layer = TagLayer.shipped()
    said = [dataclasses.replace(one, tag_logits=layer.logits(one.embedding[None])[0]) for one in corpus]
    fitted = fitting.fit(said, "test", [passages(one) for one in said])
    points = np.stack([fitted.sound(one.embedding) for one in said])
    tags = np.stack([fitted.tags(one.tag_logits) for one in said])
    found = points / np.linalg.norm(points, axis=1, keepdims=True) @ fitted.tag_directions
    alike = [np.corrcoef(found[:, tag], tags[:, tag])[0, 1] for tag in range(tags.shape[1])]
    assert np.median(alike) > 0.7


def test_tracks_of_one_passage_cannot_be_fitted_on() -> None:
    corpus = [measurement(seed) for seed in range(fitting.FEWEST)]
    short = [Passages(one.embedding[None], one.timbre[None]) for one in corpus]
    with pytest.raises(ValueError, match="no track is long enough"):
        fitting.fit(corpus, "test", short)


def test_a_corpus_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        fitting.fit([measurement(0)], "test")


def test_two_statistics_see_the_same_track_side_by_side() -> None:
    """Asked in turn: what one says never follows from what the other was asked before."""
    own = fitting.fit([measurement(seed) for seed in range(fitting.FEWEST)], "own")
    track = measurement(3)
    alone = {usual.version: [facet.vector(track) for facet in seen_by(usual)] for usual in (USUAL, own)}
    for shipped, other in zip(seen_by(USUAL), seen_by(own), strict=True):
        place = [facet.name for facet in seen_by(own)].index(other.name)
        assert np.array_equal(other.vector(track), alone["own"][place])
        assert np.array_equal(shipped.vector(track), alone[USUAL.version][place])
        assert (shipped.version == other.version) == (other.name in {"tempo", "key"})
    assert not np.allclose(alone["own"][0], alone[USUAL.version][0])
