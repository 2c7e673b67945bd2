"""Words held against labels and ratings, on measurements whose truth is known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from recommender import query, terms, words
from recommender.encoders.tag_layer import TagLayer
from recommender.evaluation import described, manifest, methods
from recommender.evaluation.manifest import Recording
from recommender.evaluation.report import report
from recommender.evaluation.study import Study
from recommender.evaluation.text import lines
from recommender.facets import mood, reference
from recommender.measurement import Measurement
from tests.rows import a_measurement

USUAL = reference.shipped()
LAYOUT = query.present_layout(USUAL)
LAYER = TagLayer.shipped()
EACH = 15
STYLES = {"Jazz": "msd:jazz", "Heavy metal": "msd:heavy metal", "Quokka pop": "msd:pop", "": "msd:jazz"}


def sounding(tag: str, number: int) -> Measurement:
    """A track whose embedding lies far along the direction of a tag, and otherwise anywhere."""
    generator = np.random.default_rng(number)
    way = LAYER.weight[:, LAYER.column(tag)] * USUAL.deviation**2
    way = way / np.linalg.norm(way / USUAL.deviation)
    spread = generator.normal(0, 1, (8, len(way))).mean(axis=0) * USUAL.deviation
    embedding = (USUAL.mean + 15 * way + spread).astype(np.float32)
    logits = LAYER.logits(embedding[None])[0]
    base = a_measurement(bpm=float(generator.uniform(80, 160)), tonic=number % 12)
    return dataclasses.replace(base, embedding=embedding, tag_logits=logits)


def a_study() -> Study:
    recordings, measurements = [], []
    for number in range(EACH * len(STYLES)):
        style, tag = list(STYLES.items())[number % len(STYLES)]
        measured = sounding(tag, number)
        recordings.append(
            Recording(
                Path(f"/music/{number}.ogg"),
                labels={"artist": "", "album": "", "group": "", "style": style, "mood": "calm"},
                moods={"arousal": mood.axis_values(measured, USUAL)["arousal"]} if number % 5 else {},
            )
        )
        measurements.append(measured)
    return Study(recordings, measurements, np.ones((len(recordings), 200), np.float32), [], {})


STUDY = a_study()
VECTORS = methods.indexed([query.vector(one, USUAL) for one in STUDY.measurements], LAYOUT)
ASKER = described.Asker(words.lexicon(), VECTORS, LAYOUT, USUAL)


def test_a_label_is_asked_for_in_its_own_words() -> None:
    (judged,) = described.labels(STUDY.recordings, ASKER).values()  # a label with one value cannot be wrong
    assert set(judged.values) == {"Jazz", "Heavy metal"}
    for figures in judged.values.values():
        assert figures["auc"].mean == pytest.approx(1.0)
        assert figures["p20"].mean == pytest.approx(1.0)
        assert figures["auc"].n == EACH  # those of unknown style, half of all that sound like jazz, are no fault of it
    assert judged.mean("auc").n == 2


def test_what_is_not_understood_as_a_whole_is_named() -> None:
    assert described.labels(STUDY.recordings, ASKER)["style"].unknown == {"Quokka pop": ["quokka"]}


def test_a_label_that_asks_for_nothing_is_not_judged() -> None:
    named = [dataclasses.replace(one, labels={**one.labels, "style": "music"}) for one in STUDY.recordings[:4]]
    judged = described.labels([*named, *STUDY.recordings[4:]], ASKER)["style"]
    assert judged.unknown["music"] == []


def test_words_that_lead_astray_are_found_out() -> None:
    """The same music with its labels exchanged: now "jazz" finds what is called metal."""
    other = {"Jazz": "Heavy metal", "Heavy metal": "Jazz"}
    wrong = [
        dataclasses.replace(one, labels={**one.labels, "style": other.get(one.labels["style"], "")})
        for one in STUDY.recordings
    ]
    for figures in described.labels(wrong, ASKER)["style"].values.values():
        assert figures["auc"].mean == pytest.approx(0.0)
        assert figures["p20"].mean == pytest.approx(0.0)


def test_ratings_are_held_against_the_words_that_the_site_says() -> None:
    columns = {"arousal": manifest.column(STUDY.recordings, "arousal")}
    found = described.ratings(columns, ASKER)["arousal"]
    assert set(found) == {"energetic", "happy", "sad", "calm", "tender", "tense"}
    assert found["energetic"].mean > 0.6
    assert found["calm"].mean < -0.6
    assert found["calm"].n == np.isfinite(columns["arousal"]).sum() < len(STUDY.recordings)


def test_recordings_answer_as_the_site_asks() -> None:
    asked = terms.question(words.lexicon().read("jazz", USUAL), LAYOUT, VECTORS)
    weighted = query.weighted(asked.vector, asked.positions, LAYOUT, correction=terms.CORRECTION)
    assert np.allclose(ASKER.scores("jazz"), VECTORS @ weighted)


def test_the_report_tells_it_as_data_and_as_text() -> None:
    found = report(STUDY, words.lexicon())
    told = found["words"]
    assert told["reader"] == "lexicon"
    assert told["labels"]["style"]["values"]["Jazz"]["auc"]["mean"] == pytest.approx(1.0)
    assert told["labels"]["style"]["auc"]["n"] == 2
    assert told["labels"]["style"]["unknown"] == {"Quokka pop": ["quokka"]}
    assert told["ratings"]["arousal"]["energetic"]["n"] > 0
    text = "\n".join(lines(found))
    for said in ("words, style: AUC 1.000", "Jazz", "not understood: quokka", "words, arousal: Spearman of energetic"):
        assert said in text
