"""What people send to the catalogue, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from catalog import formats, intake
from catalog.models import Track

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
        super().__init__(*args, **{"initial": _as_it_is(track), **kwargs})
        if not user.is_staff or track.owner_id is None:
            del self.fields["visibility"]

    @property
    def edit(self) -> intake.Edit:
        """The cleaned fields as intake takes them."""
        values = dict(self.cleaned_data)
        visibility = values.pop("visibility", None)
        return intake.Edit(**values, visibility=Track.Visibility(visibility) if visibility else None)


def _as_it_is(track: Track) -> dict[str, Any]:
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
