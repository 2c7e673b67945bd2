"""What a person knows better counts everywhere, outlives re-analysis, and can be taken back."""

from __future__ import annotations

import numpy as np
import pytest
from django.conf import settings as site
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Track
from recommender import corrections, index_versions, lenses, library, results
from recommender.index.exact import ExactIndex
from recommender.measurement import GRID
from recommender.models import Measurement
from tests.rows import a_measurement, a_track, a_user, analysed

pytestmark = pytest.mark.django_db


@pytest.fixture
def track(ada: User, index: ExactIndex) -> Track:
    return analysed(a_track("Prelude", owner=ada, private=True), a_measurement(bpm=70.0, tonic=0, mode="major"))


def vector(track: Track) -> np.ndarray:
    return library.vectors(index_versions.ensure_current(), [track.pk])[track.pk]


def test_the_index_follows_a_correction_and_its_end(track: Track) -> None:
    before = vector(track)
    twin = analysed(a_track("Twin"), a_measurement(bpm=140.0, tonic=9, mode="minor"))
    corrections.correct(track, bpm=140.0, key=(9, "minor"))
    row = Measurement.objects.get(track=track)
    assert (row.bpm, row.key_tonic, row.key_mode) == (140.0, 9, "minor")
    assert row.heard == {"bpm": 70.0, "key": [0, "major"]}
    slices = lenses.layout_of(index_versions.ensure_current()).places
    for name in ("tempo", "key"):
        here, there = vector(track)[slices[name]], vector(twin)[slices[name]]
        assert float(here @ there) / float(np.linalg.norm(here) * np.linalg.norm(there)) > 0.95, name
        assert not np.allclose(here, before[slices[name]], atol=0.05), name
    assert index_versions.attributes_of([track.pk])[track.pk].bpm == 140.0
    corrections.correct(track, bpm=None, key=None)
    row.refresh_from_db()
    assert (row.bpm, row.key_tonic, row.key_mode, row.heard, row.corrected) == (70.0, 0, "major", {}, {})
    np.testing.assert_allclose(vector(track), before, atol=1e-6)


def test_re_analysis_changes_what_was_heard_and_not_what_counts(track: Track) -> None:
    corrections.correct(track, bpm=140.0, key=None)
    analysed(track, a_measurement(bpm=71.0, tonic=2, mode="minor"))
    row = Measurement.objects.get(track=track)
    assert (row.bpm, row.key_tonic) == (140.0, 2)
    assert row.heard == {"bpm": 71.0, "key": [2, "minor"]}
    loaded = results.load([track.pk], site.ENCODER)[track.pk]
    assert loaded.tempo.bpm == 140.0
    assert abs(GRID[loaded.tempo.posterior.argmax()] - 140.0) < 1.0
    slices = lenses.layout_of(index_versions.ensure_current()).places
    stored = vector(track)[slices["tempo"]]
    corrections.correct(track, bpm=140.0, key=None)
    np.testing.assert_allclose(stored, vector(track)[slices["tempo"]], atol=1e-6)


@pytest.mark.parametrize("bpm", [corrections.SLOWEST, 33.3, 300.0, corrections.FASTEST])
def test_any_tempo_that_a_person_may_give_is_a_distribution(bpm: float, track: Track) -> None:
    corrections.correct(track, bpm=bpm, key=None)
    posterior = results.load([track.pk], site.ENCODER)[track.pk].tempo.posterior
    assert posterior.sum() == pytest.approx(1.0, abs=1e-4)
    assert np.isfinite(vector(track)).all()


def test_the_page(track: Track, ada: User, client: Client) -> None:
    client.force_login(ada)
    page = reverse("track-correct", args=[track.pk])
    assert page in client.get(track.get_absolute_url()).content.decode()
    assert "70.0 BPM" in client.get(page).content.decode()
    assert client.post(page, {"bpm": "5000"}).status_code == 200
    assert client.post(page, {"bpm": "139.5", "key": "11-minor"})["Location"] == track.get_absolute_url()
    row = Measurement.objects.get(track=track)
    assert (row.bpm, row.key_tonic, row.key_mode) == (139.5, 11, "minor")
    shown = client.get(page).content.decode()
    assert 'value="139.5"' in shown
    assert '<option value="11-minor" selected>' in shown
    client.post(page, {"bpm": "", "key": ""})
    row.refresh_from_db()
    assert (row.bpm, row.corrected) == (70.0, {})


def test_only_the_owner_and_curators_correct(track: Track, client: Client) -> None:
    shared = analysed(a_track("Shared"), a_measurement())
    client.force_login(a_user("eve"))
    for one in (track, shared):
        page = reverse("track-correct", args=[one.pk])
        assert client.get(page).status_code == 404
        assert client.post(page, {"bpm": "99"}).status_code == 404
        assert page not in client.get(one.get_absolute_url()).content.decode()
    assert not Measurement.objects.filter(bpm=99).exists()
