"""What a listener may like: from what they did, in as many directions as their taste has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice

import numpy as np
from django.utils import timezone

from accounts.models import User
from catalog.models import Track
from recommender import asking, library, listening, naming, paths, query, results, taste
from recommender.asking import NO_INDEX, NO_MUSIC, Answer, Asker, Result, Searched
from recommender.choosing import Found, Question
from recommender.lenses import Lens
from recommender.measurement import FloatArray
from recommender.questions import chance, opinions
from recommender.questions.blends import NOTHING_LEFT
from recommender.questions.filters import Filters

REPELLING = 10  # newest dislikes that push
SHOWN_ANCHORS = 12  # tracks of a taste against which results are explained
LEAST_POOL = 30
DEEPER = 4  # with the knob at its end this many times more hits are drawn from
MIXES, MIX_LENGTH, KNOWN_SHARE = 6, 25, 1 / 3
MIX_BOLDNESS, EXTEND_GROUPS = 0.25, 3
NO_TASTE = "Play or like a few tracks, and this list becomes yours. Until then, a few to start with."
NOTHING_NEW = "You know every track in the library. Add more music."
NOTHING_NEW_LEFT = "Everything that matches these filters is known to you. Loosen or remove one."
EMPTY = "This playlist is empty. Add a track, and what goes with it is found here."
_KNOWN = {True: "You like this", False: "You have played this"}
DRAWN_FROM = 1_000  # tracks that pass the filters of who has no taste yet


@dataclass(frozen=True, slots=True)
class Mix:
    """A list for one day, from one of the listener's tastes."""

    number: int  # 1.. within the day
    name: str  # "Calm and slow, piano"
    results: list[Result]  # known and new in turn; the known ones have no reasons


@dataclass(frozen=True, slots=True)
class _Taste:
    vector: FloatArray
    anchors: dict[int, FloatArray]  # the most typical first
    share: float


@dataclass(frozen=True, slots=True)
class _Wish:
    """What all directions of one question have in common."""

    lens: Lens
    viewer: User
    weights: Mapping[str, float]
    hidden: frozenset[int]
    boldness: float
    filters: Filters = Filters()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class _Offer:
    """What may be dealt from one taste."""

    question: Question
    found: list[Found]  # best first, no artist and no album crowding them
    crowded: list[Found]  # what else there is, dealt where nothing of the others is left
    share: float


def for_you(
    asker: Asker,
    weights: Mapping[str, float],
    filters: Filters | None = None,
    *,
    boldness: float = 0.3,
    day: date | None = None,
    k: int = 30,
    explained: bool = True,
) -> Answer:
    """Tracks that the listener has no opinion about yet, from each of their tastes in proportion.

    Parameters
    ----------
    weights : facet -> position of the slider
    boldness : 0 (what fits best) .. 1 (what is new)
    day : of the listener; one day has one order
    explained : whether the reasons are told; a shelf of covers shows none
    """
    lens, viewer = asker.lens, asker.viewer
    if lens is None:
        return Answer([], problem=NO_INDEX)
    held, filters = opinions.of(viewer), filters or Filters()
    seed = _seed(viewer, day, "for you")
    tastes = _tastes(lens, held.liked, weights, held.disliked)
    if not tastes:
        some = _anything(lens, viewer, seed, k, filters)
        return Answer(some, problem=NO_TASTE if some else NOTHING_LEFT if filters.active else NO_MUSIC)
    wish = _Wish(lens, viewer, weights, held.seen, boldness, filters)
    offers, searched = _offers(wish, tastes, k)
    dealt = _dealt(offers, boldness, seed, k)
    found = asking.told([one for _, one in dealt], _explained(dealt) if explained else _silent(dealt), viewer.pk)
    return Answer(found, searched, "" if found else NOTHING_NEW_LEFT if filters.active else NOTHING_NEW)


