"""Artists and albums of which there is much: no list is full of them, and none is short because of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from accounts.models import User
from catalog.models import Album, Track
from recommender import choosing, index_versions, library, listening, outbox, query, questions, ranking
from recommender.index.exact import ExactIndex
from recommender.models import Listen
from recommender.questions import Asker, Filters
from tests.rows import a_library, a_measurement, a_track, all_analysed, analysed

BY_TEMPO = {"tempo": 1.0}
EVEN = {"sound": 0.5, "mood": 0.3, "tempo": 0.5}
MOST = choosing.ARTIST_CAP


def pieces(artist: str, tempi: np.ndarray, *, first: int) -> list[Track]:
    """One artist's tracks, no two of which sound alike."""
    return all_analysed(
        (a_track(f"{artist} {number}", artist=artist), a_measurement(bpm=float(bpm), sound=first + number))
        for number, bpm in enumerate(tempi)
    )


def artists(answer: questions.Answer) -> list[str]:
    return [str(one.track.artist) for one in answer.results]


@pytest.fixture
def seed(db: None) -> Track:
    return analysed(a_track("Seed", artist="Nobody"), a_measurement(bpm=100.0, sound=999))


def test_filters_that_leave_one_prolific_artist_show_all_of_it_behind_the_others(
    viewer: User, seed: Track, searched: Callable[[], None]
) -> None:
    pieces("Prolific", np.linspace(100, 103, 12), first=0)
    for number in range(4):
        pieces(f"Other {number}", np.array([104.0]), first=100 + number)
        pieces(f"Far {number}", np.array([140.0, 144.0]), first=200 + 2 * number)
    searched()
    answer = questions.blend([seed], [], BY_TEMPO, Asker.of(viewer), Filters(bpm=(95.0, 110.0)))
    assert len(answer.results) == 16
    assert Counter(artists(answer)[: MOST + 4]) == {"Prolific": MOST} | {f"Other {number}": 1 for number in range(4)}
    assert set(artists(answer)[MOST + 4 :]) == {"Prolific"}


def test_where_one_artist_is_all_that_is_near_one_looks_further(
    viewer: User, seed: Track, searched: Callable[[], None]
) -> None:
    """The best of those that a page looks at are by one artist, the next ones by another."""
    pieces("Nearest", np.linspace(100, 101, 20), first=0)
    pieces("Next", np.linspace(102, 103, 20), first=100)
    pieces("Rare", np.array([110.0]), first=200)
    pieces("Rarer", np.array([112.0]), first=300)
    searched()
    answer = questions.similar(seed, BY_TEMPO, Asker.of(viewer), k=8)
    assert artists(answer)[: 2 * MOST] == ["Nearest"] * MOST + ["Next"] * MOST
    assert set(artists(answer)[2 * MOST :]) == {"Rare", "Rarer"}
    more = questions.similar(seed, BY_TEMPO, Asker.of(viewer), k=12)
    assert artists(more) == [*artists(answer), *["Nearest"] * 4]


def test_albums_of_many_artists_do_not_crowd_a_list_either(
    viewer: User, seed: Track, searched: Callable[[], None]
) -> None:
    compilations = [Album.objects.create(title=f"Hits {number}") for number in range(5)]
    all_analysed(
        (
            a_track(f"Hit {number}", artist=f"Singer {number}", album=compilations[number // 9]),
            a_measurement(bpm=float(bpm), sound=number),
        )
        for number, bpm in enumerate(np.linspace(100, 108, 45))
    )
    searched()
    answer = questions.similar(seed, BY_TEMPO, Asker.of(viewer), k=6)
    assert [str(one.track.album.title) for one in answer.results if one.track.album] == ["Hits 0"] * 3 + ["Hits 1"] * 3


@pytest.mark.parametrize("k", [3, 7, 20])
def test_a_list_is_what_the_whole_library_in_order_would_give(viewer: User, index: ExactIndex, k: int) -> None:
    generator = np.random.default_rng(k)
    names = [f"Artist {int(each)}" for each in generator.zipf(1.6, 90) % 9]
    tracks = all_analysed(
        (a_track(f"Piece {at}", artist=name), a_measurement(bpm=float(80 + at), sound=at))
        for at, name in enumerate(names)
    )
    outbox.send(index_versions.ensure_current())
    library.forget()
    asker = Asker.of(viewer)
    assert asker.lens is not None
    stored = library.vectors(asker.lens.version, [track.pk for track in tracks])
    [hits] = index.search_each(
        asker.lens.version.collection,
        query.weighted(stored[tracks[0].pk], EVEN, asker.lens.layout)[None],
        len(tracks),
        choosing.Filter(viewer_id=viewer.pk, without_ids=frozenset({tracks[0].pk})),
    )
    order = [next(track for track in tracks if track.pk == pk) for pk in hits.ids]
    kept = ranking.capped([one.artist_id or 0 for one in order], [0] * len(order), ranking.Caps(artist=MOST))
    expected = [order[place] for place in kept] + [one for place, one in enumerate(order) if place not in set(kept)]
    answer = questions.similar(tracks[0], EVEN, asker, k=k)
    assert [one.track.title for one in answer.results] == [one.title for one in expected[:k]]


def test_lists_of_a_taste_are_filled_up_as_well(viewer: User, searched: Callable[[], None]) -> None:
    liked = a_library([100.0, 101.0, 102.0], sounds=3)
    for track in liked:
        listening.note(viewer, track, Listen.Kind.LIKED)
    pieces("Prolific", np.linspace(96, 104, 20), first=10)
    for number in range(4):
        pieces(f"Other {number}", np.array([103.0]), first=100 + number)
    searched()
    asker = Asker.of(viewer)
    offered = artists(questions.for_you(asker, EVEN, k=20))
    assert len(offered) == len(questions.for_you(asker, EVEN, k=20, explained=False).results) == 20
    assert Counter(offered[:7]) == {"Prolific": MOST} | {f"Other {number}": 1 for number in range(4)}
    assert set(offered[7:]) == {"Prolific"}
    assert len(questions.extend_playlist(liked, EVEN, asker, k=20).results) == 20
    [mix] = questions.mixes(asker, EVEN)
    assert len(mix.results) > 20
