"""A way from one track to another, in steps that are even to the ear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import numpy as np

from accounts.models import User
from catalog.models import Track
from recommender import asking, choosing, library, paths, query, ranking, results
from recommender import terms as language
from recommender.asking import NO_INDEX, Asker, Result, Searched, unheard
from recommender.choosing import Found, Question
from recommender.facets import mood
from recommender.lenses import Lens
from recommender.measurement import FloatArray, Measurement
from recommender.paths import Curve
from recommender.query import Layout
from recommender.questions.filters import Filters

FEWEST, MOST = 3, 40  # tracks on a way
POINTS = 8  # places between the ends where candidates are looked for
CANDIDATES = 80  # at each of them
OCTAVES_OFF, SHARE_OFF = 0.25, 0.3  # this far from a curve costs as much as the whole way is long
NO_VALUE = 1.0  # cost of a track without a beat on a tempo curve
SAME = "Choose two different tracks."
NO_BEAT = "{} has no clear beat, so the way follows no curve of tempo."
TOO_FEW = "There are not enough tracks between these two yet."


class Along(StrEnum):
    """What a curve bends."""

    NOTHING = ""
    TEMPO = "tempo"
    AROUSAL = "arousal"


@dataclass(frozen=True, slots=True)
class Course:
    """A curve between the values of the two ends."""

    along: Along = Along.NOTHING
    curve: Curve = Curve.STRAIGHT  # straight, arch (up, then back down) or valley (down, then back up)


@dataclass(frozen=True, slots=True)
class Step:
    """One track of a way."""

    result: Result  # explained against the track before it; the first one has no reasons
    progress: float  # share of the way at which it stands, 0..1
    distance: float  # from the track before it, the mean step being 1; 0 for the first


@dataclass(frozen=True, slots=True)
class PathAnswer:
    """A way, both ends included."""

    steps: list[Step]
    evenness: float = 0.0  # mean step / longest step: 1 is perfectly even
    searched: Searched = Searched.INDEX
    problem: str = ""
    note: str = ""  # why there is no curve


def path(
    start: Track,
    stop: Track,
    steps: int,
    weights: Mapping[str, float],
    asker: Asker,
    filters: Filters | None = None,
    course: Course = Course(),
) -> PathAnswer:
    """Lead from one track to another in `steps` tracks (3..40, both ends included) that are even to the ear.

    Parameters
    ----------
    weights : facet -> position of the slider; what "even" means
    course : tempo or arousal on a curve between the values of the two ends
    """
    lens, viewer = asker.lens, asker.viewer
    if lens is None:
        return PathAnswer([], problem=NO_INDEX)
    stored = library.vectors(lens.version, [start.pk, stop.pk])
    if start.pk == stop.pk or len(stored) < 2:
        return PathAnswer([], problem=SAME if start.pk == stop.pk else unheard({start.pk, stop.pk} - set(stored)))
    steps = min(max(steps, FEWEST), MOST)
    way = _Way(lens, (start, stop), stored, weights, course.along)
    wanted = way.wanted(course.curve, steps)
    found, searched = _candidates(way, wanted, viewer, filters or Filters())
    if not found:
        return PathAnswer([], searched=searched, problem=TOO_FEW)
    chosen = _walked(way, found, wanted, steps)
    order = [_end(start, stored), *(found[each] for each in chosen), _end(stop, stored)]
    return replace(_answer(way, order, viewer, searched), note=way.unbent((start, stop)))


class _Way:
    """The two ends, and what lies between them in the listener's space."""

    def __init__(
        self,
        lens: Lens,
        ends: tuple[Track, Track],
        stored: Mapping[int, FloatArray],
        weights: Mapping[str, float],
        along: Along,
    ) -> None:
        self.lens, self.weights, self.along = lens, weights, along
        self.layout: Layout = lens.layout
        self.ends = (stored[ends[0].pk], stored[ends[1].pk])
        self.ids = frozenset(track.pk for track in ends)
        measured = results.load(self.ids, lens.version.encoder)
        self._values = [self.value(measured.get(track.pk)) for track in ends]

    def value(self, measured: Measurement | None) -> float | None:
        """What the curve is about: octaves of BPM, or the percentile of arousal."""
        if measured is None or self.along is Along.NOTHING:
            return None
        if self.along is Along.TEMPO:
            return float(np.log2(measured.tempo.bpm)) if measured.tempo.bpm else None
        return mood.axes(measured, self.lens.usual)["arousal"]

    def wanted(self, curve: Curve, steps: int) -> FloatArray | None:
        """The value at each place of the way [shape=(steps,)]; None without a curve or when an end has no value."""
        first, last = self._values
        if first is None or last is None:
            return None
        if self.along is Along.TEMPO:
            return paths.curve(curve, first, last, steps, bend=paths.OCTAVES_OF_BEND)
        return np.clip(paths.curve(curve, first, last, steps, bend=paths.SHARE_OF_BEND), 0, 1)

    def unbent(self, ends: Sequence[Track]) -> str:
        """Why there is no curve although one was asked for; empty when there is, or none was."""
        lacking = [f"“{end}”" for end, value in zip(ends, self._values, strict=True) if value is None]
        return NO_BEAT.format(lacking[0]) if lacking and self.along is Along.TEMPO else ""

    def point(self, share: float, value: float | None) -> FloatArray:
        """Where to look for candidates: on the way, with the facet of the curve turned to the wanted value."""
        middle = paths.between(*self.ends, share, self.layout)
        if value is None:
            return middle
        name = "tempo" if self.along is Along.TEMPO else "mood"
        place = next(part.place for part in self.layout.parts if part.name == name)
        if self.along is Along.TEMPO:
            middle[place] = language.tempo_direction(2**value)
        elif len(way := language.axis_direction("arousal")) == place.stop - place.start:  # not of before an upgrade
            middle[place] += 2 * (value - 0.5) * way
            middle[place] /= max(float(np.linalg.norm(middle[place])), 1e-6)
        return middle

    def space(self, vectors: FloatArray) -> FloatArray:
        """Stored vectors in the listener's space; a curve takes the place of the facet that it bends."""
        bent = {Along.TEMPO: "tempo", Along.AROUSAL: "mood"}.get(self.along, "")
        weights = {name: 0.0 if name == bent else weight for name, weight in self.weights.items()}
        return paths.listening_space(vectors, weights, self.layout)


