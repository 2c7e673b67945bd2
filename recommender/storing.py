"""What was found out about one track, into the database: description, measurements and the vector for the index."""

from __future__ import annotations

import logging

from django.db import transaction

from catalog import covers, intake, storage
from recommender import analysis, index_versions, lenses, outbox, pipeline, results
from recommender.analysis import Claim
from recommender.encoders.base import Encoder
from recommender.facets import mood
from recommender.measurement import FileTags, Heard, Measurement
from recommender.models import Analysis

log = logging.getLogger(__name__)


def store(held: Claim, heard: Heard, measured: Measurement, model: Encoder) -> None:
    """Write the results of a claimed track in one transaction, unless the claim is no longer ours."""
    analysis.enter([held], Analysis.Stage.STORE)
    versions = {**heard.versions, **pipeline.analysis_versions(model)}
    description = _description(heard.tags, heard.decoded.seconds)  # keeps the cover: not while others wait for the lock
    with transaction.atomic():
        if not analysis.still_mine(held):
            log.info("track %d was taken over or started anew meanwhile: result dropped", held.track_id)
            return
        intake.describe(held.track_id, description)
        moods = mood.axes(measured, lenses.statistics_of(index_versions.active()))
        results.store(held.track_id, heard, measured, moods, model.name, versions)
        outbox.place(held.track_id, measured)
        analysis.finish(held)


def _description(tags: FileTags, seconds: float) -> intake.Description:
    return intake.Description(
        title=tags.title,
        artist=tags.artist,
        album=tags.album,
        album_artist=tags.album_artist,
        genre=tags.genre,
        year=tags.year,
        track_number=tags.track_number,
        disc_number=tags.disc_number,
        cover=_kept(tags.cover),
        seconds=seconds,
    )


def _kept(cover: bytes) -> str:
    try:
        return covers.keep(cover)
    except storage.StoreFull:  # sound without a picture is better than no sound
        return ""
