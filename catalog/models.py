"""What music there is. Rows are written through `intake` only; files live under their SHA-256."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models.deletion import Collector

    from accounts.models import User


class Artist(models.Model):
    """A person or group under the name that the files give."""

    name = models.CharField(max_length=300, unique=True)
    search = models.CharField(max_length=600, default="", blank=True, editable=False)  # see search_text

    class Meta:
        ordering = ("name",)
        indexes = [models.Index(fields=("search", "id"), name="artists_by_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the artist's page."""
        return reverse("artist", args=[self.pk])


class Album(models.Model):
    """A release; two albums may share a title when their artists differ."""

    title = models.CharField(max_length=300)
    artist = models.ForeignKey(Artist, null=True, blank=True, on_delete=models.SET_NULL, related_name="albums")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    search = models.CharField(max_length=600, default="", blank=True, editable=False)

    class Meta:
        ordering = ("title",)
        indexes = [models.Index(fields=("search", "id"), name="albums_by_name")]
        constraints = [
            models.UniqueConstraint(fields=("title", "artist"), name="album_title_artist"),
            # Two, because SQLite takes every NULL for another one and has no switch for it.
            models.UniqueConstraint(fields=("title",), condition=Q(artist=None), name="album_title_without_artist"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the album's page."""
        return reverse("album", args=[self.pk])


def keep_public_tracks(collector: Collector, field: Any, tracks: QuerySet[Track], using: str) -> None:
    """When a person's account is deleted: what they shared stays with everybody, what was private goes with them."""
    models.SET_NULL(collector, field, tracks.filter(visibility=Track.Visibility.PUBLIC), using)
    models.CASCADE(collector, field, tracks.filter(visibility=Track.Visibility.PRIVATE), using)


class TrackQuerySet(models.QuerySet["Track"]):
    """Tracks, and who may see them."""

    def visible_to(self, user: User | AnonymousUser) -> TrackQuerySet:
        """Return public tracks and the user's own, unless a curator has set them aside.

        The one rule, used by every page, stream and search.
        """
        return self.kept_for(user).filter(set_aside_at=None)

    def kept_for(self, user: User | AnonymousUser) -> TrackQuerySet:
        """Return public tracks and the user's own, set aside or not: what a curator finds at the desk."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(visibility=Track.Visibility.PUBLIC) | Q(owner_id=user.pk))

    def at_desk(self, user: User) -> TrackQuerySet:
        """Return what somebody looks after: administrators keep the house and see every row."""
        return self.all() if user.is_superuser else self.kept_for(user)

    def hidden_from(self, user: User) -> TrackQuerySet:
        """Return what others keep private and what is set aside, the rest of what somebody may see: few rows."""
        # Two lists of ids, because each has an index of its own, and an OR over both conditions would have none.
        private = Track.objects.filter(visibility=Track.Visibility.PRIVATE).exclude(owner_id=user.pk)
        aside = Track.objects.filter(set_aside_at__isnull=False)
        return self.filter(Q(pk__in=private.values("pk")) | Q(pk__in=aside.values("pk")))

    def public(self) -> TrackQuerySet:
        """Return what everybody hears: what is told of the library as a whole is drawn from these."""
        return self.filter(visibility=Track.Visibility.PUBLIC, set_aside_at=None)

    def editable_by(self, user: User | AnonymousUser) -> TrackQuerySet:
        """Return the user's own tracks and, for curators, the public ones."""
        seen = self.visible_to(user)
        if user.has_perm("catalog.change_track"):
            return seen
        return seen.filter(owner_id=user.pk)

    def for_lists(self) -> TrackQuerySet:
        """Load what a row of a list shows, in one query."""
        return self.select_related("artist", "album")

    def in_order(self, ids: Iterable[int]) -> list[Track]:
        """Return the tracks of these ids that are among these rows, in this order and as often as they are named."""
        order = list(ids)
        found = self.in_bulk(order)
        return [found[pk] for pk in order if pk in found]


class Track(models.Model):
    """One recording, as one file."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", "Everybody"
        PRIVATE = "private", "Only its owner"

    sha256 = models.CharField(max_length=64, db_index=True, editable=False)
    extension = models.CharField(max_length=8, editable=False)  # "mp3": what the content is served as
    size = models.PositiveBigIntegerField(editable=False)  # bytes
    original_name = models.CharField(max_length=300, editable=False)  # a label, never a path

    title = models.CharField(max_length=300)
    artist = models.ForeignKey(Artist, null=True, blank=True, on_delete=models.SET_NULL, related_name="tracks")
    album = models.ForeignKey(Album, null=True, blank=True, on_delete=models.SET_NULL, related_name="tracks")
    track_number = models.PositiveSmallIntegerField(null=True, blank=True)
    disc_number = models.PositiveSmallIntegerField(null=True, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    genre = models.CharField(max_length=200, blank=True)
    seconds = models.FloatField(null=True, blank=True, editable=False)  # unknown until it was decoded
    cover = models.CharField(max_length=64, blank=True, editable=False)  # SHA-256 of the re-encoded picture

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=keep_public_tracks, related_name="tracks"
    )
    visibility = models.CharField(max_length=7, choices=Visibility, default=Visibility.PUBLIC)
    set_aside_at = models.DateTimeField(null=True, blank=True, editable=False)  # since then nobody hears or finds it
    described = models.BooleanField(default=False, editable=False)  # by a person: tags of the file no longer overwrite
    added_at = models.DateTimeField(auto_now_add=True, db_index=True)
    search = models.CharField(max_length=600, default="", blank=True, editable=False)  # title, artist, album, genre

    objects = TrackQuerySet.as_manager()

    class Meta:
        ordering = ("-added_at", "-pk")
        indexes = [
            models.Index(fields=("search", "id"), name="tracks_by_name"),
            models.Index(fields=("seconds", "id"), name="tracks_by_length"),
            models.Index(fields=("year", "id"), name="tracks_by_year"),
            models.Index(fields=("owner", "id"), condition=Q(visibility="private"), name="tracks_kept_private"),
            models.Index(fields=("set_aside_at",), condition=Q(set_aside_at__isnull=False), name="tracks_set_aside"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=("sha256",), condition=Q(visibility="public"), name="one_public_track_per_file"
            ),
            models.UniqueConstraint(fields=("sha256", "owner"), name="one_track_per_file_and_owner"),
            models.CheckConstraint(
                condition=Q(visibility="public") | Q(owner__isnull=False), name="private_tracks_have_an_owner"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the track's page."""
        return reverse("track", args=[self.pk])


class Rendition(models.Model):
    """A track's sound in a form that browsers play, or play sooner; the row is the work on it as well."""

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="renditions")
    extension = models.CharField(max_length=4, default="webm")  # what it is, or will be: see renditions
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)  # empty: not made yet
    made_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    attempts = models.PositiveSmallIntegerField(default=0)  # counted before the file is opened
    lease_until = models.DateTimeField(null=True, blank=True)
    failed = models.CharField(max_length=300, blank=True)  # why there will be none

    class Meta:
        indexes = [
            models.Index(fields=("attempts",), condition=Q(sha256="", failed=""), name="renditions_to_make"),
        ]
        constraints = [models.UniqueConstraint(fields=("track", "extension"), name="one_rendition_of_a_form")]

    def __str__(self) -> str:
        return f"{self.track}: {self.sha256[:8] or self.failed or 'waiting'}"


class Playlist(models.Model):
    """Tracks in the order that somebody gave them."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="playlists")
    title = models.CharField(max_length=200)
    token = models.CharField(max_length=43, null=True, blank=True, unique=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-changed_at", "-pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the page of its owner; others have the shared one."""
        return reverse("playlist", args=[self.pk])


class PlaylistEntry(models.Model):
    """One place in a playlist. The same track may stand in several."""

    playlist = models.ForeignKey(Playlist, on_delete=models.CASCADE, related_name="entries")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()  # larger is later; gaps mean nothing

    class Meta:
        ordering = ("position", "pk")
        indexes = [models.Index(fields=("playlist", "position"), name="entries_in_order")]

    def __str__(self) -> str:
        return f"{self.track} in {self.playlist}"