def _candidates(way: _Way, wanted: FloatArray | None, viewer: User, filters: Filters) -> tuple[list[Found], Searched]:
    where = filters.where(way.lens, viewer, way.ids)
    effort = query.effort(way.weights, blended=True, filtered=filters.active)
    questions = []
    for share in np.linspace(0, 1, POINTS + 2)[1:-1]:
        value = None if wanted is None else float(np.interp(share, np.linspace(0, 1, len(wanted)), wanted))
        seed = query.sloped(way.point(float(share), value), way.layout)
        questions.append(Question(way.lens, seed, way.weights, where, effort))
    hits, searched = asking.search(questions, CANDIDATES)
    listed = choosing.found(questions, hits)
    if not listed:
        return [], searched
    rows = np.stack([*way.ends, *(one.vector for one in listed)])
    groups = ranking.twins(rows, way.layout.places)
    return [listed[group.position - 2] for group in groups if group.position >= 2], searched


def _walked(way: _Way, found: Sequence[Found], wanted: FloatArray | None, steps: int) -> list[int]:
    points = way.space(np.stack([one.vector for one in found]))
    start, stop = way.space(np.stack(way.ends))
    off_curve = None
    if wanted is not None:
        known = results.load([one.pk for one in found], way.lens.version.encoder)
        values = [way.value(known.get(one.pk)) for one in found]
        scale = OCTAVES_OFF if way.along is Along.TEMPO else SHARE_OFF
        have = np.array([np.nan if value is None else value for value in values])
        off_curve = np.nan_to_num(((have[None, :] - wanted[1:-1, None]) / scale) ** 2, nan=NO_VALUE)
    artists = [one.artist_id for one in found]
    return paths.walk(points, start, stop, steps, artists=artists, off_curve=off_curve)


def _end(track: Track, stored: Mapping[int, FloatArray]) -> Found:
    return Found(track.pk, track.title, track.artist_id or 0, track.album_id or 0, 0.0, stored[track.pk])


def _answer(way: _Way, order: Sequence[Found], viewer: User, searched: Searched) -> PathAnswer:
    points = paths.listening_space(np.stack([one.vector for one in order]), way.weights, way.layout)
    lengths = paths.step_lengths(points)
    mean = max(float(lengths.mean()), 1e-9)
    shares = np.clip(paths.progress(points, points[0], points[-1]), 0, 1)
    pairs = [((before.pk, before.vector), (here.pk, here.vector)) for before, here in pairwise(order)]
    explained = [asking.Explained(), *asking.compared(way.lens, pairs, way.weights)]
    shown = {one.track.pk: one for one in asking.told(order, explained, viewer.pk)}
    steps = [
        Step(replace(shown[here.pk], score=0.0), float(share), float(length) / mean)
        for here, share, length in zip(order, shares, [0.0, *lengths], strict=True)
        if here.pk in shown
    ]
    return PathAnswer(steps, mean / max(float(lengths.max()), 1e-9), searched)
