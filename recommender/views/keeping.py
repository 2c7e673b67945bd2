"""What a listener keeps: liked tracks, what was played, and all of it as a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.timesince import timesince
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import Request, listener
from recommender import keeping
from recommender.asking import Result

PAGE = 50
PLAYED_ON = 5_000  # tracks of all pages that are played, queued or saved at once
RADIO_SEEDS = 40


@require_GET
def liked(request: Request) -> HttpResponse:
    """Tracks that the listener likes, the last liked first.

    Template recommender/liked.html: `page`, `tracks`, `ids` (of all), `later` (of what follows this page), `seeds`
    (of a radio).
    """
    every = keeping.liked(listener(request))
    page = _page(request, every.for_lists())
    tracks = list(page.object_list)
    ids = list(every.values_list("pk", flat=True)[:PLAYED_ON])
    context = {
        "page": page,
        "tracks": tracks,
        "ids": ids,
        "later": _ids(ids[page.end_index() :]),
        "seeds": _ids(track.pk for track in tracks[:RADIO_SEEDS]),
    }
    return render(request, "recommender/liked.html", context)


@require_GET
def history(request: Request) -> HttpResponse:
    """What was played, the newest first. Template recommender/history.html: `page`, `heard`, `unfinished`."""
    user = listener(request)
    page = _page(request, keeping.history(user))
    heard = [Result(row.track, 0.0, (), _ago(row.at)) for row in page.object_list]
    unfinished = keeping.unfinished(user) if page.number == 1 else []
    return render(request, "recommender/history.html", {"page": page, "heard": heard, "unfinished": unfinished})


@require_POST
def forget(request: Request) -> HttpResponse:
    """Delete the listening history; likes stay."""
    keeping.forget(listener(request))
    messages.success(request, "Your listening history has been deleted. Likes and playlists stay.")
    return redirect("history")


@require_GET
def export(request: Request) -> HttpResponse:
    """Everything that is the listener's, as a JSON file."""
    document = keeping.everything(listener(request))
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = 'attachment; filename="segue.json"'
    response["Cache-Control"] = "private, no-store"
    return response


def _ids(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _ago(at: datetime) -> str:
    if timezone.now() - at < timedelta(minutes=1):
        return "just now"
    return f"{timesince(at, depth=1)} ago"


def _page(request: Request, rows: QuerySet[Any]) -> Page[Any]:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))
