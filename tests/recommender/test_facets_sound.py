"""The sound facet and the fitting of its statistics."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from recommender.encoders.tag_layer import TagLayer
from recommender.facets import FACETS, fitting, reference, sound
from recommender.facets.sound import SOUND
from recommender.measurement import Measurement
from tests.recommender.test_facets_contract import measurement


def with_embedding(values: np.ndarray) -> Measurement:
    return dataclasses.replace(measurement(0), embedding=values.astype(np.float32))


def with_tags(**probabilities: float) -> Measurement:
    logits = np.full(100, -5.0, np.float32)
    for name, share in probabilities.items():
        logits[TagLayer.shipped().column(f"mtt:{name}")] = np.log(share / (1 - share))
    return dataclasses.replace(measurement(0), tag_logits=logits)


def test_similarity_falls_with_the_distance_of_embeddings() -> None:
    usual = reference.current()
    start, step = measurement(1).embedding, measurement(2).embedding - usual.mean
    here = SOUND.vector(with_embedding(start))
    closeness = [float(here @ SOUND.vector(with_embedding(start + size * step))) for size in (0, 0.3, 0.8, 2)]
    assert closeness == sorted(closeness, reverse=True)
    assert closeness[0] > 0.999
    assert closeness[-1] < 0.8


def test_units_of_an_embedding_do_not_matter_but_deviations_do() -> None:
    usual = reference.current()
    loud_unit = int(np.argmax(usual.deviation))
    quiet_unit = int(np.argmin(usual.deviation))
    for unit in (loud_unit, quiet_unit):
        moved = usual.mean.copy()
        moved[unit] += 2 * usual.deviation[unit]
        assert 0.1 < np.linalg.norm(usual.sound(moved)) < 2 * np.linalg.norm(usual.components, ord=2)


def test_exactly_the_usual_sound_has_a_vector() -> None:
    assert np.linalg.norm(SOUND.vector(with_embedding(reference.current().mean))) == pytest.approx(1)


def test_components_are_orthogonal_and_the_first_stays_as_it_is() -> None:
    components = reference.current().components
    products = components.T @ components
    assert components.shape == (400, reference.HEARD_DIM)
    assert np.abs(products - np.diag(np.diag(products))).max() < 1e-3
    assert products[0, 0] == pytest.approx(1, abs=1e-4)
    assert (np.diff(np.diag(products)) >= -1e-4).all()  # quieter components are lifted, never pressed down


def test_the_parts_count_as_much_as_they_should() -> None:
    one = measurement(1)
    elsewhere = dataclasses.replace(
        one, timbre=reference.current().timbre_mean - (one.timbre - reference.current().timbre_mean)
    )
    assert SOUND.vector(one) @ SOUND.vector(elsewhere) == pytest.approx(1 - 2 * sound.COLOUR_SHARE, abs=0.01)


def test_half_the_volume_is_nearly_the_same_and_unknown_loudness_the_usual_one() -> None:
    usual = reference.current()
    one = dataclasses.replace(measurement(1), loudness=float(usual.loudness[0]))
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
    fitted = fitting.fit(corpus, "test")
    embeddings = np.stack([one.embedding for one in corpus])
    assert np.allclose(fitted.mean, embeddings.mean(axis=0), atol=1e-5)
    assert np.allclose(fitted.deviation, embeddings.std(axis=0), atol=1e-5)
    assert fitted.tracks == fitting.FEWEST
    assert all((np.diff(grid) >= 0).all() for grid in fitted.moods.values())
    with reference.using(fitted):  # similarities of the very vectors that these statistics make
        vectors = {facet.name: np.stack([facet.vector(one) for one in corpus]) for facet in FACETS}
    assert {name: fitting._spread(rows) for name, rows in vectors.items()} == fitted.similarity_deviation
    again = fitting.fit(corpus, "test")
    assert np.array_equal(again.components, fitted.components)


def test_a_corpus_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        fitting.fit([measurement(0)], "test")


def test_other_statistics_hold_within_their_block_only() -> None:
    usual = reference.current()
    with reference.using(dataclasses.replace(usual, version="other")):
        assert reference.current().version == "other"
    assert reference.current() is usual
