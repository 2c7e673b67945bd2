from __future__ import annotations

import errno
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import IntegrityError, transaction

from accounts.models import User
from catalog import gate, intake, storage
from catalog.intake import AlreadyPublic, Description, Duplicate, Edit, Refused, Stored
from catalog.models import Album, Artist, Track
from catalog.signals import track_added, track_removed, tracks_changed
from tests.catalog.conftest import a_file, heard, stored

PUBLIC, PRIVATE = Track.Visibility.PUBLIC, Track.Visibility.PRIVATE
pytestmark = pytest.mark.django_db


def send(
    data: bytes, owner: User | None, visibility: Track.Visibility, name: str = "01 - Song.ogg"
) -> Stored | Duplicate | Refused:
    return intake.add_track(io.BytesIO(data), original_name=name, owner=owner, visibility=visibility, urgent=True)


def test_a_file_becomes_a_track_and_others_are_told(owner: User, media: Path) -> None:
    with heard(track_added) as said:
        result = send(a_file(), owner, PRIVATE)
    assert isinstance(result, Stored)
    track = Track.objects.get()
    assert (track.title, track.original_name, track.extension, track.size) == (
        "Song",
        "01 - Song.ogg",
        "ogg",
        len(a_file()),
    )
    assert storage.path_of(track.sha256, "ogg").read_bytes() == a_file()
    assert [(one["track"], one["urgent"]) for one in said] == [(track, True)]
    assert not list((media / "incoming").iterdir())


def test_an_upload_on_our_volume_is_moved_not_copied(owner: User) -> None:
    upload = TemporaryUploadedFile("song.ogg", "audio/ogg", 0, None)
    upload.write(a_file())
    upload.seek(0)
    inode = Path(upload.temporary_file_path()).stat().st_ino
    result = intake.add_track(upload, original_name="song.ogg", owner=owner, visibility=PRIVATE, urgent=True)
    assert isinstance(result, Stored)
    assert storage.path_of(result.track.sha256, "ogg").stat().st_ino == inode
    upload.close()


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "song.ogg", "empty"),
        (a_file(), "song.exe", "extension"),
        (b"MZ" + bytes(100), "song.mp3", "content"),
        (a_file(size=2_000_000), "song.ogg", "too_large"),
    ],
)
def test_what_does_not_come_in(data: bytes, name: str, code: str, owner: User, settings: object, media: Path) -> None:
    settings.UPLOAD_MAX_BYTES = 1_000_000
    result = send(data, owner, PRIVATE, name)
    assert isinstance(result, Refused)
    assert result.code == code
    assert name in result.message
    assert not Track.objects.exists()
    assert not list((media / "incoming").iterdir())


