"""A changed choice of the octave is made from what is stored: without the file, and corrections and index follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as site
from django.core.management import call_command

from catalog import intake, storage
from catalog.intake import Stored
from catalog.models import Track
from recommender import analysis, corrections, decisions, index_versions, library, results
from recommender.features import octave, tempo
from recommender.index.exact import ExactIndex
from recommender.measurement import GRID, Pulse
from recommender.models import Analysis, IndexedVector, Measurement
from recommender.worker import Worker
from tests import sounds

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BPM = 100


@pytest.fixture(autouse=True)
def _one_cell(settings: object, tmp_path: Path, index: ExactIndex) -> Iterator[None]:
    settings.MEDIA_DIR = tmp_path / "media"  # type: ignore[attr-defined]
    settings.ANALYSIS_CELLS = 1  # type: ignore[attr-defined]
    yield
    octave.shipped.cache_clear()
    octave.version.cache_clear()


@pytest.fixture
def track(tmp_path: Path) -> Track:
    path = sounds.write(tmp_path / "song.flac", sounds.song(8.0, bpm=BPM, tonic=2))
    added = intake.add_track(
        path, original_name=path.name, owner=None, visibility=Track.Visibility.PUBLIC, urgent=False
    )
    assert isinstance(added, Stored)
    assert Worker().run() == 1
    return added.track


def another_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is in favour of about twice the tempo, whatever the cues say."""
    biased = replace(octave.shipped(), prior=np.array([2.0 * BPM, 0.05]))
    biased.save(folder / "octave.npz")
    monkeypatch.setattr(octave, "SHIPPED", folder / "octave.npz")
    octave.shipped.cache_clear()
    octave.version.cache_clear()


def reanalyse(*options: str) -> str:
    said = StringIO()
    call_command("reanalyse", *options, stdout=said)
    return said.getvalue()


def lose_the_file(track: Track) -> None:
    storage.path_of(track.sha256, track.extension).unlink()


def test_another_decision_needs_no_file_and_reaches_the_index(
    track: Track, index: ExactIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Measurement.objects.get(track=track).bpm == pytest.approx(BPM, rel=0.01)
    assert "0 tracks queued" in reanalyse()
    before = library.vectors(index_versions.ensure_current(), [track.pk])[track.pk]
    lose_the_file(track)
    another_network(tmp_path, monkeypatch)

    said = reanalyse("--dry-run")
    assert "octave: 1 outdated" in said
    assert "1 tempi would be decided anew" in said
    assert Measurement.objects.get(track=track).bpm == pytest.approx(BPM, rel=0.01)

    assert "0 tracks queued" in reanalyse()
    row = Measurement.objects.get(track=track)
    assert row.bpm == pytest.approx(2 * BPM, rel=0.01)
    assert row.versions["octave"] == octave.version()
    assert Analysis.objects.get(track=track).state == Analysis.State.DONE
    assert IndexedVector.objects.get(track_id=track.pk).indexed_at is None
    assert Worker().sync_index() == 1
    assert index_versions.attributes_of([track.pk])[track.pk].bpm == row.bpm
    after = library.vectors(index_versions.ensure_current(), [track.pk])[track.pk]
    assert not np.allclose(before, after)
    assert "0 tracks queued" in reanalyse()


def test_a_correction_outlives_another_decision(track: Track, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corrections.correct(track, bpm=50.0, key=(9, "minor"))
    heard = Measurement.objects.get(track=track).heard
    another_network(tmp_path, monkeypatch)
    reanalyse()
    row = Measurement.objects.get(track=track)
    assert (row.bpm, row.key_tonic, row.key_mode) == (50.0, 9, "minor")
    assert row.heard == {"bpm": pytest.approx(2 * BPM, rel=0.01), "key": heard["key"]}
    corrections.correct(track, bpm=None, key=None)
    row.refresh_from_db()
    assert row.bpm == pytest.approx(2 * BPM, rel=0.01)
    assert [row.key_tonic, row.key_mode] == heard["key"]


def test_the_same_network_decides_the_same_from_what_is_stored(track: Track) -> None:
    row = Measurement.objects.get(track=track)
    names = results.tempo_columns(tempo.decide(results.unpack_pulse(row.pulse), None))

    def columns() -> dict[str, object]:
        return Measurement.objects.values(*names).get()

    before = columns()
    Measurement.objects.update(bpm=1.0, beat_phase=9.0, tempo_posterior=b"")
    assert decisions.renew([track.pk], site.ENCODER, octave.version()) == 1
    assert columns() == before


def test_rows_without_a_pulse_are_heard_again_and_queued_ones_are_left_alone(
    track: Track, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another_network(tmp_path, monkeypatch)
    Measurement.objects.update(pulse=b"")
    assert "1 tracks queued" in reanalyse("--stage", "octave")
    assert Worker().run() == 1
    row = Measurement.objects.get(track=track)
    assert row.bpm == pytest.approx(2 * BPM, rel=0.01)
    assert row.pulse
    analysis.requeue([track.pk])
    assert decisions.renew([track.pk], site.ENCODER, "later") == 0
    assert Measurement.objects.get(track=track).versions["octave"] == octave.version()


def test_a_pulse_comes_back_as_it_was_stored() -> None:
    rng = np.random.default_rng(0)
    cues = rng.normal(0, 2, 909).astype(np.float16).astype(np.float32)
    posterior = rng.random(len(GRID)).astype(np.float32)
    pulse = Pulse(posterior, 0.123456789, 0.5, 123.456789012, 0.25, cues)
    stored = results.pack_pulse(pulse)
    assert len(stored) < 4000
    again = results.unpack_pulse(memoryview(stored))
    assert (again.clarity, again.stability, again.bpm, again.beat_phase) == (0.123456789, 0.5, 123.456789012, 0.25)
    np.testing.assert_array_equal(again.posterior, posterior)
    np.testing.assert_array_equal(again.cues, cues)
