"""Journey 3: another index version is built beside the one that answers, and takes over without a gap."""

from __future__ import annotations

import pytest
from django.test import Client

from recommender import index_versions, outbox
from recommender.index.exact import ExactIndex
from tests.flows.reading import text, titles
from tests.rows import a_library, a_measurement, a_track, analysed


def test_pages_answer_in_full_while_versions_change(index: ExactIndex, sofa: Client) -> None:
    tracks = a_library([60, 75, 90, 105, 120, 140])
    old = index_versions.active()
    assert old is not None
    outbox.send(old)
    address = tracks[0].get_absolute_url()
    before = titles(text(sofa.get(address)))
    assert len(before) == 5

    new = index_versions.build()
    with pytest.raises(index_versions.NotCovered):
        index_versions.activate(new)
    assert titles(text(sofa.get(address))) == before

    late = analysed(a_track("Late", artist="E"), a_measurement(bpm=61.0, sound=8))  # goes to both versions
    while index_versions.fill(new):
        pass
    for version in (old, new):
        outbox.send(version)
    index_versions.activate(new)
    after = text(sofa.get(address))
    assert sorted(titles(after)) == sorted([*before, late.title])
    assert "Exact search" not in after

    index_versions.activate(old)  # the way back is the same flip
    assert sorted(titles(text(sofa.get(address)))) == sorted([*before, late.title])
