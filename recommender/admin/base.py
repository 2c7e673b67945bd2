"""What several desks share: who sees what, rows that nobody edits, and the actions on analyses."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import BinaryField, Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from accounts.models import User
from catalog.models import Track
from recommender import analysis
from recommender.models import Analysis, Measurement

State, Queue = Analysis.State, Analysis.Queue
UNREADABLE = tuple(one.name for one in Measurement._meta.concrete_fields if isinstance(one, BinaryField))  # arrays


def user_of(request: HttpRequest) -> User:
    """Who asks; the admin site has let nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def two_lines(first: str, second: str) -> str:
    """What one cell of a list says; a second line that has nothing to say takes no place."""
    return format_html('{}<span class="second">{}</span>', first, second) if second else first


class WorkActions(admin.ModelAdmin):
    """The two actions on tracks and on analyses: try failed ones again, and hear everything anew."""

    actions: tuple[str, ...] = ("retry", "reanalyse")
    track_field = "pk"  # how a row names its track

    def has_analyse_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may put work into the queue."""
        return user_of(request).has_perm("recommender.change_analysis")

    @admin.action(description="Retry failed analyses", permissions=["analyse"])
    def retry(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Start over with those that failed or were given up."""
        chosen = Analysis.objects.filter(track_id__in=self._track_ids(rows), state__in=Analysis.UNLUCKY)
        track_ids = list(chosen.values_list("track_id", flat=True))
        self._requeue(request, track_ids, Queue.INTERACTIVE, otherwise="None of them has failed.")

    @admin.action(description="Analyse again", permissions=["analyse"])
    def reanalyse(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """Start over with all of them, behind everything that people wait for."""
        self._requeue(request, self._track_ids(rows), Queue.BULK, otherwise="None of them can be analysed.")

    def _track_ids(self, rows: QuerySet[Any]) -> list[int]:
        return list(rows.order_by().values_list(self.track_field, flat=True))

    def _requeue(self, request: HttpRequest, track_ids: list[int], queue: Analysis.Queue, *, otherwise: str) -> None:
        count = analysis.requeue(track_ids, queue)
        if count:
            self.message_user(request, f"{count} queued for analysis.", messages.SUCCESS)
        else:
            self.message_user(request, otherwise, messages.WARNING)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that machines write."""

    list_per_page = 50
    show_full_result_count = False
    track_path = ""  # lookup of the row's track, whose privacy it shares

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out rows of tracks that somebody may not see."""
        rows = super().get_queryset(request)
        if not self.track_path:
            return rows
        return rows.filter(**{f"{self.track_path}__in": Track.objects.at_desk(user_of(request))})
