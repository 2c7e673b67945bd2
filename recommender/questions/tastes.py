"""What a listener may like: from what they did, in as many directions as their taste has."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np
from django.utils import timezone

from accounts.models import User
from catalog.models import Track
from recommender import asking, index_versions, library, listening, naming, paths, query, results, taste
from recommender.asking import NO_INDEX, NO_MUSIC, NOT_ANALYSED, Answer, Found, Question, Result
from recommender.measurement import FloatArray
from recommender.models import IndexVersion, Listen
from recommender.questions.filters import Filters

Kind = Listen.Kind
WORTH = {Kind.LIKED: 1.0, Kind.FINISHED: 0.35, Kind.PLAYED: 0.1, Kind.SKIPPED: -0.3, Kind.LESS: -1.0}
EVENTS = 1_000  # newest things that a listener did, of which a taste is made
OPINIONS = 300  # tracks of which it is made at most
REPELLING = 10  # newest dislikes that push
SHOWN_ANCHORS = 12  # tracks of a taste against which results are explained
LEAST_POOL = 30
DEEPER = 4  # with the knob at its end this many times more hits are drawn from
MIXES, MIX_LENGTH, KNOWN_SHARE = 6, 25, 1 / 3
MIX_BOLDNESS, EXTEND_GROUPS = 0.25, 3
NO_TASTE = "Play or like a few tracks, and this list becomes yours. Until then, here are a few to begin with."
NOTHING_NEW = "You have heard everything that fits. Add music, be bolder, or filter less."


@dataclass(frozen=True, slots=True)
class Mix:
    """A list for one day, from one of the listener's tastes."""

    number: int  # 1.. within the day
    name: str  # "Calm and slow, piano"
    results: list[Result]  # known and new in turn; the known ones have no reasons


@dataclass(frozen=True, slots=True)
class _Opinions:
    liked: dict[int, float]  # track -> how much, faded with age; the most first
    disliked: list[int]  # newest first
    seen: frozenset[int]  # everything that there is an opinion about


@dataclass(frozen=True, slots=True)
class _Taste:
    vector: FloatArray
    anchors: dict[int, FloatArray]  # the most typical first
    share: float


@dataclass(frozen=True, slots=True)
class _Wish:
    """What all directions of one question have in common."""

    version: IndexVersion
    viewer: User
    weights: Mapping[str, float]
    hidden: frozenset[int]
    boldness: float
    seed: int
    filters: Filters = Filters()  # noqa: RUF009 - frozen


def for_you(
    viewer: User,
    weights: Mapping[str, float],
    filters: Filters | None = None,
    *,
    boldness: float = 0.3,
    day: date | None = None,
    k: int = 30,
) -> Answer:
    """Tracks that the listener has no opinion about yet, from each of their tastes in proportion.

    Parameters
    ----------
    weights : facet -> position of the slider
    boldness : 0 (what fits best) .. 1 (what is new)
    day : of the listener; one day has one order
    """
    version = index_versions.active()
    if version is None:
        return Answer([], problem=NO_INDEX)
    opinions = _opinions(viewer)
    seed = _seed(viewer, day, "for you")
    tastes = _tastes(version, opinions.liked, weights, opinions.disliked)
    if not tastes:
        some = _anything(version, viewer, seed, k)
        return Answer(some, problem=NO_TASTE if some else NO_MUSIC)
    wish = _Wish(version, viewer, weights, opinions.seen, boldness, seed, filters or Filters())
    found, exact = _deal(wish, tastes, k)
    return Answer(found, exact, "" if found else NOTHING_NEW)


