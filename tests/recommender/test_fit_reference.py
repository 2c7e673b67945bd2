"""Statistics fitted on folders of music, with what was heard kept for the next time."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.conf import settings
from django.core.management import call_command

from recommender import encoders, pipeline
from recommender.evaluation.cache import Cache, Measured
from recommender.facets import fitting, reference
from recommender.facets.reference import Reference
from recommender.measurement import Passages
from tests.rows import a_measurement

RATE = 22050


def fitted(folder: Path, cache: Path, out: Path) -> Reference:
    arguments = {"name": "mine-1", "cache": cache, "out": out, "most": 1000}
    call_command("fit_reference", folder, stdout=StringIO(), stderr=StringIO(), **arguments)
    return reference.read(out.read_bytes())


def test_what_was_heard_is_kept_for_the_next_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    music, kept = tmp_path / "music", tmp_path / "kept"
    music.mkdir()
    cache = Cache(kept, pipeline.analysis_versions(encoders.load(settings.ENCODER, settings.MODELS_DIR)))
    for number in range(fitting.FEWEST):
        file = music / f"{number:03}.ogg"
        file.write_bytes(f"known already, so never decoded: {number}".encode())
        one = a_measurement(bpm=60.0 + number, sound=number)
        pieces = Passages(np.stack([one.embedding, one.embedding[::-1]]), np.stack([one.timbre, one.timbre[::-1]]))
        cache.write(file, Measured(one, np.zeros(0, np.float32), pieces))
    time = np.arange(30 * RATE) / RATE
    soundfile.write(music / "new.wav", 0.3 * np.sin(2 * np.pi * 220 * time) * (time % 0.5 < 0.2), RATE)
    first = fitted(music, kept, tmp_path / "first.npz")
    assert first.tracks == fitting.FEWEST + 1
    kept_of_new = cache.read(music / "new.wav")
    assert kept_of_new is not None
    assert np.array_equal(kept_of_new.measurement.embedding, kept_of_new.passages.embeddings.mean(axis=0))

    heard: list[Path] = []
    monkeypatch.setattr(pipeline, "hear_many", lambda paths, *_rest: heard.extend(paths) or [])
    again = fitted(music, kept, tmp_path / "again.npz")
    assert heard == []
    assert np.array_equal(again.components, first.components)
    assert again.similarity_deviation == first.similarity_deviation
