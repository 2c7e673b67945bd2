"""Radios from anything: addresses, privacy, steering, no repeats."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from catalog import playlists
from catalog.models import Album, Track
from recommender import listening, questions
from recommender.asking import NO_MUSIC
from recommender.models import Listen
from recommender.questions import Asker, Filters, From, radios
from tests.rows import a_library, a_measurement, a_track, a_user, analysed

TEMPO = {"tempo": 1.0}


@pytest.fixture
def music(viewer: User, searched: Callable[[], None]) -> list[Track]:
    tracks = a_library([100.0, 101.0, 102.0, 150.0, 151.0, 152.0, 100.5, 150.5], sounds=8)
    album = Album.objects.create(title="Twins", artist=tracks[0].artist)
    Track.objects.filter(pk__in=[tracks[0].pk, tracks[1].pk]).update(album=album)
    searched()
    return tracks


def found(answer: questions.Answer) -> list[Track]:
    return [result.track for result in answer.results]


def begin(address: str, viewer: User) -> questions.Start:
    start = questions.start_from(address, Asker.of(viewer), "s1")
    assert start is not None
    return start


def test_addresses_are_read_back(viewer: User, music: list[Track]) -> None:
    album, artist = Album.objects.get(), music[3].artist
    assert artist is not None
    for address, name in [
        (f"track:{music[2].pk}", "Piece 2"),
        (f"album:{album.pk}", "Twins"),
        (f"artist:{artist.pk}", artist.name),
        (f"tracks:{music[0].pk},{music[3].pk}", "2 tracks"),
        ("words:90 bpm", "90 bpm"),
    ]:
        start = begin(address, viewer)
        assert start.address == address
        assert start.name == name


@pytest.mark.parametrize(
    "address",
    [
        "",
        "track:",
        "track:x",
        "track:999999",
        "album:1,2",
        "nothing:1",
        "words: ",
        "tracks:;",
        "tracks:-1",
        "genre:",
        "genre:Nothing",
        "playlist:x",
        "playlist:999",
        "shared:",
        "words:" + "x" * 600,
    ],
)
def test_nowhere_is_no_start(address: str, viewer: User, music: list[Track]) -> None:
    assert questions.start_from(address, Asker.of(viewer), "s1") is None


def test_a_track_radio_begins_near_its_track_and_not_with_it(viewer: User, music: list[Track]) -> None:
    heard = found(questions.radio("s1", begin(f"track:{music[0].pk}", viewer), TEMPO, Asker.of(viewer)))
    assert music[0] not in heard
    assert heard[0] == found(questions.similar(music[0], TEMPO, Asker.of(viewer)))[0]


def test_who_skips_what_the_radio_began_with_still_hears_what_is_like_it(viewer: User, music: list[Track]) -> None:
    start = begin(f"track:{music[0].pk}", viewer)
    before = found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))
    listening.note(viewer, music[0], Listen.Kind.SKIPPED, radio="s1")
    assert found(questions.radio("s1", start, TEMPO, Asker.of(viewer))) == before


def test_an_artist_does_not_follow_itself(viewer: User, music: list[Track]) -> None:
    """The nearest is by the artist of the beginning, and each next one by the artist of the one before it."""
    start = begin(f"track:{music[0].pk}", viewer)
    order = found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))
    for track in order[:2]:
        Track.objects.filter(pk=track.pk).update(artist=music[0].artist)
    heard = [music[0]]
    for _ in range(4):
        following = found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))[0]
        assert following.artist_id not in {track.artist_id for track in heard[-2:]}
        listening.note(viewer, following, Listen.Kind.FINISHED, radio="s1")
        heard.append(following)
    assert {track.pk for track in order[:2]} & {track.pk for track in heard}  # they come, but later


def test_likes_of_another_session_do_not_steer(viewer: User, music: list[Track]) -> None:
    start = begin(f"track:{music[0].pk}", viewer)
    before = found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))
    listening.note(viewer, music[4], Listen.Kind.LIKED, radio="s2")
    assert found(questions.radio("s1", start, TEMPO, Asker.of(viewer))) == before


def test_a_genre_and_a_playlist_are_beginnings(viewer: User, music: list[Track]) -> None:
    Track.objects.filter(pk=music[2].pk).update(genre="Folk")
    playlist = playlists.create(viewer, "Evening", music[4:6])
    token = playlists.share(playlist)
    assert begin("genre:folk", viewer).tracks == (music[2].pk,)
    for address in (f"playlist:{playlist.pk}", f"shared:{token}"):
        start = begin(address, viewer)
        assert start.name == "Evening"
        assert start.tracks == (music[4].pk, music[5].pk)
    other = a_user("other")
    assert questions.start_from(f"playlist:{playlist.pk}", Asker.of(other), "s1") is None
    assert begin(f"shared:{token}", other).tracks == (music[4].pk, music[5].pk)


def test_a_list_may_keep_away_from_tracks(viewer: User, music: list[Track]) -> None:
    start = begin(f"tracks:{music[0].pk},-{music[1].pk}", viewer)
    assert start.minus == (music[1].pk,)
    assert music[1] not in found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))
    secret = analysed(a_track("Secret", owner=a_user("other"), private=True), a_measurement())
    assert begin(f"tracks:{music[0].pk},-{secret.pk}", viewer).minus == ()


def test_an_album_radio_begins_like_the_album(viewer: User, music: list[Track]) -> None:
    start = begin(f"album:{Album.objects.get().pk}", viewer)
    assert set(start.tracks) == {music[0].pk, music[1].pk}
    first = found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))[:2]
    assert {track.measurement.bpm for track in first} == {100.5, 102.0}


def test_a_radio_of_a_named_tempo_plays_all_of_it_before_anything_else(viewer: User, music: list[Track]) -> None:
    start = begin("words:150 bpm", viewer)
    first = questions.radio("s1", start, TEMPO, Asker.of(viewer), k=4)
    assert {track.measurement.bpm for track in found(first)} == {150.0, 150.5, 151.0, 152.0}
    for track in found(first):
        listening.note(viewer, track, Listen.Kind.FINISHED, radio="s1")
    after = questions.radio("s1", start, TEMPO, Asker.of(viewer), k=4)
    assert after.results
    assert all(f"but {one.track.measurement.bpm:.1f} BPM" in one.summary for one in after.results)


def test_words_are_a_beginning_and_bounds_hold(viewer: User, music: list[Track]) -> None:
    start = begin("words:140-160 bpm", viewer)
    assert {track.measurement.bpm for track in found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))} == {
        150.0, 150.5, 151.0, 152.0,
    }  # fmt: skip
    nothing = questions.radio("s1", begin("words:quokka", viewer), TEMPO, Asker.of(viewer))
    assert "quokka" in nothing.problem


def test_a_surprise_is_a_track_and_one_session_has_one(viewer: User, music: list[Track]) -> None:
    start = begin("surprise:", viewer)
    assert start.kind is From.TRACK
    assert start.tracks[0] in {track.pk for track in music}
    assert begin("surprise:", viewer) == start
    others = {begin_in(f"s{number}", viewer) for number in range(12)}
    assert len(others) > 2


def begin_in(session: str, viewer: User) -> tuple[int, ...]:
    start = questions.start_from("surprise:", Asker.of(viewer), session)
    assert start is not None
    return start.tracks


def test_a_surprise_was_not_heard_lately(viewer: User, music: list[Track]) -> None:
    for track in music[:7]:
        listening.note(viewer, track, Listen.Kind.PLAYED)
    assert begin("surprise:", viewer).tracks == (music[7].pk,)
    listening.note(viewer, music[7], Listen.Kind.PLAYED)
    assert questions.start_from("surprise:", Asker.of(viewer), "s1") is not None


def test_a_session_learns_and_never_repeats(viewer: User, music: list[Track]) -> None:
    start = begin(f"tracks:{music[0].pk},{music[1].pk}", viewer)
    first = found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))
    listening.note(viewer, first[0], Listen.Kind.SKIPPED, radio="s1")
    listening.note(viewer, music[4], Listen.Kind.LIKED, radio="s1")
    second = found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))
    assert not {first[0], music[4]} & set(second)
    assert second.index(music[3]) < first.index(music[3])


def test_filters_hold_on_the_radio(viewer: User, music: list[Track]) -> None:
    start = begin(f"track:{music[0].pk}", viewer)
    heard = found(questions.radio("s1", start, TEMPO, Asker.of(viewer), Filters(bpm=(140.0, None))))
    assert heard
    assert all(track.measurement.bpm > 140 for track in heard)


def test_others_private_music_is_no_beginning(viewer: User, searched: Callable[[], None]) -> None:
    secret = analysed(a_track("Secret", artist="Hidden", owner=a_user("other"), private=True), a_measurement())
    searched()
    for address in (f"track:{secret.pk}", f"artist:{secret.artist_id}", f"tracks:{secret.pk}"):
        assert questions.start_from(address, Asker.of(viewer), "s1") is None
    nothing = begin("surprise:", viewer)
    assert not nothing.tracks
    assert questions.radio("s1", nothing, TEMPO, Asker.of(viewer)).problem == NO_MUSIC


def test_when_everything_was_played_it_goes_on_with_what_was_played_longest_ago(
    viewer: User, music: list[Track]
) -> None:
    start = begin(f"track:{music[0].pk}", viewer)
    for track in music:
        listening.note(viewer, track, Listen.Kind.PLAYED, radio="s1")
    listening.note(viewer, music[1], Listen.Kind.SKIPPED, radio="s1")
    again = found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))
    assert again
    assert set(again) <= {music[0], *music[2 : len(music) // 2 + 1]}  # not what was skipped, or the newer half


def test_a_radio_from_the_whole_library_plays_it_before_it_repeats(viewer: User, music: list[Track]) -> None:
    start = begin("tracks:" + ",".join(str(track.pk) for track in music), viewer)
    order: list[Track] = []
    for _ in range(len(music)):
        order.append(found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))[0])
        listening.note(viewer, order[-1], Listen.Kind.PLAYED, radio="s1")
    assert set(order) == set(music)
    again = found(questions.radio("s1", start, TEMPO, Asker.of(viewer)))
    assert again
    assert set(again) <= set(order[: len(music) // 2])


def test_two_tracks_take_turns_and_one_alone_is_over(viewer: User, searched: Callable[[], None]) -> None:
    first, second = a_library([100.0, 120.0], sounds=2)
    searched()
    start = begin(f"track:{first.pk}", viewer)
    for track, other in ((first, second), (second, first), (first, second)):
        listening.note(viewer, track, Listen.Kind.PLAYED, radio="s1")
        assert found(questions.radio("s1", start, TEMPO, Asker.of(viewer))) == [other]
    second.delete()
    answer = questions.radio("s1", start, TEMPO, Asker.of(viewer))
    assert (found(answer), answer.problem) == ([], radios.OVER)


def test_with_nothing_but_what_was_skipped_it_is_over(viewer: User, music: list[Track]) -> None:
    for track in music:
        listening.note(viewer, track, Listen.Kind.SKIPPED, radio="s1")
    answer = questions.radio("s1", begin(f"track:{music[0].pk}", viewer), TEMPO, Asker.of(viewer))
    assert not answer.results
    assert answer.problem
