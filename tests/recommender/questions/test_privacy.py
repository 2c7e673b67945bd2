"""One sweep over every question: what somebody keeps to themselves is in nobody else's answer, by id or title."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from catalog.models import Track
from recommender import clips, drawing, index_versions, jobs, listening, mapfile, maps, questions
from recommender.models import Clip, Job, Listen
from recommender.questions import Asker, Filters
from tests.rows import a_measurement, a_track, a_user, analysed

EVEN = {"sound": 0.5, "mood": 0.5, "tempo": 0.5}
SECRET = "Unreleased"
Asked = Callable[[], Iterable[questions.Result]]


@pytest.fixture
def house(viewer: User, searched: Callable[[], None]) -> tuple[list[Track], list[Track]]:
    """Public tracks, and beside each a private one of somebody else that is nearer than anything else."""
    other = a_user("other")
    public, private = [], []
    for number in range(14):
        bpm = 80.0 + 6 * number
        public.append(
            analysed(a_track(f"Piece {number}", artist=f"A{number % 5}"), a_measurement(bpm=bpm, sound=number))
        )
        near = a_measurement(bpm=bpm + 2, sound=number)
        title = f"{SECRET} {number}"
        private.append(analysed(a_track(title, artist="Hidden", owner=other, private=True, genre="Jazz"), near))
    gone = private[0]  # was public once: the viewer liked it and heard it in a radio
    listening.note(viewer, gone, Listen.Kind.LIKED, radio="s1")
    for track in public[:6]:
        listening.note(viewer, track, Listen.Kind.LIKED)
    searched()
    return public, private


def everything(viewer: User, public: list[Track], private: list[Track]) -> dict[str, Asked]:
    """Every question, as views ask it."""
    one, two = public[0], public[9]

    def radio(address: str) -> Iterable[questions.Result]:
        start = questions.start_from(address, Asker.of(viewer), "s1")
        return questions.radio("s1", start, EVEN, Asker.of(viewer)).results if start else ()

    asked: dict[str, Asked] = {
        "similar": lambda: questions.similar(one, EVEN, Asker.of(viewer)).results,
        "blend": lambda: questions.blend([one, two], [public[3]], EVEN, Asker.of(viewer), variety=0.5).results,
        "liked": lambda: questions.blend([one], [], EVEN, Asker.of(viewer), Filters(liked=True)).results,
        "style": lambda: questions.blend([one], [], EVEN, Asker.of(viewer), Filters(style="jazz")).results,
        "words": lambda: questions.words("jazz 90 bpm", Asker.of(viewer)).answer.results,
        "path": lambda: [step.result for step in questions.path(one, two, 8, EVEN, Asker.of(viewer)).steps],
        "for you": lambda: questions.for_you(Asker.of(viewer), EVEN, boldness=1.0).results,
        "mixes": lambda: [result for mix in questions.mixes(Asker.of(viewer), EVEN) for result in mix.results],
        "extend": lambda: questions.extend_playlist([one, two], EVEN, Asker.of(viewer)).results,
        "clip": lambda: questions.clip(a_clip(viewer), EVEN, Asker.of(viewer)).results,
    }
    starts = (
        f"track:{one.pk}",
        f"artist:{one.artist_id}",
        f"tracks:{one.pk},{private[0].pk}",
        "words:jazz",
        "surprise:",
    )
    return asked | {f"radio {address}": lambda address=address: radio(address) for address in starts}


def a_clip(viewer: User) -> Clip:
    """A clip that sounds like a private track."""
    job = Job.objects.create(kind=Job.Kind.CLIP, asked_by=viewer)
    clip = Clip.objects.create(
        job=job, owner=viewer, name="a.ogg", file="none", expires_at=timezone.now() + timedelta(1)
    )
    clips.finish(clip, a_measurement(bpm=82.0, sound=0), "musicnn")
    return Clip.objects.get(pk=clip.pk)


def test_no_answer_holds_what_is_private(viewer: User, house: tuple[list[Track], list[Track]]) -> None:
    public, private = house
    hidden = {track.pk for track in private}
    for name, ask in everything(viewer, public, private).items():
        results = list(ask())
        assert results or name in {"radio surprise:"}, name
        assert not {result.track.pk for result in results} & hidden, name
        assert not any(SECRET in f"{result.near} {result.summary}" for result in results), name


def test_nor_does_the_map(viewer: User, house: tuple[list[Track], list[Track]]) -> None:
    _, private = house
    jobs.run(jobs.ask(Job.Kind.MAP, viewer).pk, {Job.Kind.MAP: drawing.work})
    hidden = {track.pk for track in private}
    assert not set(mapfile.unpack(maps.served(viewer)).ids.tolist()) & hidden
    for region in maps.regions(viewer):
        assert not {track.pk for track in region.tracks} & hidden


def test_their_owner_finds_them(house: tuple[list[Track], list[Track]]) -> None:
    """Or the sweep above would pass with an index that holds none of them."""
    public, private = house
    owner = User.objects.get(username="other")
    found = {result.track.pk for result in questions.similar(public[0], EVEN, Asker.of(owner)).results}
    assert found & {track.pk for track in private}
    assert index_versions.active() is not None


@pytest.mark.parametrize("address", ["track:{}", "tracks:{}"])
def test_a_private_track_is_no_beginning(viewer: User, house: tuple[list[Track], list[Track]], address: str) -> None:
    assert questions.start_from(address.format(house[1][0].pk), Asker.of(viewer), "s1") is None
