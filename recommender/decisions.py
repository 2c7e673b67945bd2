"""Tempi decided anew from stored pulses: what a better choice of the octave needs, without opening a file.

The pulse of a track is measured where its samples are and stored; the decision reads it, and the encoder's tags. So a
changed decision costs a millisecond a track, not a decoding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from recommender import outbox, results, wakeups
from recommender.features import tempo
from recommender.models import Analysis, Embedding, Measurement

STAGE = "octave"
CHUNK = 500  # ids in one question to the database


def possible(track_ids: Sequence[int], encoder: str) -> set[int]:
    """Those of these tracks whose pulse was stored and whose tags are known: older rows have to be heard again."""
    found: set[int] = set()
    for start in range(0, len(track_ids), CHUNK):
        rows = Measurement.objects.filter(
            track_id__in=track_ids[start : start + CHUNK], track__embeddings__encoder=encoder
        )
        found.update(rows.exclude(pulse=b"").values_list("track_id", flat=True))
    return found


def renew(track_ids: Iterable[int], encoder: str, version: str) -> int:
    """Decide the tempo of these tracks anew and let the index follow; returns how many were decided.

    Parameters
    ----------
    track_ids : iterable of int
        As `possible` gives them. Those that were queued or deleted meanwhile are left to whoever does that.
    encoder : str
        Whose tags are heard.
    version : str
        Of the decision, to be written down with it.
    """
    decided = sum(_renew(track_id, encoder, version) for track_id in track_ids)
    if decided:
        wakeups.wake_index()
    return decided


@transaction.atomic
def _renew(track_id: int, encoder: str, version: str) -> bool:
    # Locked in the order of the worker: first the analysis, then what it writes.
    settled = Analysis.objects.select_for_update().filter(track_id=track_id, state=Analysis.State.DONE).first()
    row = Measurement.objects.select_for_update().filter(track_id=track_id).exclude(pulse=b"").first()
    said = Embedding.objects.filter(track_id=track_id, encoder=encoder).first()
    if settled is None or row is None or said is None:
        return False
    logits = results.unpack(said.tag_logits)
    results.without_corrections(row)
    for column, value in results.tempo_columns(tempo.decide(results.unpack_pulse(row.pulse), logits)).items():
        setattr(row, column, value)
    row.versions = {**row.versions, STAGE: version}
    results.apply_corrections(row)
    row.save()
    for measured in results.load([track_id], encoder).values():
        outbox.place(track_id, measured)
    return True