def mixes(viewer: User, weights: Mapping[str, float], *, day: date | None = None) -> list[Mix]:
    """Up to six lists for the day, each from one taste, named by what its tracks share; empty without a taste.

    What the listener did during the day changes nothing: the mixes of one day stay the same.
    """
    version = index_versions.active()
    if version is None:
        return []
    opinions = _opinions(viewer, until=_midnight(day))
    if not opinions.liked:
        opinions = _opinions(viewer)  # the first day of a listener
    made: list[Mix] = []
    tastes = _tastes(version, opinions.liked, weights, opinions.disliked)[:MIXES]
    for number, one in enumerate(tastes, start=1):
        seed = _seed(viewer, day, f"mix {number}")
        fresh, _ = _deal(_Wish(version, viewer, weights, opinions.seen, MIX_BOLDNESS, seed), [one], MIX_LENGTH)
        tracks = _mixed(_known(viewer, one, seed), _nearest_to(one, fresh, tastes, version, weights))
        made.append(Mix(number, _name(version, tracks, {mix.name for mix in made}), tracks))
    return [mix for mix in made if mix.results]


def extend_playlist(
    tracks: Sequence[Track],
    weights: Mapping[str, float],
    viewer: User,
    filters: Filters | None = None,
    *,
    k: int = 10,
) -> Answer:
    """More tracks for a list (visible to the viewer), from each of its directions in proportion."""
    version = index_versions.active()
    if version is None:
        return Answer([], problem=NO_INDEX)
    ids = list(dict.fromkeys(track.pk for track in tracks))
    groups = _tastes(version, dict.fromkeys(ids[-OPINIONS:], 1.0), weights, [], most=EXTEND_GROUPS)
    if not groups:
        return Answer([], problem=NOT_ANALYSED)
    found, exact = _deal(_Wish(version, viewer, weights, frozenset(ids), 0.0, 0, filters or Filters()), groups, k)
    return Answer(found, exact, "" if found else asking.NO_NEIGHBOURS)


def _opinions(viewer: User, until: datetime | None = None) -> _Opinions:
    now = until or timezone.now()
    events = [event for event in listening.newest(viewer, EVENTS) if until is None or event.at < until]
    total: dict[int, float] = {}
    taken_back: set[int] = set()
    for event in events:  # newest first: what was taken back later does not count
        kind = Kind(event.kind)
        if kind is Kind.UNLIKED:
            taken_back.add(event.track_id)
        if kind is Kind.LIKED and event.track_id in taken_back:
            continue
        faded = float(taste.fade(np.array([(now - event.at).total_seconds() / 86_400]))[0])
        total[event.track_id] = total.get(event.track_id, 0.0) + WORTH.get(kind, 0.0) * faded
    for track_id, at in listening.all_liked(viewer).items():  # also those older than the newest events
        if track_id not in total and (until is None or at < until):
            total[track_id] = float(taste.fade(np.array([(now - at).total_seconds() / 86_400]))[0])
    liked = sorted(((pk, worth) for pk, worth in total.items() if worth > 0), key=lambda pair: -pair[1])[:OPINIONS]
    return _Opinions(dict(liked), [pk for pk, worth in total.items() if worth < 0], frozenset(total))


def _tastes(
    version: IndexVersion,
    liked: Mapping[int, float],
    weights: Mapping[str, float],
    disliked: Sequence[int],
    *,
    most: int = taste.MOST_CENTRES,
) -> list[_Taste]:
    stored = library.vectors(version, liked)
    ids = [pk for pk in liked if pk in stored]
    if not ids:
        return []
    matrix = np.stack([stored[pk] for pk in ids])
    worth = np.array([liked[pk] for pk in ids], np.float32)
    space = paths.listening_space(matrix, weights, index_versions.layout_of(version))
    pushed = list(library.vectors(version, disliked[:REPELLING]).values())
    found = []
    for centre in taste.centres(space, worth, most=most):
        members = list(centre.members)
        middle = np.average(matrix[members], axis=0, weights=worth[members]).astype(np.float32)
        anchors = {ids[member]: matrix[member] for member in members}
        found.append(_Taste(query.steer(middle, [], pushed), anchors, centre.share))
    return found


