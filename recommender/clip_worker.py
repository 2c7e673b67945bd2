"""Hearing one clip while its owner waits: the same cell and the same encoder as for tracks.

Loaded by workers only: it brings the decoder and, through the encoder, torch.
"""

from __future__ import annotations

from pathlib import Path

from recommender import clips, pipeline, worker
from recommender.encoders.base import Encoder
from recommender.errors import AnalysisError, Code, ModelMissing, Outcome
from recommender.jobs import JobFailed
from recommender.measurement import Heard
from recommender.models import Clip, Job
from recommender.sandbox import Limits

LEVEL = -16.0  # LUFS, as music is mastered: recordings of a room are quieter, and the network would hear that first
QUIET = -60.0  # LUFS; below, a microphone heard the room
LIMITS = Limits(cpu_seconds=45, wall_seconds=90.0)  # somebody waits, and other jobs stand behind it


def hear(job: Job) -> str:
    """Measure the clip of a job; returns a line for the job's row.

    Raises JobFailed when there is nothing to compare; the clip then tells its owner why.
    """
    clip = clips.of_job(job)
    if clip is None:
        raise JobFailed("The clip was deleted before anybody heard it.")
    try:
        model = worker.encoder()
    except ModelMissing as error:
        clips.fail(clip)
        raise JobFailed(str(error)) from error
    heard = _heard(clip, model)
    measured = pipeline.measure([heard], model)[0]
    clips.finish(clip, measured, model.name)
    return f"{measured.seconds:.1f} s heard."


def _heard(clip: Clip, model: Encoder) -> Heard:
    outcome = _outcome(clips.path_of(clip), model)
    if isinstance(outcome, Heard) and outcome.loudness.integrated < QUIET:
        outcome = AnalysisError(Code.SILENT, f"{outcome.loudness.integrated:.0f} LUFS")
    if isinstance(outcome, Heard):
        return outcome
    clips.fail(clip, outcome.code)
    raise JobFailed(str(outcome)) from outcome


def _outcome(path: Path, model: Encoder) -> Outcome[Heard]:
    if not path.exists():
        return AnalysisError(Code.FILE_MISSING, "the clip's file is gone")
    return next(
        outcome for _, outcome in pipeline.hear_many([path], model.windows, cells=1, limits=LIMITS, level=LEVEL)
    )
