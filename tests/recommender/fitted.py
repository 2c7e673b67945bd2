"""A library that is large enough to be fitted on itself, and what workers and operators do with it.

Fitting asks for `fitting.FEWEST` tracks so that the figures mean something; what follows from a fit does not hang on
how many there were, so most tests ask for fewer.
"""

from __future__ import annotations

from io import StringIO

from django.core.management import call_command

from catalog.models import Track
from recommender import index_versions, outbox
from recommender.models import IndexVersion
from tests.rows import a_measurement, a_track, all_analysed

FEWEST = 40
SIZE = FEWEST + 8


def a_large_library(size: int = SIZE) -> list[Track]:
    """Tracks to fit statistics on, none like another."""
    tracks = all_analysed(
        (
            a_track(f"Piece {number}", artist=f"Artist {number % 40}"),
            a_measurement(bpm=60.0 + number % 100, tonic=number % 12, sound=number),
        )
        for number in range(size)
    )
    complete()
    return tracks


def complete() -> None:
    """What workers do until nothing waits."""
    for _ in range(20):
        for version in index_versions.live():
            while outbox.send(version):
                pass
        if not (index_versions.advance() or index_versions.follow_moods()) and not (
            outbox.waits() or index_versions.unfinished()
        ):
            return
    raise AssertionError("there is always more to do")


def the_active() -> IndexVersion:
    version = index_versions.active()
    assert version is not None
    return version


def renewed(name: str = "mine-1") -> IndexVersion:
    call_command("fit_reference", "--from-library", name=name, stdout=StringIO())
    return index_versions.live()[-1]
