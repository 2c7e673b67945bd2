"""Artists and albums at the curators' desk. Tracks are in recommender/admin.py, beside what was heard in them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from catalog.models import Album, Artist, Track


class NamesAdmin(admin.ModelAdmin):
    """What tracks refer to: it comes with tracks, may be renamed, and may go when no track needs it."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: names come with tracks."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Artist | Album | None = None) -> bool:
        """Allow it for what no track refers to."""
        return obj is not None and not obj.tracks.exists() and super().has_delete_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count tracks in the same query. Names that only others' private tracks bear do not exist here."""
        rows = super().get_queryset(request)
        if request.user.is_superuser:
            return rows.annotate(track_count=Count("tracks"))
        seen = Q(tracks__in=Track.objects.kept_for(request.user))
        counted = rows.annotate(track_count=Count("tracks", filter=seen), every=Count("tracks"))
        return counted.filter(Q(track_count__gt=0) | Q(every=0))

    @admin.display(description="Tracks", ordering="track_count")
    def track_count(self, row: Any) -> int:
        """How many tracks refer to it."""
        return int(row.track_count)


@admin.register(Artist)
class ArtistAdmin(NamesAdmin):
    """People and groups."""

    list_display = ("name", "track_count")
    search_fields = ("name",)


@admin.register(Album)
class AlbumAdmin(NamesAdmin):
    """Releases."""

    list_display = ("title", "artist", "year", "track_count")
    list_select_related = ("artist",)
    search_fields = ("title", "artist__name")
    raw_id_fields = ("artist",)