def mixes(asker: Asker, weights: Mapping[str, float], *, day: date | None = None, opened: int = 0) -> list[Mix]:
    """Up to six lists for the day, each from one taste, named by what its tracks share; empty without a taste.

    What the listener did during the day changes nothing: the mixes of one day stay the same. Only the tracks of the
    mix that is `opened`, by its number, are explained: the others are shown as covers.
    """
    lens, viewer = asker.lens, asker.viewer
    if lens is None:
        return []
    held = opinions.of(viewer, until=_midnight(day))
    if not held.liked:
        held = opinions.of(viewer)  # the first day of a listener
    tastes = _tastes(lens, held.liked, weights, held.disliked)[:MIXES]
    if not tastes:
        return []
    offers, _ = _offers(_Wish(lens, viewer, weights, held.seen, MIX_BOLDNESS), tastes, MIX_LENGTH)
    drawn: list[tuple[int, list[int], list[Result]]] = []
    for number, (one, offer) in enumerate(zip(tastes, offers, strict=True), start=1):
        seed = _seed(viewer, day, f"mix {number}")
        fresh = _nearest_to(one, _dealt([offer], MIX_BOLDNESS, seed, MIX_LENGTH), tastes, lens, weights)
        because = _explained(fresh) if number == opened else _silent(fresh)
        told = asking.told([found for _, found in fresh], because, viewer.pk)
        drawn.append((number, _known(one, seed), told))
    return _made(lens, viewer, drawn)


def extend_playlist(
    tracks: Sequence[Track],
    weights: Mapping[str, float],
    asker: Asker,
    filters: Filters | None = None,
    *,
    k: int = 10,
) -> Answer:
    """More tracks for a list (visible to the asker), from each of its directions in proportion."""
    lens, viewer = asker.lens, asker.viewer
    if lens is None:
        return Answer([], problem=NO_INDEX)
    ids = list(dict.fromkeys(track.pk for track in tracks))
    groups = _tastes(lens, dict.fromkeys(ids[-opinions.OPINIONS :], 1.0), weights, [], most=EXTEND_GROUPS)
    if not groups:
        return Answer([], problem=asking.none_heard(ids) if ids else EMPTY)
    offers, searched = _offers(_Wish(lens, viewer, weights, frozenset(ids), 0.0, filters or Filters()), groups, k)
    dealt = _dealt(offers, 0.0, 0, k)
    found = asking.told([one for _, one in dealt], _explained(dealt), viewer.pk)
    nothing = NOTHING_LEFT if filters and filters.active else asking.NO_NEIGHBOURS
    return Answer(found, searched, "" if found else nothing)


def _tastes(
    lens: Lens,
    liked: Mapping[int, float],
    weights: Mapping[str, float],
    disliked: Sequence[int],
    *,
    most: int = taste.MOST_CENTRES,
) -> list[_Taste]:
    stored = library.vectors(lens.version, liked)
    ids = [pk for pk in liked if pk in stored]
    if not ids:
        return []
    matrix = np.stack([stored[pk] for pk in ids])
    worth = np.array([liked[pk] for pk in ids], np.float32)
    space = paths.listening_space(matrix, weights, lens.layout)
    pushed = list(library.vectors(lens.version, disliked[:REPELLING]).values())
    found = []
    for centre in taste.centres(space, worth, most=most):
        members = list(centre.members)
        middle = np.average(matrix[members], axis=0, weights=worth[members]).astype(np.float32)
        anchors = {ids[member]: matrix[member] for member in members}
        found.append(_Taste(query.steer(middle, [], pushed), anchors, centre.share))
    return found


def _offers(wish: _Wish, tastes: Sequence[_Taste], k: int) -> tuple[list[_Offer], Searched]:
    """What each taste would offer, asked together; and whether the index was down."""
    where = wish.filters.where(wish.lens, wish.viewer, wish.hidden)
    effort = query.effort(wish.weights, blended=True, filtered=wish.filters.active)
    pool = int(max(k, LEAST_POOL) * (1 + DEEPER * wish.boldness))
    questions = [
        Question(wish.lens, one.vector, wish.weights, where, effort, dict(islice(one.anchors.items(), SHOWN_ANCHORS)))
        for one in tastes
    ]
    chosen, searched = asking.gather(questions, pool, k)
    asked = zip(questions, chosen, tastes, strict=True)
    return [_Offer(question, some.spread[:pool], some.crowded, one.share) for question, some, one in asked], searched


def _dealt(offers: Sequence[_Offer], boldness: float, seed: int, k: int) -> list[tuple[Question, Found]]:
    orders: list[list[int]] = []
    for number, offer in enumerate(offers):
        scores = np.array([each.score for each in offer.found], np.float32)
        orders.append([offer.found[place].pk for place in taste.explored(scores, boldness, seed + number)])
    shares = [offer.share for offer in offers]
    dealt = taste.interleaved(orders, shares, k)
    seen = {pk for _, pk in dealt}
    behind = [[each.pk for each in offer.crowded if each.pk not in seen] for offer in offers]
    dealt += taste.interleaved(behind, shares, k - len(dealt))
    by_pk = [{each.pk: each for each in (*offer.crowded, *offer.found)} for offer in offers]
    return [(offers[turn].question, by_pk[turn][pk]) for turn, pk in dealt]


