"""Journey 2: a question, its sliders, what others may not see, and an index that is down."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from recommender import index_versions, outbox
from recommender.errors import IndexUnavailable
from recommender.facets import FACETS
from recommender.index.exact import ExactIndex
from tests.flows.reading import text, titles
from tests.rows import a_measurement, a_track, analysed


def only(facet: str) -> dict[str, str]:
    return {one.name: "1" if one.name == facet else "0" for one in FACETS}


def test_the_sliders_reach_every_track_that_one_may_hear(
    index: ExactIndex, ada: User, desk: Client, sofa: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = analysed(a_track("Seed", artist="A"), a_measurement(bpm=120.0, sound=1))
    analysed(a_track("Same sound", artist="B"), a_measurement(bpm=77.0, sound=1))
    analysed(a_track("Same tempo", artist="C"), a_measurement(bpm=120.5, sound=2))
    analysed(a_track("Ada's draft", artist="D", owner=ada, private=True), a_measurement(bpm=120.0, sound=3))
    outbox.send(index_versions.ensure_current())
    address = seed.get_absolute_url()

    assert titles(text(sofa.get(address, only("sound"))))[0] == "Same sound"
    by_tempo = text(sofa.get(address, only("tempo")))
    assert titles(by_tempo) == ["Same tempo", "Same sound"]
    assert "120" in by_tempo
    assert titles(text(desk.get(address, only("tempo"))))[0] == "Ada's draft"

    def down(*_args: object, **_options: object) -> None:
        raise IndexUnavailable("nobody there")

    monkeypatch.setattr(index, "search_each", down)
    without = text(sofa.get(address, only("tempo")))
    assert "Exact search" in without
    assert titles(without) == ["Same tempo", "Same sound"]
