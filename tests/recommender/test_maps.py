"""The map of the library: what lies together, who sees what, what stays where it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.models import Track
from recommender import analysis, drawing, jobs, mapfile, maps, projection, tasks
from recommender.facets import reference
from recommender.measurement import Measurement
from recommender.models import Job, TrackMap
from tests.rows import a_measurement, a_track, a_user, all_analysed, analysed


@pytest.fixture
def viewer(db: None) -> User:
    return a_user()


def as_heard(number: int, *, owner: User | None = None, private: bool = False) -> tuple[Track, Measurement]:
    """One of two kinds of music, by the parity of its number, and what a worker would say of it."""
    base = a_measurement(bpm=80.0 if number % 2 else 150.0, sound=1 + number % 2)
    noise = np.random.default_rng(number).normal(0, 0.4, len(base.embedding))
    measured = replace(base, embedding=(base.embedding + noise * reference.shipped().deviation).astype(np.float32))
    return a_track(f"Piece {number}", artist=f"A{number % 7}", owner=owner, private=private), measured


def a_piece(number: int, *, owner: User | None = None, private: bool = False) -> Track:
    return analysed(*as_heard(number, owner=owner, private=private))


@pytest.fixture
def music(viewer: User) -> list[Track]:
    return all_analysed(as_heard(number) for number in range(24))


def seen(viewer: User) -> mapfile.Places:
    return mapfile.unpack(maps.served(viewer))


def where(viewer: User) -> dict[int, np.ndarray]:
    places = seen(viewer)
    return dict(zip((int(pk) for pk in places.ids), mapfile.opened(places.xy), strict=True))


def test_what_sounds_alike_lies_together(viewer: User, music: list[Track]) -> None:
    assert drawing.draw().tracks == 24
    found = where(viewer)
    points = np.stack([found[track.pk] for track in music])
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert np.mean((apart.argmin(axis=1) - np.arange(24)) % 2 == 0) > 0.9


def test_before_a_map_there_is_an_empty_one(viewer: User) -> None:
    assert len(seen(viewer).ids) == 0
    assert maps.regions(viewer) == []
    with pytest.raises(drawing.NothingToDraw):
        drawing.draw()


def test_others_private_tracks_are_not_on_it(viewer: User, music: list[Track]) -> None:
    other = a_user("other")
    secret, mine = a_piece(50, owner=other, private=True), a_piece(51, owner=viewer, private=True)
    drawing.draw()
    assert secret.pk not in where(viewer)
    assert mine.pk in where(viewer)
    assert secret.pk in where(other)
    for region in maps.regions(viewer, tracks=30):
        assert secret not in region.tracks
    assert sum(region.count for region in maps.regions(viewer)) == 25


@pytest.mark.parametrize("count", [6, 40], ids=["few", "more than is public"])
def test_private_tracks_move_nobody_elses(viewer: User, music: list[Track], count: int) -> None:
    """Not by a hair, nor their turn in the order of the bytes; drawn anew and drawn again."""
    mine = [a_piece(number, owner=viewer, private=True) for number in range(300, 304)]
    drawing.draw()
    first = maps.served(viewer)
    drawing.draw()
    second = maps.served(viewer)
    TrackMap.objects.all().delete()
    others = [a_user(f"other{number}") for number in range(3)]
    for number in range(400, 400 + count):
        a_piece(number, owner=others[0] if count > len(music) else others[number % 3], private=True)
    drawing.draw()
    assert maps.served(viewer) == first
    drawing.draw()
    assert maps.served(viewer) == second
    assert {track.pk for track in [*music, *mine]} == where(viewer).keys()


def test_private_newcomers_do_not_stir_the_public_map(viewer: User, music: list[Track]) -> None:
    drawing.draw()
    before = maps.served(viewer)
    for number in range(600, 612):
        a_piece(number, owner=a_user(f"other{number}"), private=True)
    assert maps.outdated()
    drawing.draw()
    assert maps.served(viewer) == before


def test_where_most_is_private_its_owner_has_a_map_too(viewer: User) -> None:
    tracks = [a_piece(number, owner=viewer, private=True) for number in range(24)] + [a_piece(90)]
    drawing.draw()
    found = where(viewer)
    assert found.keys() == {track.pk for track in tracks}
    points = np.stack([found[track.pk] for track in tracks[:24]])
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert np.mean((apart.argmin(axis=1) - np.arange(24)) % 2 == 0) > 0.9  # and no heap
    assert len(np.unique(points, axis=0)) == 24
    assert maps.regions(viewer) == []  # nobody's private tracks give a region its name


def test_two_who_keep_all_to_themselves_do_not_meet(viewer: User) -> None:
    other = a_user("other")
    for number in range(12):
        a_piece(number, owner=viewer, private=True)
    drawing.draw()
    alone = maps.served(viewer)
    TrackMap.objects.all().delete()
    for number in range(20, 34):
        a_piece(number, owner=other, private=True)
    drawing.draw()
    assert maps.served(viewer) == alone
    assert len(where(other)) == 14


def test_places_stay_when_the_library_grows(viewer: User, music: list[Track]) -> None:
    drawing.draw()
    before = where(viewer)
    for number in range(100, 104):
        a_piece(number)
    drawing.draw()
    after = where(viewer)
    moved = [float(np.linalg.norm(before[pk] - after[pk])) for pk in before]
    assert np.median(moved) < 0.15
    assert len(after) == 28


def test_a_map_that_has_become_small_is_framed_anew(
    viewer: User, music: list[Track], monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = projection.fit
    monkeypatch.setattr(projection, "fit", lambda *known: fit(*known) * 0.3 + 0.3)
    drawing.draw()
    assert np.ptp(np.stack(list(where(viewer).values())), axis=0).max() > projection.LEAST_FILLED


def test_deleted_tracks_leave_at_once(viewer: User, music: list[Track]) -> None:
    drawing.draw()
    gone = music[0].pk
    music[0].delete()
    assert gone not in where(viewer)


def test_what_becomes_private_or_public_leaves_and_comes_at_once(viewer: User, music: list[Track]) -> None:
    drawing.draw()
    other = a_user("other")
    turned = music[3]
    for visibility, shown in ((Track.Visibility.PRIVATE, False), (Track.Visibility.PUBLIC, True)):
        Track.objects.filter(pk=turned.pk).update(owner=other, visibility=visibility)
        assert (turned.pk in where(viewer)) == shown
        assert turned.pk in where(other)


def test_a_new_map_is_shown_at_once(viewer: User, music: list[Track]) -> None:
    drawing.draw()
    before = where(viewer)
    later = a_piece(60)
    assert set(where(viewer)) == set(before)
    drawing.draw()
    assert set(where(viewer)) == {*before, later.pk}


def test_a_map_is_read_once_for_all_who_look(viewer: User, music: list[Track]) -> None:
    """Reading which of 100,000 tracks somebody may see took 14 ms each time."""
    other = a_user("other")
    drawing.draw()
    maps.served(viewer)
    with CaptureQueriesContext(connection) as asked:
        maps.served(other)
    for query in asked.captured_queries:
        assert "places" not in query["sql"]
        assert "'public'" not in query["sql"]  # which tracks everybody may see


def test_a_coarser_map_is_a_beginning_of_the_whole(viewer: User, music: list[Track]) -> None:
    drawing.draw()
    few = mapfile.unpack(maps.served(viewer, first=6))
    assert few.ids.tolist() == seen(viewer).ids[:6].tolist()


def test_regions_have_names_and_tracks(viewer: User, music: list[Track]) -> None:
    drawing.draw()
    found = maps.regions(viewer, tracks=3)
    assert len(found) == 4
    assert len({region.name for region in found}) == 4
    assert all(len(region.tracks) == 3 and 0 <= region.x <= 1 and 0 <= region.y <= 1 for region in found)
    assert [region.count for region in found] == sorted((region.count for region in found), reverse=True)


def test_a_map_grows_old(viewer: User, music: list[Track]) -> None:
    assert maps.outdated()
    drawing.draw()
    assert not maps.outdated()
    for number in range(200, 210):
        a_piece(number)
    assert maps.outdated()


def test_only_two_maps_are_kept(viewer: User, music: list[Track]) -> None:
    for _ in range(3):
        drawing.draw()
    assert TrackMap.objects.count() == 2


def test_a_job_draws_it(viewer: User, music: list[Track]) -> None:
    job = jobs.ask(Job.Kind.MAP, viewer)
    tasks.do_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.detail) == (Job.State.DONE, "24 tracks on the map.")


def test_the_map_is_drawn_by_itself_when_all_is_heard(music: list[Track]) -> None:
    later = a_track("Later")
    analysis.enqueue(later.pk)
    assert jobs.draw_when_due() is None
    later.delete()
    job = jobs.draw_when_due()
    assert job is not None
    assert jobs.draw_when_due() == job  # still waiting: not twice
    jobs.run(job.pk, {Job.Kind.MAP: drawing.work})
    assert jobs.draw_when_due() is None


def test_a_job_counts_what_its_asker_may_see(viewer: User, music: list[Track]) -> None:
    a_piece(500, owner=a_user("other"), private=True)
    job = jobs.ask(Job.Kind.MAP, viewer)
    jobs.run(job.pk, {Job.Kind.MAP: drawing.work})
    job.refresh_from_db()
    assert job.detail == "24 tracks on the map."


def test_a_job_without_music_fails_with_a_reason(viewer: User) -> None:
    job = jobs.ask(Job.Kind.MAP, viewer)
    jobs.run(job.pk, {Job.Kind.MAP: drawing.work})
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "too few" in job.detail
