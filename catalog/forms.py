"""What people send to the catalogue, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from accounts.models import User
from catalog import formats, intake, naming, playlists
from catalog.models import Playlist, Track

ACCEPT = ",".join(sorted({f".{extension}" for extension in formats.MEDIA_TYPES} | set(formats.MEDIA_TYPES.values())))


class SeveralFilesInput(forms.ClearableFileInput):
    """A file input that takes more than one."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """A list of uploaded files. What is in them is judged one by one by `intake`, not here."""

    widget = SeveralFilesInput(attrs={"accept": ACCEPT})

    def clean(self, data: Sequence[UploadedFile] | None, _initial: object = None) -> list[UploadedFile]:
        """Return the files; raise ValidationError when there is none."""
        if not data:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return list(data)


class UploadForm(forms.Form):
    """Several files, and who may hear them. Only curators may share with everybody."""

    files = SeveralFilesField(  # type: ignore[assignment]  # the stubs take it for the form's uploaded files
        label="Sound files", error_messages={"required": "Choose at least one file."}
    )
    visibility = forms.ChoiceField(
        label="Who may hear them", choices=Track.Visibility, initial=Track.Visibility.PUBLIC, required=False
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not user.is_staff:
            del self.fields["visibility"]

    def clean_visibility(self) -> str:
        """Fall back to everybody."""
        return self.cleaned_data["visibility"] or Track.Visibility.PUBLIC

    @property
    def chosen_visibility(self) -> Track.Visibility:
        """Who may hear the files; private for everybody who is no curator."""
        return Track.Visibility(self.cleaned_data.get("visibility", Track.Visibility.PRIVATE))


class TrackForm(forms.Form):
    """What a person says about a track."""

    title = forms.CharField(max_length=intake.NAME_LENGTH)
    artist = forms.CharField(max_length=intake.NAME_LENGTH, required=False)
    album = forms.CharField(max_length=intake.NAME_LENGTH, required=False)
    album_artist = forms.CharField(
        max_length=intake.NAME_LENGTH, required=False, help_text="Only if it is not the artist of the track."
    )
    genre = forms.CharField(max_length=intake.GENRE_LENGTH, required=False)
    year = forms.IntegerField(min_value=intake.YEARS[0], max_value=intake.YEARS[1], required=False)
    track_number = forms.IntegerField(min_value=intake.NUMBERS[0], max_value=intake.NUMBERS[1], required=False)
    disc_number = forms.IntegerField(min_value=intake.NUMBERS[0], max_value=intake.NUMBERS[1], required=False)
    visibility = forms.ChoiceField(label="Who may hear it", choices=Track.Visibility)

    def __init__(self, *args: Any, track: Track, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": as_it_is(track), **kwargs})
        if not user.is_staff or track.owner_id is None:
            del self.fields["visibility"]

    @property
    def edit(self) -> intake.Edit:
        """The cleaned fields as intake takes them."""
        values = dict(self.cleaned_data)
        visibility = values.pop("visibility", None)
        return intake.Edit(**values, visibility=Track.Visibility(visibility) if visibility else None)


class IdsField(forms.RegexField):
    """Numbers of tracks with commas between them, in their order; beyond `most` they are cut off."""

    def __init__(self, *, most: int) -> None:
        super().__init__(r"^[0-9]{1,18}(,[0-9]{1,18})*\Z", max_length=19 * most)
        self.most = most

    def clean(self, value: object) -> list[int]:
        """Return them as numbers."""
        return [int(one) for one in super().clean(value).split(",")][: self.most]


class PlaylistForm(forms.Form):
    """The title of a playlist."""

    title = forms.CharField(max_length=playlists.TITLE_LENGTH)


class KeepForm(PlaylistForm):
    """A queue that becomes a playlist."""

    ids = IdsField(most=playlists.MOST_ENTRIES)


class AddForm(forms.Form):
    """One of my playlists, or the title of another one."""

    playlist = forms.ModelChoiceField(queryset=Playlist.objects.none(), required=False)
    title = forms.CharField(label="Or a new playlist", max_length=playlists.TITLE_LENGTH, required=False)

    def __init__(self, *args: Any, playlists: QuerySet[Playlist], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField[Playlist], self.fields["playlist"]).queryset = playlists

    def clean(self) -> dict[str, Any]:
        """Want one of the two."""
        cleaned = super().clean() or {}
        if not cleaned.get("playlist") and not cleaned.get("title"):
            raise forms.ValidationError("Choose a playlist, or give a new one a title.")
        return cleaned


class MoveForm(forms.Form):
    """A place in a playlist."""

    to = forms.IntegerField(min_value=0, max_value=playlists.MOST_ENTRIES)


class ImportForm(forms.Form):
    """An M3U8 file."""

    MOST_BYTES = 2_000_000

    file = forms.FileField(label="M3U8 file", widget=forms.FileInput(attrs={"accept": ".m3u8,.m3u"}))

    def clean_file(self) -> UploadedFile:
        """Refuse what is no list of names."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > self.MOST_BYTES:
            raise forms.ValidationError("This file is too large for a playlist.")
        content = file.read()
        if b"\0" in content:
            raise forms.ValidationError("This is not an M3U8 file.")
        try:
            self._text = content.decode("utf-8")
        except UnicodeDecodeError:
            self._text = content.decode("latin-1")  # M3U, before it was M3U8
        return file

    @property
    def text(self) -> str:
        """What is written in the file."""
        return self._text

    @property
    def name(self) -> str:
        """The name of the file, without what it ends in."""
        return naming.title_of(str(self.cleaned_data["file"].name))


def as_it_is(track: Track) -> dict[str, Any]:
    """What is said about a track at present, as the fields of `TrackForm`."""
    album_artist = track.album.artist if track.album else None
    return {
        "title": track.title,
        "artist": track.artist or "",
        "album": track.album or "",
        "album_artist": album_artist if album_artist != track.artist and album_artist else "",
        "genre": track.genre,
        "year": track.year,
        "track_number": track.track_number,
        "disc_number": track.disc_number,
        "visibility": track.visibility,
    }
