"""A library that was fitted on itself before an upgrade is fitted anew by itself once this code has heard all of it.

Until then it is seen by the shipped statistics (`references.given_way`). Loaded by workers only: the encoder has to say
its version.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from recommender import analysis, index_versions, jobs, pipeline, references, wakeups, worker
from recommender.errors import ModelMissing
from recommender.models import IndexVersion, Job

AGAIN = timedelta(days=1)  # after a fit that failed: the library may have grown


def ask_when_due() -> Job | None:
    """Have the library fitted anew if it gave its statistics up and every track was heard as this code hears."""
    version = index_versions.active()
    if version is None or version.gave_way is None or analysis.unfinished() or _filled_beside(version):
        return None
    last = jobs.latest(Job.Kind.FIT)
    if last and last.state == Job.State.FAILED and last.created_at > timezone.now() - AGAIN:
        return None
    try:
        present = pipeline.analysis_versions(worker.encoder())
    except ModelMissing:
        return None  # the worker says so wherever a track waits
    # Another release of the decoding library alone is no reason to wait: nobody has to hear everything again for it.
    if analysis.any_outdated(lambda stored: bool(pipeline.outdated(stored, present) - {"decoder"})):
        return None
    return jobs.ask(Job.Kind.FIT)


def fit(_job: Job) -> str:
    """Fit the library on itself and start an index version on the result; returns a line for the job's row."""
    version = index_versions.active()
    if version is None or version.gave_way is None:
        return "Somebody has fitted it meanwhile."
    try:
        made = index_versions.renew(references.next_name(version.gave_way.name))
    except references.NotFitted as error:
        raise jobs.JobFailed(str(error)) from error
    assert made.reference is not None
    wakeups.wake_index()
    return f"{made.reference} fitted; {made.collection} is filled beside the version that answers and takes over."


def _filled_beside(version: IndexVersion) -> bool:
    """Whether a successor is on its way already: it may be what somebody fitted."""
    return any(one.state == IndexVersion.State.BUILDING and one.pk > version.pk for one in index_versions.fillable())
