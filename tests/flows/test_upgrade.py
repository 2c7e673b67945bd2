"""An upgrade: an index of other facets, of other lengths, answers every question until its successor is complete."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog import playlists
from catalog.models import Track
from recommender import clips, corrections, drawing, index_versions, lenses, outbox, references
from recommender.facets import FACETS, fitting, reference
from recommender.facets.base import Facet
from recommender.index.exact import ExactIndex
from recommender.measurement import FloatArray, Measurement
from recommender.models import Clip, FittedReference, IndexVersion, Job, Listen
from recommender.models import Measurement as Row
from recommender.worker import Worker
from tests.flows.reading import text, titles
from tests.rows import a_measurement, a_track, a_user, all_analysed, analysed

pytestmark = pytest.mark.django_db

SIZE = 24
LATER = {"sound": 16, "mood": 5}  # coordinates that facets did not have before
SESSION = "0123456789abcdef"


def without_the_last(facet: type[Facet], count: int) -> Callable[[Facet, Measurement], FloatArray]:
    """What a facet gives, without its last coordinates and of unit length."""
    whole = facet.vector

    def vector(self: Facet, measured: Measurement) -> FloatArray:
        part = whole(self, measured)[:-count]
        found: FloatArray = (part / np.linalg.norm(part)).astype(np.float32)
        return found

    return vector


@pytest.fixture(params=["as shipped", "its own", "its own in another shape"])
def tracks(db: None, request: pytest.FixtureRequest, index: ExactIndex, monkeypatch: pytest.MonkeyPatch) -> list[Track]:
    """A library that code with shorter facets heard, and how the index that answers sees it."""
    monkeypatch.setattr(fitting, "FEWEST", SIZE)
    with monkeypatch.context() as before:
        for facet in FACETS:
            if facet.name in LATER:
                before.setattr(facet, "vector", without_the_last(facet, LATER[facet.name]))
                before.setattr(facet, "dim", facet.dim - LATER[facet.name])
                before.setattr(facet, "version", "of before")
                before.setattr(facet, "code", "of before")
        found = all_analysed(
            (
                a_track(f"Piece {number}", artist=f"Artist {number % 9}"),
                a_measurement(bpm=60.0 + 4 * number, tonic=number % 12, sound=number),
            )
            for number in range(SIZE)
        )
        if request.param != "as shipped":
            index_versions.build(reference=references.fit("mine"))
        catch_up()
        drawing.draw()
    if request.param == "its own in another shape":
        with np.load(BytesIO(bytes(FittedReference.objects.get().statistics))) as data:
            kept = {name: data[name] for name in data if name != "tag_directions"}
        file = BytesIO()
        np.savez(file, **kept)
        FittedReference.objects.update(statistics=file.getvalue())
    lenses._read.cache_clear()
    return found


def catch_up() -> None:
    """What workers do until nothing waits."""
    while index_versions.unfinished() or outbox.waits():
        Worker().sync_index()
        Worker().advance_index()


def the_active() -> IndexVersion:
    return IndexVersion.objects.get(state=IndexVersion.State.ACTIVE)


def a_heard_clip(owner: User) -> Clip:
    clip = Clip.objects.create(
        job=Job.objects.create(kind=Job.Kind.CLIP, asked_by=owner, state=Job.State.DONE),
        owner=owner,
        name="Humming",
        file="none",
        expires_at=timezone.now() + timedelta(hours=1),
    )
    clips.finish(clip, a_measurement(bpm=100.0, sound=3), "musicnn")
    return clip


def questions(tracks: list[Track], owner: User) -> list[str]:
    """Every kind of question, as addresses."""
    first, second, third = (track.pk for track in tracks[:3])
    playlist = playlists.create(owner, "Evening", tracks[3:8])
    ends = f"{reverse('path')}?from={first}&to={second}"
    return [
        tracks[0].get_absolute_url(),
        f"{tracks[0].get_absolute_url()}?sound=0&mood=1&tempo=0&key=0",
        *(f"{reverse('words')}?q={said}" for said in ("calm piano", "fast, no drums", "A minor", "90 bpm", "andante")),
        ends,
        *(f"{ends}&along={along}&curve={curve}" for along in ("tempo", "arousal") for curve in ("arch", "valley")),
        f"{reverse('blend')}?track={first}&track={second}&minus={third}&variety=0.5",
        f"{reverse('blend')}?track={first}&style=piano",
        *(f"{reverse('radio')}?from={start}" for start in (f"track:{first}", "words:calm", f"playlist:{playlist.pk}")),
        reverse("for-you"),
        reverse("yours"),
        reverse("mix", args=[1]),
        f"{reverse('dj')}?playlist={playlist.pk}",
        reverse("map-points"),
        f"{reverse('map-region')}?region=0",
        *(reverse(name) for name in ("home", "map", "kinds", "liked")),
        f"{reverse('tracks')}?mood=calm",
    ]


@pytest.mark.slow
def test_every_question_is_answered_before_while_and_after_it_is_filled(
    tracks: list[Track], sofa: Client, index: ExactIndex
) -> None:
    listener = User.objects.get(username="ben")
    for track in tracks[:6]:
        Listen.objects.create(user=listener, track=track, kind=Listen.Kind.LIKED)
    old, clip, asked = the_active(), a_heard_clip(listener), questions(tracks, listener)
    heard = reverse("clip-answer", args=[clip.pk])
    onward = f"{reverse('radio-next', args=[SESSION])}?from=track:{tracks[0].pk}"

    def all_answer() -> None:
        for address in asked:
            answer = sofa.get(address)
            assert answer.status_code == 200, (the_active(), address)
            assert b"Exact search" not in answer.content, address
        for address in (asked[0], asked[4], asked[7], asked[12]):  # neighbours, a key, a path, a blend
            assert len(titles(text(sofa.get(address)))) >= 3, address
        for kind in ("skipped", "finished"):
            steered = sofa.post(onward, {"track": tracks[1].pk, "kind": kind, "seconds": 9})
            assert steered.status_code == 200
            assert titles(text(steered))

    all_answer()
    spoken = (heard, f"{reverse('words')}?q=calm piano", f"{reverse('radio')}?from=words:calm piano")
    for address in spoken:  # in a language that the old index does not know
        assert "The index is being rebuilt" in text(sofa.get(address)), address
    assert index_versions.unfinished()
    assert index_versions.fill(index_versions.live()[-1], limit=SIZE // 2) == SIZE // 2  # and the worker is killed
    all_answer()
    assert the_active() == old
    catch_up()
    assert the_active().dim == old.dim + sum(LATER.values())
    all_answer()
    for address in spoken:
        assert len(titles(text(sofa.get(address)))) >= 3, address


def test_nothing_that_people_did_is_lost(tracks: list[Track], sofa: Client) -> None:
    listener, private = a_user("carol"), a_track("Hidden", owner=a_user("dora"), private=True)
    Listen.objects.create(user=listener, track=tracks[0], kind=Listen.Kind.LIKED)
    corrections.correct(tracks[1], bpm=133.0, key=(9, "minor"))
    analysed(private, a_measurement(bpm=64.0, sound=0))  # while the old index answers
    catch_up()
    row = Row.objects.get(track=tracks[1])
    assert (row.bpm, row.key_tonic, row.key_mode) == (133.0, 9, "minor")
    assert Listen.objects.filter(user=listener, track=tracks[0], kind=Listen.Kind.LIKED).exists()
    version = the_active()
    assert version.vectors.filter(removed=False).count() == SIZE + 1
    assert lenses.statistics_of(version) is reference.shipped()
    assert "Hidden" not in titles(text(sofa.get(tracks[0].get_absolute_url())))
