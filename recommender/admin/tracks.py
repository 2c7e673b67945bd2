"""Tracks at the curators' desk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from catalog import intake
from catalog.forms import as_it_is
from catalog.models import Track
from recommender.admin.base import UNREADABLE, WorkActions, two_lines, user_of
from recommender.facets import mood as moods
from recommender.models import Analysis, Measurement
from recommender.templatetags.segue import clock, key_name

NONE = "none"
NOBODY = "Nobody: set aside"
NAMED = {"artist_name": "artist", "album_title": "album", "album_artist": "album_artist"}  # field -> of intake.Edit
TEMPI = {  # value of the filter -> lowest and highest tempo, words
    "60": (0, 60, "Below 60 BPM"),
    "90": (60, 90, "60 to 90 BPM"),
    "120": (90, 120, "90 to 120 BPM"),
    "150": (120, 150, "120 to 150 BPM"),
    "999": (150, 999, "150 BPM and more"),
}


class TempoFilter(admin.SimpleListFilter):
    """Tracks by ranges of tempo."""

    title = "tempo"
    parameter_name = "bpm"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Name the ranges."""
        return [(NONE, "No clear beat"), *((name, words) for name, (_, _, words) in TEMPI.items())]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Track]) -> QuerySet[Track]:
        """Keep what lies in the range."""
        if self.value() == NONE:
            return queryset.filter(measurement__isnull=False, measurement__bpm=None)
        if self.value() not in TEMPI:
            return queryset
        low, high, _ = TEMPI[str(self.value())]
        return queryset.filter(measurement__bpm__gte=low, measurement__bpm__lt=high)


class KeyFilter(admin.SimpleListFilter):
    """Tracks by the mode of their key."""

    title = "key"
    parameter_name = "mode"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Name the modes."""
        return [("major", "Major"), ("minor", "Minor"), (NONE, "No clear key")]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Track]) -> QuerySet[Track]:
        """Keep what is in the mode."""
        if self.value() == NONE:
            return queryset.filter(measurement__isnull=False, measurement__key_tonic=None)
        return queryset.filter(measurement__key_mode=self.value()) if self.value() else queryset


class HearersFilter(admin.SimpleListFilter):
    """Tracks by who hears them."""

    title = "who hears it"
    parameter_name = "heard_by"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Name them as the column does."""
        return [*Track.Visibility.choices, (NONE, NOBODY)]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Track]) -> QuerySet[Track]:
        """Keep what these people hear."""
        if self.value() == NONE:
            return queryset.exclude(set_aside_at=None)
        if self.value() not in Track.Visibility.values:
            return queryset
        return queryset.filter(visibility=self.value(), set_aside_at=None)