def _explained(dealt: Sequence[tuple[Question, Found]]) -> list[asking.Explained]:
    because: dict[int, asking.Explained] = {}
    questions = {id(question): question for question, _ in dealt}
    for question in questions.values():
        mine = [found for asked, found in dealt if asked is question]
        because |= {
            found.pk: why for found, why in zip(mine, asking.by_anchors(question, mine, named=True), strict=True)
        }
    return [because[found.pk] for _, found in dealt]


def _silent(dealt: Sequence[tuple[Question, Found]]) -> list[asking.Explained]:
    return [asking.Explained()] * len(dealt)


def _nearest_to(
    one: _Taste,
    fresh: Sequence[tuple[Question, Found]],
    tastes: Sequence[_Taste],
    lens: Lens,
    weights: Mapping[str, float],
) -> list[tuple[Question, Found]]:
    """Leave out what is nearer to another taste: in a small library the pool reaches that far."""
    asked = np.stack([query.weighted(each.vector, weights, lens.layout) for each in tastes])
    own = next(place for place, each in enumerate(tastes) if each is one)
    return [(question, found) for question, found in fresh if int((asked @ found.vector).argmax()) == own]


def _known(one: _Taste, seed: int) -> list[int]:
    order = list(np.random.default_rng(seed).permutation(list(one.anchors)))[: int(MIX_LENGTH * KNOWN_SHARE)]
    return [int(pk) for pk in order]


def _made(lens: Lens, viewer: User, drawn: Sequence[tuple[int, list[int], list[Result]]]) -> list[Mix]:
    """Mixes of numbers, ids of what is known, and what is new."""
    tracks = Track.objects.visible_to(viewer).for_lists().in_bulk([pk for _, known, _ in drawn for pk in known])
    likes = listening.liked_ids(viewer, tracks)
    lists = [
        (number, _mixed([Result(tracks[pk], 0.0, (), _KNOWN[pk in likes]) for pk in known if pk in tracks], fresh))
        for number, known, fresh in drawn
    ]
    heard = results.load({one.track.pk for _, mixed in lists for one in mixed}, lens.version.encoder)
    made: list[Mix] = []
    for number, mixed in lists:
        known = [heard[pk] for pk in sorted(one.track.pk for one in mixed) if pk in heard]
        traits = [naming.traits_of(one, lens.usual) for one in known]
        made.append(Mix(number, naming.name(traits, {mix.name for mix in made}), mixed))
    return [mix for mix in made if mix.results]


def _mixed(known: list[Result], fresh: list[Result]) -> list[Result]:
    dealt = taste.interleaved(
        [range(len(known)), range(len(known), len(known) + len(fresh))], [KNOWN_SHARE, 1 - KNOWN_SHARE], MIX_LENGTH
    )
    every = [*known, *fresh]
    return [every[place] for _, place in dealt]


def _anything(lens: Lens, viewer: User, seed: int, k: int, filters: Filters) -> list[Result]:
    """Some tracks by chance, of those that pass the filters."""
    drawn = chance.shuffled(lens.version, seed)
    if filters.active and drawn:
        passing = _passing(lens, viewer, drawn, filters)
        drawn = [pk for pk in drawn if pk in passing]
    tracks = Track.objects.visible_to(viewer).for_lists().in_order(drawn[: k * asking.SPARE])
    return [Result(track, 0.0, (), "") for track in tracks[:k]]


def _passing(lens: Lens, viewer: User, drawn: Sequence[int], filters: Filters) -> set[int]:
    """What passes filters, whatever it sounds like; in a large library only what is like the first that was drawn."""
    weights = {part.name: 1.0 for part in lens.layout.facets}
    seeds = library.vectors(lens.version, drawn[:1])
    where = filters.where(lens, viewer)
    effort = query.effort(weights, filtered=True)
    [hits], _ = asking.search([Question(lens, seeds[drawn[0]], weights, where, effort)], DRAWN_FROM)
    return {int(pk) for pk in hits.ids}


def _midnight(day: date | None) -> datetime:
    return datetime.combine(day or timezone.localdate(), time.min, tzinfo=UTC)


def _seed(viewer: User, day: date | None, label: str) -> int:
    return chance.seed_of(viewer, (day or timezone.localdate()).isoformat(), label)
