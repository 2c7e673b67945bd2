"""Building, filling, activating and retiring beside the version that answers; the outbox; reconciling."""

from __future__ import annotations

import numpy as np
import pytest

from catalog import intake
from recommender import index_versions, lenses, outbox, query
from recommender.errors import IndexUnavailable
from recommender.facets import reference
from recommender.facets.reference import Reference
from recommender.index.base import Filter
from recommender.index.exact import ExactIndex
from recommender.models import IndexedVector, IndexVersion
from recommender.worker import Worker
from tests.rows import a_library, a_measurement, a_track, a_user, analysed

pytestmark = pytest.mark.django_db
State = IndexVersion.State


def the_active() -> IndexVersion:
    version = index_versions.active()
    assert version is not None
    return version


def everything(index: ExactIndex, version: IndexVersion, viewer: int = 0) -> set[int]:
    hits = index.search(version.collection, np.ones(version.dim, np.float32), 100, Filter(viewer_id=viewer))
    return {int(one) for one in hits.ids}


def test_the_first_version_answers_at_once(index: ExactIndex) -> None:
    tracks = a_library([100.0, 120.0])
    version = the_active()
    assert outbox.send(version) == 2
    assert everything(index, version) == {track.pk for track in tracks}
    assert outbox.send(version) == 0


def test_a_second_analysis_replaces_the_vector(index: ExactIndex) -> None:
    (track,) = a_library([100.0])
    outbox.send(the_active())
    analysed(track, a_measurement(bpm=140.0, sound=9))
    assert outbox.waits()
    outbox.send(the_active())
    assert index.count(the_active().collection) == 1


