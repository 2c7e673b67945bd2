"""What workers do and know, at the curators' desk."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from recommender.admin.base import UNREADABLE, ReadOnlyAdmin, WorkActions
from recommender.models import Analysis, Embedding, IndexVersion, Job, Measurement


@admin.register(Analysis)
class AnalysisAdmin(WorkActions, ReadOnlyAdmin):
    """The queue."""

    track_field = track_path = "track_id"
    list_display = ("track", "state", "stage", "queue", "attempts", "error_code", "worker", "queued_at", "finished_at")
    list_select_related = ("track",)
    list_filter = ("state", "error_code", "queue")
    search_fields = ("track__title", "track__original_name", "error_detail")
    ordering = ("-queued_at",)


@admin.register(Measurement)
class MeasurementAdmin(ReadOnlyAdmin):
    """What was measured."""

    track_path = "track_id"
    list_display = ("track", "bpm", "tempo_clarity", "key_tonic", "key_mode", "loudness", "decoder", "measured_at")
    list_select_related = ("track",)
    search_fields = ("track__title",)
    exclude = UNREADABLE
    ordering = ("-measured_at",)


@admin.register(Embedding)
class EmbeddingAdmin(ReadOnlyAdmin):
    """What the encoders heard."""

    track_path = "track_id"
    list_display = ("track", "encoder", "version")
    list_select_related = ("track",)
    list_filter = ("encoder", "version")
    search_fields = ("track__title",)
    exclude = ("vector", "tag_logits")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the vectors in the database."""
        return super().get_queryset(request).defer("vector", "tag_logits")


@admin.register(IndexVersion)
class IndexVersionAdmin(ReadOnlyAdmin):
    """Layouts of the index: one answers, others are filled beside it."""

    list_display = ("collection", "state", "encoder", "dim", "tracks", "to_send", "created_at", "activated_at")
    list_filter = ("state", "encoder")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count vectors in the same query."""
        counted = Count("vectors", filter=Q(vectors__removed=False))
        return (
            super()
            .get_queryset(request)
            .annotate(track_count=counted, unsent=Count("vectors", filter=Q(vectors__indexed_at=None)))
        )

    @admin.display(ordering="track_count")
    def tracks(self, row: Any) -> int:
        """How many tracks it holds."""
        return int(row.track_count)

    @admin.display(description="to send", ordering="unsent")
    def to_send(self, row: Any) -> int:
        """How many changes the index does not have yet."""
        return int(row.unsent)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Background work that somebody asked for."""

    list_display = ("kind", "state", "detail", "asked_by", "attempts", "created_at", "finished_at")
    list_select_related = ("asked_by",)
    list_filter = ("kind", "state")
    ordering = ("-pk",)
