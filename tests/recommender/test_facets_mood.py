"""The mood facet: named axes for people, a rich vector for the index."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from recommender.encoders.tag_layer import TagLayer
from recommender.facets import mood, reference
from recommender.facets.mood import MoodFacet
from recommender.measurement import CONTRAST, Key, Measurement
from tests.recommender.test_facets_contract import measurement

USUAL = reference.shipped()

MOOD = MoodFacet(USUAL)
NO_KEY = Key(None, "major", 0.0, np.full(24, 1 / 24, np.float32))


def in_key(mode: str, *others: int) -> Key:
    """C major or minor for certain; with `others` it shares its likelihood with those of the 24 keys."""
    profile = np.zeros(24, np.float32)
    profile[[0 if mode == "major" else 12, *others]] = 1 / (1 + len(others))
    return Key(0, mode, 1.0, profile)


def felt(mode: str = "", **deviations: float) -> Measurement:
    """A track whose tags lie so many deviations from the usual; names without their network."""
    layer = TagLayer.shipped()
    logits = USUAL.logit_mean.copy()
    for name, size in deviations.items():
        for tag in (f"msd:{name}", f"mtt:{name}"):
            if tag in layer.names:
                logits[layer.column(tag)] += size * USUAL.logit_deviation[layer.column(tag)]
    return dataclasses.replace(measurement(0), tag_logits=logits, key=in_key(mode) if mode else NO_KEY)


CALM = {"slow": 2.0, "quiet": 2.0, "soft": 2.0, "fast": -2.0, "loud": -2.0}
WILD = {"slow": -2.0, "quiet": -2.0, "soft": -2.0, "fast": 2.0, "loud": 2.0}


def test_calm_and_energetic_music_lie_at_the_ends() -> None:
    calm, wild = mood.axes(felt(**CALM), USUAL), mood.axes(felt(**WILD), USUAL)
    assert calm["calm"] > 0.9 > 0.1 > wild["calm"]
    assert wild["arousal"] > 0.9 > 0.1 > calm["arousal"]


def test_percentiles_are_shares_of_the_reference() -> None:
    for axis, grid in USUAL.moods.items():
        assert reference.percentile(float(grid[87]), grid) == pytest.approx(0.87, abs=0.011), axis
        assert reference.percentile(-1e9, grid) == 0
        assert reference.percentile(1e9, grid) == 1


def test_major_is_gladder_than_minor() -> None:
    major, minor = (
        mood.axis_values(felt("major"), USUAL),
        mood.axis_values(felt("minor"), USUAL),
    )
    assert major["joy"] > minor["joy"]
    assert major["sadness"] < minor["sadness"]


def test_all_keys_say_how_major_a_track_is() -> None:
    """C minor is the likeliest, but E flat and A flat major together say more."""
    sure, unsure = (dataclasses.replace(felt(), key=in_key("minor", *others)) for others in ((), (3, 8)))
    assert mood.axis_values(unsure, USUAL)["joy"] > mood.axis_values(sure, USUAL)["joy"]
    mode = mood.COORDINATES.index("mode")
    assert MOOD.vector(unsure)[mode] > 0 > MOOD.vector(sure)[mode]


@pytest.mark.parametrize(
    "key", [NO_KEY, dataclasses.replace(in_key("minor"), profile=np.full(24, np.nan, np.float32), strength=np.nan)]
)
def test_without_a_key_there_is_no_mode(key: Key) -> None:
    assert MOOD.vector(dataclasses.replace(felt("major"), key=key))[mood.COORDINATES.index("mode")] == 0


def measured(*, bpm: float | None = 105.0, clarity: float = 0.6, contrast: float = 0.0) -> Measurement:
    """A track of usual tags; `contrast` in deviations."""
    colour = USUAL.timbre_mean.copy()
    colour[CONTRAST] += contrast * USUAL.timbre_deviation[CONTRAST]
    one = felt()
    return dataclasses.replace(one, timbre=colour, tempo=dataclasses.replace(one.tempo, bpm=bpm, clarity=clarity))


@pytest.mark.parametrize(
    ("axis", "less", "more"),
    [
        ("arousal", measured(bpm=70.0), measured(bpm=150.0)),
        ("arousal", measured(contrast=1.0), measured(contrast=-1.0)),
        ("tension", measured(contrast=1.0), measured(contrast=-1.0)),
        ("joy", measured(clarity=0.1), measured(clarity=0.9)),
        ("sadness", measured(clarity=0.9), measured(clarity=0.1)),
    ],
)
def test_what_is_measured_moves_the_axes(axis: str, less: Measurement, more: Measurement) -> None:
    assert mood.levels(more, USUAL)[axis] > mood.levels(less, USUAL)[axis] + 0.05


def test_a_tempo_counts_as_far_as_there_is_a_pulse() -> None:
    def gain(clarity: float) -> float:
        fast, slow = measured(bpm=160.0, clarity=clarity), measured(bpm=80.0, clarity=clarity)
        return mood.axis_values(fast, USUAL)["arousal"] - mood.axis_values(slow, USUAL)["arousal"]

    assert gain(1.0) > 2 * gain(0.3) > gain(0.0) == 0


def test_what_was_not_measured_says_nothing() -> None:
    unknown = dataclasses.replace(measured(bpm=None), timbre=np.zeros(0, np.float32))
    assert mood.axis_values(unknown, USUAL) == pytest.approx(mood.axis_values(measured(), USUAL))


def test_levels_are_deviations_from_the_middle() -> None:
    grid = USUAL.moods["joy"]
    assert mood._level(float(grid[50]), grid) == 0
    assert mood._level(float(grid[84]), grid) == pytest.approx(1, abs=0.5)
    assert mood._level(1e9, grid) == mood.MOST_LEVEL
    assert mood._level(1.0, np.zeros(reference.QUANTILES, np.float32)) == mood.MOST_LEVEL


def test_valence_and_arousal_are_in_the_vector() -> None:
    glad, wild = (MOOD.vector(one) for one in (felt("major", happy=2.0, sad=-1.0, mellow=1.0), felt(**WILD)))
    assert glad[mood.COORDINATES.index("glad")] > 0.3
    assert wild[mood.COORDINATES.index("aroused")] > 0.2
    assert MOOD.vector(felt(**CALM))[mood.COORDINATES.index("aroused")] < -0.2


def test_words_name_what_is_marked_and_nothing_else() -> None:
    assert "calm" in mood.words(felt(**CALM), USUAL)
    assert "energetic" in mood.words(felt(**WILD), USUAL)
    assert len(mood.words(felt(**CALM), USUAL)) <= 2
    assert all(0.2 < share < 0.8 for share in mood.axes(felt(), USUAL).values())


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
    names = set(TagLayer.shipped().names)
    assert set(mood.VECTOR_TAGS) <= names
    assert {name for parts in mood.AXES.values() for name in parts} <= names | {"mode", "noise", "beat", "pace"}
    assert {name for parts in mood.CIRCUMPLEX.values() for name in parts} <= mood.AXES.keys()
    assert mood.AXES.keys() == mood.WORDS.keys() == USUAL.moods.keys()
