"""What becomes of index versions when Segue is upgraded, goes back, and is upgraded again."""

from __future__ import annotations

import numpy as np
import pytest

from recommender import corrections, index_versions, lenses, outbox, query, results, tasks
from recommender.errors import IndexUnavailable
from recommender.facets import reference
from recommender.facets.reference import Reference
from recommender.index.base import Filter
from recommender.index.exact import ExactIndex
from recommender.models import IndexVersion, Measurement
from recommender.worker import Worker
from tests.rows import a_library, a_measurement, a_track, analysed

pytestmark = pytest.mark.django_db

State = IndexVersion.State
USUAL = reference.shipped()
PRESENT = query.present_layout(USUAL)


def the_active() -> IndexVersion:
    return IndexVersion.objects.get(state=State.ACTIVE)


def everything(index: ExactIndex, version: IndexVersion) -> set[int]:
    hits = index.search(version.collection, np.ones(version.dim, np.float32), 100, Filter())
    return {int(one) for one in hits.ids}


def a_changed_layout(_usual: Reference = USUAL) -> query.Layout:
    return with_another("sound")


def with_another(facet: str) -> query.Layout:
    parts = PRESENT.to_json()
    next(part for part in parts if part["name"] == facet)["version"] += "+1"
    return query.Layout.from_json(parts)


@pytest.mark.parametrize(("facet", "anew"), [("mood", True), ("sound", False)])
def test_an_upgrade_of_the_moods_says_the_stored_ones_anew(
    facet: str, anew: bool, index: ExactIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    (track,) = a_library([90.0])
    outbox.send(the_active())
    right = Measurement.objects.get(track=track).moods
    Measurement.objects.update(moods={"calm": -1.0})  # as the facets of before said it
    monkeypatch.setattr(query, "present_layout", lambda _usual: with_another(facet))
    catch_up()
    assert query.present_layout(reference.shipped()).fingerprint == the_active().fingerprint
    assert Measurement.objects.get(track=track).moods == (right if anew else {"calm": -1.0})


def catch_up() -> None:
    """What workers do after the sweeper has found something."""
    while index_versions.unfinished() or outbox.waits():
        Worker().sync_index()
        Worker().advance_index()


def test_who_upgrades_goes_back_and_upgrades_again_misses_nothing(
    index: ExactIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index of the first upgrade is out of date by then: it holds neither what was added nor what was corrected."""
    (old_track,) = a_library([90.0])
    catch_up()
    before = the_active()
    for layout in (a_changed_layout(), PRESENT, a_changed_layout()):
        monkeypatch.setattr(query, "present_layout", lambda _usual, layout=layout: layout)
        corrections.correct(old_track, bpm=100.0 + before.pk, key=None)
        added = analysed(a_track(f"After {before.pk}"), a_measurement())
        assert the_active() == before
        tasks.retire_outdated()  # a worker starts
        catch_up()
        now = the_active()
        assert now.fingerprint == layout.fingerprint
        assert {old_track.pk, added.pk} <= everything(index, now)
        known = results.load([old_track.pk], now.encoder)[old_track.pk]
        assert bytes(now.vectors.get(track_id=old_track.pk).vector) == lenses.of(now).packed(known)
        before = now
    assert [one.state for one in index_versions.live()] == [State.READY, State.ACTIVE]


def test_who_flips_before_going_back_misses_nothing_either(index: ExactIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    a_library([90.0])
    catch_up()
    old = the_active()
    monkeypatch.setattr(query, "present_layout", a_changed_layout)
    catch_up()
    added = analysed(a_track("Since the upgrade"), a_measurement())
    index_versions.activate(old)
    monkeypatch.setattr(query, "present_layout", lambda _usual: PRESENT)
    tasks.retire_outdated()
    tasks.reconcile()
    assert the_active() == old
    assert added.pk in everything(index, old)


def test_a_person_may_let_an_index_of_other_code_answer(index: ExactIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    a_library([90.0])
    catch_up()
    old = the_active()
    tasks.retire_outdated()
    assert the_active() == old
    monkeypatch.setattr(query, "present_layout", a_changed_layout)
    catch_up()
    index_versions.activate(old)
    catch_up()
    assert the_active() == old


def test_outdated_versions_stay_while_the_index_is_silent(
    index: ExactIndex, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    a_library([90.0])
    catch_up()
    first = the_active()
    monkeypatch.setattr(query, "present_layout", a_changed_layout)
    catch_up()
    monkeypatch.setattr(query, "present_layout", lambda _usual: PRESENT)

    def down(_collection: str) -> None:
        raise IndexUnavailable("nobody there")

    monkeypatch.setattr(index, "drop", down)
    tasks.retire_outdated()
    assert first in index_versions.live()
    assert "outdated versions stay until the next start" in caplog.text
