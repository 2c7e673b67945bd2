"""What every facet promises, whatever the measurement."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.facets import FACETS, reference, scales, seen_by
from recommender.facets.base import Facet
from recommender.features import timbre
from recommender.measurement import GRID, Key, Measurement, Tempo

WILD = st.sampled_from([0.0, 1.0, -1.0, 1e-30, 1e30, -1e30, np.inf, -np.inf, np.nan])

USUAL = reference.shipped()
SEEN = seen_by(USUAL)


def measurement(seed: int, *, wild: float | None = None, bpm: float | None = 120.0) -> Measurement:
    """Numbers as the pipeline gives them; `wild` replaces every one that comes from the encoder."""
    usual = USUAL
    generator = np.random.default_rng(seed)
    posterior, profile = generator.random(len(GRID)) ** 8, generator.random(24) ** 4
    embedding = generator.normal(usual.mean, usual.deviation).astype(np.float32)
    logits = generator.normal(usual.logit_mean, usual.logit_deviation).astype(np.float32)
    if wild is not None:
        embedding, logits = np.full_like(embedding, wild), np.full_like(logits, wild)
    wilds = np.full(timbre.DIM, wild, np.float32) if wild is not None else None
    return Measurement(
        seconds=100.0,
        tempo=Tempo(bpm, generator.random(), 0.9, 0.1, (posterior / posterior.sum()).astype(np.float32)),
        key=Key(
            seed % 12, "minor" if seed % 2 else "major", generator.random(), (profile / profile.sum()).astype("f4")
        ),
        embedding=embedding,
        timbre=generator.normal(usual.timbre_mean, usual.timbre_deviation).astype(np.float32)
        if wild is None
        else wilds,
        loudness=float(generator.normal(*usual.loudness)) if wild is None else wild,
        tag_logits=logits,
    )


@pytest.fixture(params=SEEN, ids=lambda facet: facet.name)
def facet(request: pytest.FixtureRequest) -> Facet:
    return request.param


def test_a_facet_says_what_it_is(facet: Facet) -> None:
    assert isinstance(facet, Facet)
    assert facet.name.isidentifier()
    assert facet.label
    assert facet.hint.endswith(".")
    assert 0 <= facet.default_weight <= 1
    assert len({one.name for one in FACETS}) == len(FACETS)
    assert facet.version.partition("/")[0] == facet.code


@given(left=st.integers(0, 10_000), right=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_similarity_is_a_kernel(left: int, right: int) -> None:
    for facet in SEEN:
        a, b = facet.vector(measurement(left)), facet.vector(measurement(right))
        assert a.shape == (facet.dim,)
        assert a.dtype == np.float32
        assert abs(np.linalg.norm(a) - 1) < 1e-4
        assert abs(float(a @ b) - float(b @ a)) < 1e-6
        assert float(a @ b) <= 1 + 1e-4
        assert abs(float(a @ facet.vector(measurement(left))) - 1) < 1e-4


@given(seed=st.integers(0, 100), wild=WILD, bpm=st.sampled_from([None, 0.01, 120.0, 1e9]))
@settings(max_examples=40, deadline=None)
def test_any_number_gives_a_unit_vector_and_words(seed: int, wild: float, bpm: float | None) -> None:
    odd = measurement(seed, wild=wild, bpm=bpm)
    for facet in SEEN:
        vector = facet.vector(odd)
        assert np.isfinite(vector).all()
        assert abs(np.linalg.norm(vector) - 1) < 1e-4
        assert isinstance(facet.badge(odd), str)
        assert isinstance(facet.agreement(odd, measurement(seed + 1)), str)


def test_a_facet_tells_tracks_apart(facet: Facet) -> None:
    vectors = np.stack([facet.vector(measurement(seed)) for seed in range(20)])
    assert (vectors @ vectors.T)[np.triu_indices(20, 1)].min() < 0.9


def test_scales_make_equal_weights_count_equally() -> None:
    usual = USUAL
    for facet in FACETS:
        assert scales(usual)[facet.name] == pytest.approx(1 / usual.similarity_deviation[facet.name])
        assert 0.01 < usual.similarity_deviation[facet.name] < 1


def test_the_shipped_reference_was_fitted_with_these_facets() -> None:
    versions = {facet.name: facet.code for facet in FACETS}
    assert USUAL.facet_versions == versions, "a facet changed: run `manage.py fit_reference` again"


def test_a_reference_survives_being_written() -> None:
    usual = USUAL
    back = reference.read(reference.write(usual))
    for field in dataclasses.fields(usual):
        ours, theirs = getattr(usual, field.name), getattr(back, field.name)
        if isinstance(ours, dict):
            assert ours.keys() == theirs.keys()
            assert all(np.array_equal(ours[key], theirs[key]) for key in ours)
        else:
            assert np.array_equal(ours, theirs)


def test_facets_load_without_torch_and_without_the_pipeline() -> None:
    script = """
import sys
from recommender.facets import reference, scales
scales(reference.shipped())
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=True)


@given(seed=st.integers(0, 10_000), toward=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("name", ["sound", "mood"])
def test_similarity_falls_with_the_distance(name: str, seed: int, toward: int) -> None:
    """The further a track moves away in what the network says of it, the less it is like the one it was."""
    facet = next(one for one in SEEN if one.name == name)
    here, there = measurement(seed), measurement(toward + 10_001)
    seen = []
    for share in (0.0, 0.2, 0.5, 1.0):
        moved = dataclasses.replace(
            here,
            embedding=(here.embedding + share * (there.embedding - here.embedding)).astype(np.float32),
            tag_logits=(here.tag_logits + share * (there.tag_logits - here.tag_logits)).astype(np.float32),
        )
        seen.append(float(facet.vector(here) @ facet.vector(moved)))
    assert seen[0] == pytest.approx(1, abs=1e-5)
    assert all(nearer >= farther - 1e-5 for nearer, farther in pairwise(seen))
