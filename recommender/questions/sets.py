"""The order in which a DJ would play a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catalog.models import Track
from recommender import library, mixing, results
from recommender.asking import Asker
from recommender.measurement import Measurement
from recommender.mixing import Cue, Transition


@dataclass(frozen=True, slots=True)
class DjStep:
    """One track of a set."""

    track: Track
    bpm: float | None
    camelot: str  # "8A"; empty when the key is not known
    transition: Transition | None  # into this track; None for the first


@dataclass(frozen=True, slots=True)
class DjAnswer:
    """A list in the order of least total cost."""

    steps: list[DjStep]
    cost: float  # of the transitions in this order
    cost_before: float  # in the order given
    left_out: tuple[Track, ...] = ()  # without an analysis; not in the set


def dj_order(tracks: Sequence[Track], asker: Asker, *, first: Track | None = None) -> DjAnswer:
    """Order tracks (visible to the asker) so that tempi and keys follow each other; `first` opens the set."""
    version = asker.lens.version if asker.lens else None
    stored = library.vectors(version, [track.pk for track in tracks]) if version else {}
    known = results.load(stored, version.encoder) if version else {}
    playable = [track for track in tracks if track.pk in known]
    if not asker.lens or not playable:
        return DjAnswer([], 0.0, 0.0, tuple(tracks))
    cues = [_cue(known[track.pk]) for track in playable]
    sound = np.stack([stored[track.pk][asker.lens.layout.places["sound"]] for track in playable])
    alike = sound @ sound.T
    table = mixing.costs(cues, alike)
    opening = next((place for place, track in enumerate(playable) if first and track.pk == first.pk), None)
    order = mixing.order(table, first=opening)
    steps = []
    for before, here in zip([None, *order], order, strict=False):
        change = None if before is None else mixing.transition(cues[before], cues[here], float(alike[before, here]))
        steps.append(DjStep(playable[here], cues[here].bpm, mixing.camelot(cues[here]), change))
    left_out = tuple(track for track in tracks if track.pk not in known)
    return DjAnswer(steps, mixing.total(order, table), mixing.total(range(len(playable)), table), left_out)


def _cue(measured: Measurement) -> Cue:
    return Cue(measured.tempo.bpm, measured.key.tonic, measured.key.mode)