def test_a_full_disk_and_an_unreadable_file_are_told(
    owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = intake.add_track(
        tmp_path / "gone.ogg", original_name="gone.ogg", owner=owner, visibility=PUBLIC, urgent=False
    )
    assert isinstance(missing, Refused)
    assert missing.code == "unreadable"

    def full(**_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage.tempfile, "mkstemp", full)
    result = send(a_file(), owner, PUBLIC)
    assert isinstance(result, Refused)
    assert result.code == gate.Refusal.DISK_FULL


# -- the same file again -----------------------------------------------------------------------------------------------


def test_my_own_file_again_is_a_duplicate(owner: User) -> None:
    first = send(a_file(), owner, PRIVATE)
    again = send(a_file(), owner, PRIVATE, "another name.ogg")
    assert isinstance(first, Stored)
    assert again == Duplicate(first.track)


def test_a_public_file_is_a_duplicate_for_everybody(owner: User, other: User) -> None:
    first = send(a_file(), owner, PUBLIC)
    assert isinstance(first, Stored)
    for visibility in (PUBLIC, PRIVATE):
        assert send(a_file(), other, visibility) == Duplicate(first.track)
        assert send(a_file(), None, PUBLIC) == Duplicate(first.track)


def test_a_private_file_of_somebody_else_is_not_revealed(owner: User, other: User) -> None:
    mine = send(a_file(), owner, PRIVATE)
    theirs = send(a_file(), other, PRIVATE)
    everybodys = send(a_file(), None, PUBLIC)
    assert isinstance(mine, Stored)
    assert isinstance(theirs, Stored)
    assert isinstance(everybodys, Stored)
    assert len({mine.track.pk, theirs.track.pk, everybodys.track.pk}) == 3
    assert len({track.sha256 for track in Track.objects.all()}) == 1


def test_sharing_a_file_that_was_mine_alone_publishes_it(owner: User) -> None:
    first = send(a_file(), owner, PRIVATE)
    assert isinstance(first, Stored)
    with heard(tracks_changed) as said:
        again = send(a_file(), owner, PUBLIC)
    assert again == Duplicate(first.track, published=True)
    assert Track.objects.get().visibility == PUBLIC
    assert len(said) == 1


def test_a_lost_race_is_a_duplicate(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both looked before either wrote: the constraint of the database decides, nobody sees an error."""
    first = send(a_file(), owner, PUBLIC)
    assert isinstance(first, Stored)
    look = intake._same_file
    looks: list[int] = []

    def late(wanted: Track) -> Duplicate | None:
        looks.append(1)
        return None if len(looks) == 1 else look(wanted)

    monkeypatch.setattr(intake, "_same_file", late)
    assert send(a_file(), owner, PUBLIC) == Duplicate(first.track)
    assert Track.objects.count() == 1


# -- what a track is called --------------------------------------------------------------------------------------------


def test_the_files_own_tags_are_taken_over(media: Path) -> None:
    track = stored(a_file(), media)
    said = Description(
        title="Prelude",
        artist="Clara",
        album="Suite",
        album_artist="Orchestra",
        genre="Baroque",
        year=1720,
        track_number=3,
        disc_number=0,
        cover="c0" * 32,
        seconds=61.5,
    )
    with heard(tracks_changed) as changes:
        intake.describe(track.pk, said)
    track = Track.objects.select_related("artist", "album__artist").get()
    assert (track.title, str(track.artist), str(track.album), str(track.album.artist)) == (
        "Prelude",
        "Clara",
        "Suite",
        "Orchestra",
    )
    assert (track.genre, track.year, track.track_number, track.disc_number, track.seconds) == (
        "Baroque",
        1720,
        3,
        None,
        61.5,
    )
    assert track.cover == "c0" * 32
    assert len(changes) == 1


def test_silent_tags_leave_what_is_known(media: Path) -> None:
    track = stored(a_file(), media, name="07 - Known.ogg")
    with heard(tracks_changed) as changes:
        intake.describe(track.pk, Description(title="\x00 ", artist="<Unknown>", year=3))
    track.refresh_from_db()
    assert (track.title, track.artist, track.year, track.cover) == ("Known", None, None, "")
    assert changes == []


def test_what_a_person_said_stays(media: Path) -> None:
    track = stored(a_file(), media)
    intake.edit_track(track, Edit(title="Mine", artist="Me"))
    intake.describe(track.pk, Description(title="Tag", artist="Somebody", seconds=9.0))
    track.refresh_from_db()
    assert (track.title, str(track.artist), track.seconds) == ("Mine", "Me", 9.0)


def test_an_edit_leaves_alone_what_a_worker_stored_meanwhile(media: Path) -> None:
    track = stored(a_file(), media)  # as the page of a person holds it
    intake.describe(track.pk, Description(title="As tagged", cover="ab" * 32, seconds=12.5))
    intake.edit_track(track, Edit(title="Mine"))
    track = Track.objects.get(pk=track.pk)
    assert (track.title, track.cover, track.seconds) == ("Mine", "ab" * 32, 12.5)


def test_artists_and_albums_are_shared(media: Path) -> None:
    for seed in range(3):
        intake.describe(
            stored(a_file(seed), media).pk, Description(artist="Clara", album="Suite", album_artist="Clara")
        )
    assert (Artist.objects.count(), Album.objects.count()) == (1, 1)


def test_a_track_that_is_gone_is_left_alone() -> None:
    with transaction.atomic():
        intake.describe(12345, Description(title="Ghost", artist="Nobody"))
    assert not Artist.objects.exists()


def test_editing_tells_of_what_searches_filter_on(media: Path) -> None:
    track = stored(a_file(), media)
    with heard(tracks_changed) as said:
        intake.edit_track(track, Edit(title="Only the title"))
        assert said == []
        intake.edit_track(track, Edit(title="And the artist", artist="Clara"))
    assert [one["track_ids"] for one in said] == [[track.pk]]


def test_publishing_a_second_copy_is_refused(owner: User, media: Path) -> None:
    mine = stored(a_file(), media, owner=owner, private=True)
    stored(a_file(), media)
    with pytest.raises(AlreadyPublic):
        intake.edit_track(mine, Edit(title="Mine", visibility=PUBLIC))
    mine.refresh_from_db()
    assert mine.visibility == PRIVATE


# -- leaving -----------------------------------------------------------------------------------------------------------


def test_removing_is_told(media: Path) -> None:
    track = stored(a_file(), media)
    pk = track.pk
    with heard(track_removed) as said:
        intake.remove_track(track)
    assert [one["track_id"] for one in said] == [pk]


def test_with_an_account_go_its_private_tracks_and_what_it_shared_stays(owner: User, media: Path) -> None:
    shared = stored(a_file(1), media, owner=owner)
    private = stored(a_file(2), media, owner=owner, private=True)
    with heard(track_removed) as said:
        owner.delete()
    assert [one["track_id"] for one in said] == [private.pk]
    shared.refresh_from_db()
    assert shared.owner is None


def test_one_album_of_a_title_for_each_artist_and_one_without() -> None:
    clara = Artist.objects.create(name="Clara")
    Album.objects.create(title="Suite")
    Album.objects.create(title="Suite", artist=clara)
    for artist in (None, clara):
        with pytest.raises(IntegrityError), transaction.atomic():
            Album.objects.create(title="Suite", artist=artist)