class TrackForm(forms.ModelForm):
    """A track as a curator edits it; artist and album by their names, as on the track's own page."""

    artist_name = forms.CharField(label="Artist", max_length=intake.NAME_LENGTH, required=False)
    album_title = forms.CharField(label="Album", max_length=intake.NAME_LENGTH, required=False)
    album_artist = forms.CharField(
        max_length=intake.NAME_LENGTH, required=False, help_text="Only if it is not the artist of the track."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = as_it_is(self.instance)
        self.initial = {**self.initial, **{name: said[named] for name, named in NAMED.items()}}

    @property
    def edit(self) -> intake.Edit:
        """The cleaned fields as intake takes them."""
        values = {NAMED.get(name, name): value for name, value in self.cleaned_data.items()}
        return intake.Edit(**values | {"visibility": Track.Visibility(values["visibility"])})

    def clean(self) -> dict[str, Any]:
        """Refuse to publish a second copy of a public file."""
        values = super().clean() or self.cleaned_data
        same = Track.objects.filter(sha256=self.instance.sha256, visibility=Track.Visibility.PUBLIC)
        if values.get("visibility") == Track.Visibility.PUBLIC and same.exclude(pk=self.instance.pk).exists():
            self.add_error("visibility", "The same file is public already, in another track.")
        if values.get("visibility") == Track.Visibility.PRIVATE and self.instance.owner_id is None:
            self.add_error("visibility", "A track without an owner cannot be private: nobody could hear it.")
        return values


@admin.register(Track)
class TrackAdmin(WorkActions):
    """Tracks, with what was heard in them."""

    form = TrackForm
    list_display = ("picture", "title", "credit", "bpm", "key", "mood", "outcome", "heard_by", "added_at")
    list_display_links = ("title",)
    list_select_related = ("artist", "album", "analysis", "measurement")
    list_filter = ("analysis__state", "analysis__error_code", TempoFilter, KeyFilter, HearersFilter)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("title", "artist__name", "album__title", "original_name")
    fields = (
        "title", "artist_name", "album_title", "album_artist", ("track_number", "disc_number"), "year", "genre",
        "visibility", "set_aside_at", "owner", "original_name", "length", "added_at", "state", "error", "cause",
        "bpm", "key", "mood",
    )  # fmt: skip
    readonly_fields = (
        "set_aside_at", "owner", "original_name", "length", "added_at", "state", "error", "cause", "bpm", "key",
        "mood",
    )  # fmt: skip
    actions = (*WorkActions.actions, "set_aside", "bring_back")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: tracks come in as files, by the upload page that the list links to."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Track]:
        """Everything for administrators, else what the curator may hear; the arrays stay in the database."""
        user = user_of(request)
        heard_by_user = Track.objects.visible_to(user).filter(pk=OuterRef("pk"))
        rows = Track.objects.at_desk(user).annotate(audible=Exists(heard_by_user))
        heard = [f"measurement__{name}" for name in UNREADABLE]
        return rows.select_related("artist", "album__artist", "analysis", "measurement").defer(*heard)

    def get_deleted_objects(
        self, objs: Any, _request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name the tracks only; what was heard in them goes with them."""
        names = [str(track) for track in objs]
        return names, {"tracks": len(names)}, set(), []

    def save_model(self, _request: HttpRequest, obj: Track, form: Any, _change: bool) -> None:
        """Write what a curator said through the intake."""
        try:
            intake.edit_track(obj, form.edit)
        except Track.DoesNotExist as gone:
            raise Http404 from gone

    def delete_model(self, _request: HttpRequest, obj: Track) -> None:
        """Remove one."""
        intake.remove_track(obj)

    def delete_queryset(self, _request: HttpRequest, queryset: QuerySet[Track]) -> None:
        """Remove several."""
        for track in queryset:
            intake.remove_track(track)

    def get_view_on_site_url(self, obj: Track | None = None) -> str | None:
        """Lead to the track's page, unless it has none at present."""
        return None if obj is None or obj.set_aside_at else super().get_view_on_site_url(obj)

    @admin.action(description="Set aside: hide from everybody, delete nothing", permissions=["change"])
    def set_aside(self, request: HttpRequest, rows: QuerySet[Track]) -> None:
        """Hide tracks from lists, search, recommendations, playlists and the player."""
        self._log(request, rows.filter(set_aside_at=None), "Set aside.")
        count = intake.set_aside(Track.objects.filter(pk__in=self._track_ids(rows)))
        done = f"{count} set aside: nobody hears or finds them until they are brought back."
        self._say(request, done if count else "All of them were set aside already.", done=bool(count))

    @admin.action(description="Bring back what was set aside", permissions=["change"])
    def bring_back(self, request: HttpRequest, rows: QuerySet[Track]) -> None:
        """Show tracks again to those who heard them before."""
        self._log(request, rows.exclude(set_aside_at=None), "Brought back.")
        count = intake.bring_back(Track.objects.filter(pk__in=self._track_ids(rows)))
        done = f"{count} brought back."
        self._say(request, done if count else "None of them was set aside.", done=bool(count))

    def _log(self, request: HttpRequest, rows: QuerySet[Track], what: str) -> None:
        LogEntry.objects.log_actions(user_of(request).pk, list(rows), CHANGE, what)

    def _say(self, request: HttpRequest, text: str, *, done: bool) -> None:
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)

    @admin.display(description="Who hears it", ordering="visibility")
    def heard_by(self, row: Track) -> str:
        """Everybody, its owner alone, or nobody."""
        return NOBODY if row.set_aside_at else row.get_visibility_display()

    @admin.display(description="Cover", empty_value="")
    def picture(self, row: Any) -> str:
        """Show the cover, small."""
        if not row.cover or not row.audible:
            return ""
        address = f"{reverse('cover', args=[row.pk])}?size=small&v={row.cover[:8]}"
        return format_html('<img src="{}" alt="" width="40" height="40" loading="lazy">', address)

    @admin.display(description="BPM", ordering="measurement__bpm", empty_value="")
    def bpm(self, row: Track) -> str:
        """Tempo, with one decimal."""
        heard = _measurement(row)
        return "" if heard is None or heard.bpm is None else f"{heard.bpm:.1f}"

    @admin.display(ordering="measurement__key_tonic", empty_value="")
    def key(self, row: Track) -> str:
        """Key, as musicians name it."""
        heard = _measurement(row)
        return "" if heard is None else key_name(heard.key_tonic, heard.key_mode)

    @admin.display(empty_value="")
    def mood(self, row: Track) -> str:
        """What is marked about it, in the words that listeners read."""
        heard = _measurement(row)
        return "" if heard is None else ", ".join(moods.marked(heard.moods)).capitalize()

    @admin.display(description="Artist, album", ordering="artist__name", empty_value="")
    def credit(self, row: Track) -> str:
        """Who plays it, and under that where it was released."""
        return two_lines(str(row.artist or ""), str(row.album or ""))

    @admin.display(description="Analysis", ordering="analysis__state")
    def outcome(self, row: Track) -> str:
        """How far the work on it is, and under that why it failed."""
        return two_lines(self.state(row), self.error(row))

    @admin.display(description="analysis")
    def state(self, row: Track) -> str:
        """How far the work on it is."""
        work = _analysis(row)
        return "" if work is None else work.get_state_display()

    @admin.display(description="reason")
    def error(self, row: Track) -> str:
        """Why it was not analysed."""
        work = _analysis(row)
        return "" if work is None else work.get_error_code_display()

    @admin.display(description="error code")
    def cause(self, row: Track) -> str:
        """The code, and what the machine said."""
        work = _analysis(row)
        return "" if work is None or not work.error_code else f"{work.error_code}: {work.error_detail}".rstrip(": ")

    @admin.display
    def length(self, row: Track) -> str:
        """Minutes and seconds."""
        return clock(row.seconds)


def _measurement(row: Track) -> Measurement | None:
    return getattr(row, "measurement", None)


def _analysis(row: Track) -> Analysis | None:
    return getattr(row, "analysis", None)