def test_what_changes_while_it_is_sent_is_sent_again(index: ExactIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    (track,) = a_library([100.0])
    upsert = index.upsert

    def slow(*args: object) -> None:
        upsert(*args)
        outbox.touch([track.pk])

    monkeypatch.setattr(index, "upsert", slow)
    outbox.send(the_active())
    assert outbox.waits()


def test_nothing_is_lost_while_the_index_is_down(index: ExactIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    a_library([100.0, 120.0])

    def down(*_args: object) -> None:
        raise IndexUnavailable("nobody there")

    with monkeypatch.context() as patch:
        patch.setattr(index, "upsert", down)
        with pytest.raises(IndexUnavailable):
            outbox.send(the_active())
    assert outbox.send(the_active()) == 2


def test_a_removed_track_leaves_the_index(index: ExactIndex) -> None:
    keep, gone = a_library([100.0, 120.0])
    outbox.send(the_active())
    intake.remove_track(gone)
    outbox.send(the_active())
    assert everything(index, the_active()) == {keep.pk}
    assert IndexedVector.objects.count() == 1


def test_private_tracks_are_found_by_their_owner_only(index: ExactIndex) -> None:
    owner, other = a_user("owner"), a_user("other")
    track = analysed(a_track("Secret", owner=owner, private=True), a_measurement())
    outbox.send(the_active())
    assert everything(index, the_active(), owner.pk) == {track.pk}
    assert everything(index, the_active(), other.pk) == set()


USUAL = reference.shipped()
PRESENT = query.present_layout(USUAL)


def a_changed_layout(_usual: Reference = USUAL) -> query.Layout:
    changed = PRESENT.to_json()
    changed[0]["version"] += "+1"
    return query.Layout.from_json(changed)


def test_a_new_model_is_filled_beside_the_old_one_and_flipped(
    index: ExactIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracks = a_library([90.0, 100.0, 110.0])
    old = the_active()
    outbox.send(old)
    monkeypatch.setattr(query, "present_layout", a_changed_layout)
    new = index_versions.build()
    assert new.state == State.BUILDING
    assert the_active() == old
    with pytest.raises(index_versions.NotCovered, match="lacks 3"):
        index_versions.activate(new)
    assert [index_versions.fill(new, 2), index_versions.fill(new, 2), index_versions.fill(new, 2)] == [2, 1, 0]
    with pytest.raises(index_versions.NotCovered, match="3 still to send"):
        index_versions.activate(new)
    outbox.send(new)
    index_versions.activate(new)
    assert the_active() == new
    assert everything(index, new) == {track.pk for track in tracks}
    index_versions.activate(old)  # the way back
    assert the_active() == old


def test_an_upgrade_of_the_facets_heals_itself(index: ExactIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    a_library([90.0, 100.0, 110.0])
    old = the_active()
    outbox.send(old)
    assert not outbox.waits()
    assert not index_versions.unfinished()
    monkeypatch.setattr(query, "present_layout", a_changed_layout)
    assert index_versions.unfinished()
    assert index_versions.advance() == 3
    new = index_versions.live()[-1]
    outbox.send(new)
    assert index_versions.advance() == 0
    assert the_active() == new
    assert not outbox.waits()
    assert not index_versions.unfinished()
    old.refresh_from_db()
    assert old.state == State.READY


def test_only_what_does_not_answer_can_be_retired(index: ExactIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    a_library([90.0])
    old = the_active()
    with pytest.raises(ValueError, match="activate another"):
        index_versions.retire(old)
    monkeypatch.setattr(query, "present_layout", a_changed_layout)
    new = index_versions.build()
    index_versions.retire(new)
    assert not new.vectors.exists()
    assert index_versions.live() == [old]


@pytest.mark.parametrize("beyond", [1000, 10 * outbox.RECONCILE_SPAN])  # the index of a database that was set back
def test_reconcile_mends_both_directions(index: ExactIndex, beyond: int) -> None:
    keep, lost = a_library([90.0, 100.0])
    version = the_active()
    outbox.send(version)
    index.delete(version.collection, [lost.pk])
    stray = np.ones((1, version.dim), np.float32)
    index.upsert(version.collection, [keep.pk + beyond], stray, [index_versions.attributes_of([keep.pk])[keep.pk]])
    found = outbox.reconcile(version)
    assert found == outbox.Differences(missing=1, surplus=1)
    outbox.send(version)
    assert lost.pk in everything(index, version)
    assert outbox.reconcile(version) == outbox.Differences(0, 0)


def crowding_there(index: ExactIndex, version: IndexVersion, track_id: int) -> float:
    """How crowded the index says it is around a track."""
    place = lenses.layout_of(version).place(query.CROWDING)
    assert place is not None
    asked = np.zeros(version.dim, np.float32)
    asked[place.start] = 1.0
    hits = index.search(version.collection, asked, 100, Filter())
    return float(hits.scores[list(hits.ids).index(track_id)])


def test_crowding_is_measured_anew_when_the_library_has_grown(index: ExactIndex) -> None:
    first = analysed(a_track("First"), a_measurement(sound=1))
    version = the_active()
    outbox.send(version)
    assert crowding_there(index, version, first.pk) == 0
    for number in range(2, 8):
        analysed(a_track(f"Other {number}"), a_measurement(sound=number))
    while outbox.send(version):
        pass
    assert crowding_there(index, version, first.pk) != 0


def test_one_more_track_in_a_large_library_sends_only_itself(index: ExactIndex) -> None:
    a_library([90.0 + number for number in range(12)], sounds=12)
    version = the_active()
    while outbox.send(version):
        pass
    analysed(a_track("One more", artist="New"), a_measurement(sound=40))
    assert outbox.send(version) == 1


def test_many_rows_are_sealed_once_and_a_few_are_not(index: ExactIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed: list[str] = []
    monkeypatch.setattr(index, "seal", sealed.append)
    monkeypatch.setattr(outbox, "MANY", 3)
    worker = Worker()
    a_library([100.0, 110.0])
    worker.sync_index()
    assert sealed == []
    analysed(a_track("Third"), a_measurement())  # the library has grown by half: all are sent again
    worker.sync_index()
    assert sealed == [the_active().collection]
    analysed(a_track("Fourth"), a_measurement())
    worker.sync_index()
    assert len(sealed) == 1
