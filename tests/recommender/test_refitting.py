"""After an upgrade that its own statistics do not survive, a library is fitted on itself anew without being asked."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recommender import (
    analysis,
    index_versions,
    jobs,
    lenses,
    outbox,
    pipeline,
    references,
    refitting,
    tasks,
    worker,
)
from recommender.audio import decode
from recommender.facets import fitting, reference
from recommender.index.exact import ExactIndex
from recommender.models import Analysis, FittedReference, IndexVersion, Job, Measurement
from recommender.worker import Worker
from tests.rows import a_measurement, a_track, a_user, all_analysed, analysed

FEWEST = 40  # of a fit here: what follows from one does not hang on how many tracks there were
SIZE = FEWEST + 4
DESK = "admin:recommender_indexversion_changelist"


def the_active() -> IndexVersion:
    version = index_versions.active()
    assert version is not None
    return version


def complete() -> None:
    """What workers do until nothing waits."""
    for _ in range(30):
        Worker().sync_index()
        Worker().advance_index()
        if not (outbox.waits() or index_versions.unfinished()):
            return
    raise AssertionError("there is always more to do")


def heard_by_this_code() -> None:
    versions = pipeline.analysis_versions(worker.encoder()) | {"decoder": min(decode.DECODERS)}
    Measurement.objects.update(versions=versions)


@pytest.fixture
def upgraded(index: ExactIndex, db: None, monkeypatch: pytest.MonkeyPatch) -> IndexVersion:
    """A library that was fitted on itself by code whose sound facet was another; the shipped statistics serve now."""
    monkeypatch.setattr(fitting, "FEWEST", FEWEST)
    all_analysed(
        (
            a_track(f"Piece {number}", artist=f"Artist {number % 40}"),
            a_measurement(bpm=60.0 + number % 100, tonic=number % 12, sound=number),
        )
        for number in range(SIZE)
    )
    heard_by_this_code()
    index_versions.renew("mine-1")
    complete()
    fitted = the_active().reference
    assert fitted is not None
    assert refitting.ask_when_due() is None  # all is as it should be
    older = dataclasses.replace(lenses.statistics_of(the_active()), facet_versions={"sound": "0"})
    FittedReference.objects.update(statistics=reference.write(older))
    lenses._read.cache_clear()
    IndexVersion.objects.update(fingerprint="of older code")
    assert index_versions.ensure_current().gave_way == fitted
    complete()
    assert (the_active().reference, the_active().gave_way) == (None, fitted)
    return the_active()


def test_it_is_fitted_anew_and_takes_over(upgraded: IndexVersion, index: ExactIndex) -> None:
    tasks.fit_anew()
    [job] = Job.objects.filter(kind=Job.Kind.FIT)
    tasks.do_job(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.detail
    assert the_active() == upgraded  # until the other is complete
    complete()
    answers = the_active()
    assert answers.reference is not None
    assert (answers.reference.name, answers.reference.tracks, answers.gave_way) == ("mine-2", SIZE, None)
    assert references.followed(answers) == answers.reference
    assert index.count(answers.collection) == SIZE
    tasks.fit_anew()
    assert Job.objects.filter(kind=Job.Kind.FIT).count() == 1


def test_it_waits_until_every_track_was_heard_by_this_code(upgraded: IndexVersion) -> None:
    last = Measurement.objects.order_by("-track_id").first()
    assert last is not None
    versions = last.versions
    Measurement.objects.filter(pk=last.pk).update(versions=versions | {"timbre": "0"})
    assert refitting.ask_when_due() is None
    Measurement.objects.filter(pk=last.pk).update(versions=versions | {"decoder": "another release"})
    Analysis.objects.filter(track_id=last.track_id).update(state=Analysis.State.QUEUED)
    assert refitting.ask_when_due() is None
    Analysis.objects.filter(track_id=last.track_id).update(state=Analysis.State.FAILED)
    assert refitting.ask_when_due() is not None


def test_who_fits_by_hand_is_not_overtaken(upgraded: IndexVersion) -> None:
    job = refitting.ask_when_due()
    assert job is not None
    index_versions.renew("by-hand")
    jobs.run(job.pk, {Job.Kind.FIT: refitting.fit})
    job.refresh_from_db()
    assert job.detail == "Somebody has fitted it meanwhile."
    assert refitting.ask_when_due() is None
    assert [one.reference.name for one in index_versions.live() if one.reference] == ["mine-1", "by-hand"]


def test_a_fit_that_fails_is_tried_again_the_next_day(upgraded: IndexVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "FEWEST", SIZE + 1)
    job = refitting.ask_when_due()
    assert job is not None
    jobs.run(job.pk, {Job.Kind.FIT: refitting.fit})
    job.refresh_from_db()
    assert (job.state, "too few" in job.detail) == (Job.State.FAILED, True)
    assert refitting.ask_when_due() is None
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=2))
    assert refitting.ask_when_due() is not None


def test_another_upgrade_before_it_was_fitted_does_not_forget(upgraded: IndexVersion) -> None:
    IndexVersion.objects.filter(pk=upgraded.pk).update(fingerprint="of older code")
    assert index_versions.ensure_current().gave_way == upgraded.gave_way


def test_the_desk_says_so(upgraded: IndexVersion) -> None:
    client = Client()
    client.force_login(a_user("root", is_staff=True, is_superuser=True))
    assert "as shipped, until mine-1 is fitted anew" in client.get(reverse(DESK)).content.decode()


@pytest.mark.django_db
def test_names_go_on() -> None:
    assert references.next_name("mine-1") == "mine-2"
    assert references.next_name("mine") == "mine-2"
    FittedReference.objects.create(name="mine-2", encoder="musicnn", tracks=1, statistics=b"")
    assert references.next_name("mine-1") == "mine-3"
    assert len(references.next_name("x" * 40)) <= 40


def test_one_who_looks_whether_anything_is_outdated_stops_at_the_first(index: ExactIndex, db: None) -> None:
    for number in range(3):
        analysed(a_track(f"Piece {number}"), a_measurement(sound=number))
    looked: list[dict[str, str]] = []
    assert analysis.any_outdated(lambda versions: bool(looked.append(versions)) or True)
    assert len(looked) == 1
    assert not analysis.any_outdated(lambda _versions: False)
