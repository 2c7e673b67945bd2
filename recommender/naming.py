"""A name for a handful of tracks by what they share: "Calm and slow, piano"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

from recommender.facets import mood, sound
from recommender.facets.reference import Reference
from recommender.measurement import Measurement

SLOW, FAST = 84.0, 132.0  # BPM; median of what is called slow or fast
MOST = 0.6  # share of the tracks that must have a beat before its tempo is named
OFTEN = 0.4  # share of the tracks in which an instrument must be heard
MARKED = 0.62  # mean percentile from which a mood is named; the mean of any six random tracks rarely gets there
NAMELESS = "A bit of everything"


@dataclass(frozen=True, slots=True)
class Traits:
    """What can be said of one track."""

    moods: dict[str, float]  # axis -> percentile, 0..1
    bpm: float | None
    instruments: tuple[str, ...]


def traits_of(measured: Measurement, usual: Reference) -> Traits:
    """What can be said of a track."""
    return Traits(mood.axes(measured, usual), measured.tempo.bpm, tuple(sound.words(measured)))


def name(tracks: Sequence[Traits], taken: Collection[str] = ()) -> str:
    """The shortest true name that is not taken, nor its words in another order; the same tracks get the same name."""
    if not tracks:
        return NAMELESS
    names = list(_names(tracks))
    said = {_words(each) for each in taken}
    free = next((each for each in names if _words(each) not in said), None)
    if free is not None:
        return free
    number = 2
    while f"{names[0]}, {number}" in taken:
        number += 1
    return f"{names[0]}, {number}"


def _words(name: str) -> frozenset[str]:
    return frozenset(name.lower().replace(",", "").split())


def _names(tracks: Sequence[Traits]) -> Iterator[str]:
    feelings, tempo, instruments = _feelings(tracks), _tempo(tracks), _instruments(tracks)
    adjectives = [*feelings[:1], *([tempo] if tempo else []), *feelings[1:2]]
    first = " and ".join(adjectives[:2])
    for instrument in [*instruments, ""]:
        words = ", ".join(part for part in (first, instrument) if part)
        if words:
            yield words[0].upper() + words[1:]
    if len(adjectives) > 2:
        rest = f"{adjectives[0]} and {adjectives[2]}"
        yield rest[0].upper() + rest[1:]
    if beat := _beat(tracks):
        yield f"{first[0].upper() + first[1:]}, {beat}" if first else beat[0].upper() + beat[1:]
    yield NAMELESS


def _feelings(tracks: Sequence[Traits]) -> list[str]:
    """Adjectives, the most marked first; of opposites at most one can be marked."""
    means = {axis: mean(each.moods.get(axis, 0.5) for each in tracks) for axis in mood.WORDS}
    marked = sorted((axis for axis in means if means[axis] >= MARKED), key=lambda axis: -means[axis])
    return [mood.WORDS[axis] for axis in marked]


def _tempo(tracks: Sequence[Traits]) -> str:
    known = [each.bpm for each in tracks if each.bpm]
    if len(known) < MOST * len(tracks):
        return ""
    middle = median(known)
    return "slow" if middle < SLOW else "fast" if middle > FAST else ""


def _beat(tracks: Sequence[Traits]) -> str:
    known = [each.bpm for each in tracks if each.bpm]
    if len(known) < (1 - MOST) * len(tracks):
        return "without a beat"
    return f"around {median(known):.0f} BPM" if len(known) >= MOST * len(tracks) else ""


def _instruments(tracks: Sequence[Traits]) -> list[str]:
    counts = Counter(word for each in tracks for word in each.instruments)
    return [word for word, count in counts.most_common() if count >= OFTEN * len(tracks)]
