"""The whole report, on measurements whose truth is known: which figure must be good, which cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.evaluation.manifest import Recording
from recommender.evaluation.report import report, slider_positions
from recommender.evaluation.study import Failure, Study
from recommender.evaluation.text import lines
from recommender.facets import FACETS
from recommender.words import lexicon
from tests.rows import a_measurement

TEMPI = (80.0, 95.0, 113.0, 134.0)
SOUNDS, EACH = 6, 8


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """Artists whose tracks sound alike, tempi that have nothing to do with them; the rival hears noise."""
    recordings, measurements = [], []
    for number in range(SOUNDS * EACH):
        artist, bpm = number % SOUNDS, TEMPI[number // SOUNDS % len(TEMPI)]
        recordings.append(
            Recording(
                Path(f"/music/{number}.ogg"),
                labels={"artist": f"artist {artist}", "album": "", "group": "", "style": "one", "mood": ""},
                bpm=bpm,
                key="C major" if number % 2 else "G major",
                moods={"arousal": float(number % 7)},
            )
        )
        measurements.append(a_measurement(bpm=bpm, sound=artist, tonic=0))
    noise = np.random.default_rng(0).normal(size=(len(recordings), 200)).astype(np.float32)
    failed = [Failure(Path("/music/broken.ogg"), "undecodable")]
    return report(Study(recordings, measurements, noise, failed, {"tempo": "9"}), lexicon())


def mean(found: dict[str, Any], *keys: str) -> float:
    for key in keys:
        found = found[key]
    value = found["mean"]
    assert value is not None
    return float(value)


def test_the_report_is_plain_data(found: dict[str, Any]) -> None:
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_what_could_not_be_heard_is_named(found: dict[str, Any]) -> None:
    assert found["recordings"]["named"] == SOUNDS * EACH + 1
    assert found["recordings"]["failed"] == [{"path": "/music/broken.ogg", "error": "undecodable"}]
    assert found["versions"] == {"tempo": "9"}


def test_measured_values_are_held_against_the_truth(found: dict[str, Any]) -> None:
    assert mean(found, "measured", "tempo", "accuracy1") == 1.0
    assert mean(found, "measured", "key", "exact") == 0.5
    # C heard where G is true: a fifth below, which is worth nothing
    assert mean(found, "measured", "key", "mirex") == 0.5


def test_artists_are_found_and_the_rival_hears_noise(found: dict[str, Any]) -> None:
    assert mean(found, "methods", "segue", "retrieval", "artist", "p1") > 0.9
    assert mean(found, "methods", "rival", "retrieval", "artist", "p1") < 0.5
    assert mean(found, "against_rival", "retrieval", "artist", "map") > 1.5


def test_a_label_with_one_value_says_nothing(found: dict[str, Any]) -> None:
    assert set(found["methods"]["segue"]["retrieval"]) == {"artist"}


def test_the_tempo_slider_reaches_the_ceiling(found: dict[str, Any]) -> None:
    at_end = mean(found, "methods", "segue_tempo_max", "tempo_match10")
    assert at_end == pytest.approx(mean(found, "tempo_match10_ceiling"), abs=0.01)
    assert at_end > mean(found, "methods", "segue_sound_max", "tempo_match10")
    assert mean(found, "methods", "random", "tempo_match10") < 0.5


def test_every_slider_is_pushed_to_its_end_once(found: dict[str, Any]) -> None:
    names = {"segue", "rival", "random", *(f"segue_{facet.name}_max" for facet in FACETS)}
    assert set(found["methods"]) == names
    for facet in FACETS:
        assert slider_positions()[f"segue_{facet.name}_max"][facet.name] == 1.0


def test_the_listener_with_a_taste_is_asked(found: dict[str, Any]) -> None:
    assert set(found["listener"]) == {"artist"}


def test_the_text_shows_what_matters(found: dict[str, Any]) -> None:
    text = "\n".join(lines(found))
    for words in ("48 of 49 recordings", "broken.ogg", "accuracy1 1.000", "artist P@1", "tempo match@10", "hubs: skew"):
        assert words in text
