"""What is told of the library as a whole knows nothing of what somebody keeps for themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from recommender import index_versions, library, outbox
from recommender.index.base import Filter
from recommender.index.exact import ExactIndex
from recommender.models import IndexVersion
from tests.rows import a_library, a_measurement, a_track, a_user, analysed

pytestmark = pytest.mark.django_db


def keep_in_private(count: int = 40) -> None:
    """Somebody uploads many tracks that are all alike, for themselves."""
    owner = a_user("owner")
    for number in range(count):
        track = a_track(f"Secret {number}", owner=owner, private=True, artist="Hidden")
        analysed(track, a_measurement(bpm=181.0, sound=77, tonic=3))


def version() -> IndexVersion:
    return index_versions.ensure_current()


def told_of_the_library(_index: ExactIndex) -> list[np.ndarray]:
    return [library.sample(version()), *library.scale(version()).quantiles.values()]


def vectors_in_the_index(index: ExactIndex) -> list[np.ndarray]:
    while outbox.send(version()):
        pass
    query = np.ones(version().dim, np.float32)
    return [index.search(version().collection, query, 100, Filter()).scores]


def answers_without_the_index(_index: ExactIndex) -> list[np.ndarray]:
    query = np.ones(version().dim, np.float32)
    return [library.exact_search(version(), query[None], 100, Filter())[0].scores]


@pytest.mark.parametrize("told", [told_of_the_library, vectors_in_the_index, answers_without_the_index])
def test_private_tracks_change_nothing_that_others_are_told(
    index: ExactIndex, told: Callable[[ExactIndex], list[np.ndarray]]
) -> None:
    a_library([90.0, 100.0, 110.0, 120.0, 130.0, 140.0])
    before = told(index)
    keep_in_private()
    library.forget()

    after = told(index)

    assert [array.shape for array in after] == [array.shape for array in before]
    assert all(np.allclose(one, other, atol=1e-6) for one, other in zip(before, after, strict=True))


def test_reasons_on_a_page_stay_the_same(index: ExactIndex) -> None:
    tracks = a_library([90.0, 100.0, 110.0, 120.0, 130.0, 140.0])
    client = Client()
    client.force_login(a_user("listener"))

    def page() -> str:
        library.forget()
        while outbox.send(version()):
            pass
        answer = client.get(reverse("track", args=[tracks[0].pk]), headers={"HX-Request": "true"})
        return re.sub(r'value="\w{64}"', "", answer.content.decode())  # the token of each form

    before = page()
    assert "Piece" in before
    keep_in_private()
    assert page() == before
