"""The mood facet: named axes for people, a rich vector for the index."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from recommender.encoders.tag_layer import TagLayer
from recommender.facets import mood, reference
from recommender.facets.mood import MOOD
from recommender.measurement import Key, Measurement
from tests.recommender.test_facets_contract import measurement


def felt(mode: str = "", **deviations: float) -> Measurement:
    """A track whose tags lie so many deviations from the usual; names without their network."""
    usual, layer = reference.current(), TagLayer.shipped()
    logits = usual.logit_mean.copy()
    for name, size in deviations.items():
        for tag in (f"msd:{name}", f"mtt:{name}"):
            if tag in layer.names:
                logits[layer.column(tag)] += size * usual.logit_deviation[layer.column(tag)]
    key = Key(0 if mode else None, mode or "major", 1.0 if mode else 0.0, np.full(24, 1 / 24, np.float32))
    return dataclasses.replace(measurement(0), tag_logits=logits, key=key)


CALM = {"slow": 2.0, "quiet": 2.0, "soft": 2.0, "fast": -2.0, "loud": -2.0}
WILD = {"slow": -2.0, "quiet": -2.0, "soft": -2.0, "fast": 2.0, "loud": 2.0}


def test_calm_and_energetic_music_lie_at_the_ends() -> None:
    calm, wild = mood.axes(felt(**CALM)), mood.axes(felt(**WILD))
    assert calm["calm"] > 0.9 > 0.1 > wild["calm"]
    assert wild["arousal"] > 0.9 > 0.1 > calm["arousal"]


def test_percentiles_are_shares_of_the_reference() -> None:
    for axis, grid in reference.current().moods.items():
        assert reference.percentile(float(grid[87]), grid) == pytest.approx(0.87, abs=0.011), axis
        assert reference.percentile(-1e9, grid) == 0
        assert reference.percentile(1e9, grid) == 1


def test_major_is_gladder_than_minor() -> None:
    major, minor = mood.axis_values(felt("major")), mood.axis_values(felt("minor"))
    assert major["joy"] > minor["joy"]
    assert major["sadness"] < minor["sadness"]


def test_words_name_what_is_marked_and_nothing_else() -> None:
    assert "calm" in mood.words(felt(**CALM))
    assert "energetic" in mood.words(felt(**WILD))
    assert len(mood.words(felt(**CALM))) <= 2
    assert all(0.2 < share < 0.8 for share in mood.axes(felt()).values())


def test_badge_and_agreement_speak_in_words() -> None:
    calm = felt(**CALM)
    assert "calm" in MOOD.badge(calm)
    assert MOOD.agreement(calm, calm).startswith("both ")
    assert MOOD.agreement(calm, felt(**WILD)) == ""


def test_similarity_falls_with_the_distance_between_moods() -> None:
    def closeness(share: float) -> float:
        between = {name: size * share for name, size in CALM.items()}
        return float(MOOD.vector(felt(**CALM)) @ MOOD.vector(felt(**between)))

    steps = [closeness(share) for share in (1.0, 0.5, 0.0, -0.5, -1.0)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] > 0.999
    assert steps[-1] < 0


def test_neutral_tracks_are_alike_not_noise() -> None:
    generator = np.random.default_rng(0)
    nearly = [felt(**{name: generator.normal(0, 0.1) for name in CALM}) for _ in range(10)]
    vectors = np.stack([MOOD.vector(one) for one in nearly])
    assert (vectors @ vectors.T).min() > 0.9


def test_every_tag_of_the_formulas_exists() -> None:
    names = set(TagLayer.shipped().names) | {"mode"}
    assert set(mood.VECTOR_TAGS) <= names
    assert {name for parts in mood.AXES.values() for name in parts} <= names
    assert mood.AXES.keys() == mood.WORDS.keys() == reference.current().moods.keys()