def _deal(wish: _Wish, tastes: Sequence[_Taste], k: int) -> tuple[list[Result], bool]:
    where = wish.filters.where(wish.version, wish.viewer, wish.hidden)
    effort = query.effort(wish.weights, blended=True, filtered=wish.filters.active)
    pool = int(max(k, LEAST_POOL) * (1 + DEEPER * wish.boldness))
    exact = False
    orders: list[list[int]] = []
    offered: list[dict[int, tuple[Question, Found]]] = []
    for number, one in enumerate(tastes):
        near = dict(list(one.anchors.items())[:SHOWN_ANCHORS])
        question = Question(wish.version, one.vector, wish.weights, where, effort, near)
        hits, down = asking.search(question, pool * asking.SPARE)
        exact |= down
        found = asking.choose(question, hits, pool)
        scores = np.array([each.score for each in found], np.float32)
        shaken = taste.explored(scores, wish.boldness, wish.seed + number)
        orders.append([found[place].track.pk for place in shaken])
        offered.append({each.track.pk: (question, each) for each in found})
    dealt = taste.interleaved(orders, [one.share for one in tastes], k)
    return _explained([offered[turn][pk] for turn, pk in dealt]), exact


def _explained(dealt: Sequence[tuple[Question, Found]]) -> list[Result]:
    because: dict[int, asking.Explained] = {}
    questions = {id(question): question for question, _ in dealt}
    for question in questions.values():
        mine = [found for asked, found in dealt if asked is question]
        because |= {found.track.pk: why for found, why in zip(mine, asking.by_anchors(question, mine), strict=True)}
    return [asking.told(found, because[found.track.pk]) for _, found in dealt]


def _nearest_to(
    one: _Taste,
    fresh: Sequence[Result],
    tastes: Sequence[_Taste],
    version: IndexVersion,
    weights: Mapping[str, float],
) -> list[Result]:
    """Leave out what is nearer to another taste: in a small library the pool reaches that far."""
    layout = index_versions.layout_of(version)
    stored = library.vectors(version, [result.track.pk for result in fresh])
    asked = np.stack([query.weighted(each.vector, weights, layout) for each in tastes])
    own = next(place for place, each in enumerate(tastes) if each is one)
    return [result for result in fresh if int((asked @ stored[result.track.pk]).argmax()) == own]


def _known(viewer: User, one: _Taste, seed: int) -> list[Result]:
    order = list(np.random.default_rng(seed).permutation(list(one.anchors)))[: int(MIX_LENGTH * KNOWN_SHARE)]
    tracks = Track.objects.visible_to(viewer).for_lists().in_bulk([int(pk) for pk in order])
    return [Result(tracks[pk], 0.0, (), "You like it") for pk in order if pk in tracks]


def _mixed(known: list[Result], fresh: list[Result]) -> list[Result]:
    dealt = taste.interleaved(
        [range(len(known)), range(len(known), len(known) + len(fresh))], [KNOWN_SHARE, 1 - KNOWN_SHARE], MIX_LENGTH
    )
    every = [*known, *fresh]
    return [every[place] for _, place in dealt]


def _name(version: IndexVersion, tracks: Sequence[Result], taken: Collection[str]) -> str:
    known = results.load([one.track.pk for one in tracks], version.encoder)
    return naming.name([naming.traits_of(measured) for _, measured in sorted(known.items())], taken)


def _anything(version: IndexVersion, viewer: User, seed: int, k: int) -> list[Result]:
    ids = sorted(version.vectors.filter(removed=False).values_list("track_id", flat=True))
    drawn = [int(pk) for pk in np.random.default_rng(seed).permutation(ids)[: k * asking.SPARE]]
    tracks = Track.objects.visible_to(viewer).for_lists().in_bulk(drawn)
    return [Result(tracks[pk], 0.0, (), "") for pk in drawn if pk in tracks][:k]


def _midnight(day: date | None) -> datetime:
    return datetime.combine(day or timezone.localdate(), time.min, tzinfo=UTC)


def _seed(viewer: User, day: date | None, label: str) -> int:
    """The same number for the same listener, day and purpose."""
    text = f"{viewer.pk}/{(day or timezone.localdate()).isoformat()}/{label}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])
