"""What workers do and know, at the curators' desk."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from recommender import index_versions, wakeups
from recommender.admin.base import UNREADABLE, ReadOnlyAdmin, WorkActions, two_lines, user_of
from recommender.errors import IndexUnavailable
from recommender.models import Analysis, Embedding, IndexVersion, Job, Measurement
from recommender.templatetags.segue import key_name


@admin.register(Analysis)
class AnalysisAdmin(WorkActions, ReadOnlyAdmin):
    """The queue."""

    track_field = track_path = "track_id"
    list_display = ("track", "outcome", "queue", "attempts", "worker", "queued_at", "finished_at")
    list_select_related = ("track",)
    list_filter = ("state", "error_code", "queue")
    search_fields = ("track__title", "track__original_name", "error_detail")
    ordering = ("-queued_at",)

    @admin.display(description="Analysis", ordering="state")
    def outcome(self, row: Analysis) -> str:
        """How far it is, and under that what is done at present or why it failed."""
        return two_lines(row.get_state_display(), row.get_error_code_display() or row.get_stage_display())


@admin.register(Measurement)
class MeasurementAdmin(ReadOnlyAdmin):
    """What was measured."""

    track_path = "track_id"
    list_display = ("track", "tempo", "clarity", "key", "level", "decoder", "measured_at")
    list_select_related = ("track",)
    search_fields = ("track__title",)
    exclude = UNREADABLE
    ordering = ("-measured_at",)

    @admin.display(description="BPM", ordering="bpm")
    def tempo(self, row: Measurement) -> str:
        """With one decimal, as in the list of tracks."""
        return "" if row.bpm is None else f"{row.bpm:.1f}"

    @admin.display(description="Clarity of the beat", ordering="tempo_clarity")
    def clarity(self, row: Measurement) -> str:
        """0 to 1."""
        return f"{row.tempo_clarity:.2f}"

    @admin.display(ordering="key_tonic")
    def key(self, row: Measurement) -> str:
        """As musicians name it."""
        return key_name(row.key_tonic, row.key_mode)

    @admin.display(description="Loudness (LUFS)", ordering="loudness")
    def level(self, row: Measurement) -> str:
        """With one decimal."""
        return f"{row.loudness:.1f}"


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

    list_display = ("collection", "state", "statistics", "tracks", "to_send", "partial_since", "activated_at")
    list_filter = ("state", "encoder")
    actions = ("activate", "retire")

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may change what answers everybody: administrators alone."""
        return user_of(request).is_superuser

    @admin.action(description="Activate: let it answer all searches\u2026", permissions=["switch"])
    def activate(self, request: HttpRequest, rows: QuerySet[IndexVersion]) -> HttpResponse | None:
        """Flip to another version, after a question."""
        return self._switch(request, rows, "activate", "answers all searches from now on")

    @admin.action(description="Retire: delete its vectors\u2026", permissions=["switch"])
    def retire(self, request: HttpRequest, rows: QuerySet[IndexVersion]) -> HttpResponse | None:
        """Drop a version that is not needed any more, after a question."""
        return self._switch(request, rows, "retire", "is retired, and its vectors are deleted")

    def _switch(
        self, request: HttpRequest, rows: QuerySet[IndexVersion], action: str, done: str
    ) -> HttpResponse | None:
        """Ask first, then do it. Template admin/recommender/switch.html: `version`, `action`."""
        version = rows.first()
        if version is None or len(rows) != 1:
            self.message_user(request, "Choose one version.", messages.ERROR)
        elif version.state == IndexVersion.State.RETIRED:
            self.message_user(request, f"{version.collection} has already been retired.", messages.ERROR)
        elif "confirmed" not in request.POST:
            context = self.admin_site.each_context(request)
            context |= {"title": "Are you sure?", "version": version, "action": action, "opts": self.opts}
            return TemplateResponse(request, "admin/recommender/switch.html", context)
        else:
            self._do(request, version, action, done)
        return None

    def _do(self, request: HttpRequest, version: IndexVersion, action: str, done: str) -> None:
        try:
            index_versions.activate(version) if action == "activate" else index_versions.retire(version)
        except (index_versions.NotCovered, ValueError) as error:
            self.message_user(request, f"{error}.", messages.ERROR)
        except IndexUnavailable:
            self.message_user(request, "The vector index is not answering. Try again later.", messages.ERROR)
        else:
            wakeups.wake_index()
            self.message_user(request, f"{version.collection} {done}.", messages.SUCCESS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count vectors in the same query."""
        counted = Count("vectors", filter=Q(vectors__removed=False))
        return (
            super()
            .get_queryset(request)
            .select_related("reference", "gave_way")
            .annotate(track_count=counted, unsent=Count("vectors", filter=Q(vectors__indexed_at=None)))
        )

    @admin.display(ordering="track_count")
    def tracks(self, row: Any) -> int:
        """How many tracks it holds."""
        return int(row.track_count)

    @admin.display
    def statistics(self, row: IndexVersion) -> str:
        """By which statistics it sees tracks."""
        return index_versions.statistics_told(row)

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
