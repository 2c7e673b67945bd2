"""What tests of a worker's shift share: short songs that wait in the queue."""

from __future__ import annotations

from pathlib import Path

from accounts.models import User
from catalog import intake
from catalog.intake import Stored
from catalog.models import Track
from recommender.models import Analysis
from tests import sounds


def song(folder: Path, number: int) -> Path:
    """A file like no other number."""
    sound = sounds.song(6.0, bpm=90 + 10 * number, tonic=number)
    return sounds.write(folder / f"{number}.flac", sound, tags={"title": f"Song {number}"})


def upload(
    path: Path, owner: User | None = None, *, queue: Analysis.Queue = Analysis.Queue.BULK, private: bool = False
) -> Track:
    """Its track, waiting in a queue."""
    visibility = Track.Visibility.PRIVATE if private else Track.Visibility.PUBLIC
    added = intake.add_track(path, original_name=path.name, owner=owner, visibility=visibility, urgent=False)
    assert isinstance(added, Stored)
    Analysis.objects.filter(track=added.track).update(queue=queue)
    return added.track


def finished() -> list[int]:
    """Tracks that have an answer, in the order in which they got it."""
    done = Analysis.objects.exclude(finished_at=None).order_by("finished_at")
    return list(done.values_list("track_id", flat=True))
