"""What a listener keeps: liked tracks, what was played, and all of it as a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.requests import Request, listener
from catalog import playlists
from catalog.models import Track
from recommender import keeping
from recommender.asking import Result
from recommender.models import Listen

PAGE = 50
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
    ids = list(every.values_list("pk", flat=True)[: playlists.MOST_ENTRIES])
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
    """What was played, the newest first, or with `by=plays` the most played.

    Template recommender/history.html: `page`, `heard`, `unfinished`, `by_plays`.
    """
    user, by_plays = listener(request), request.GET.get("by") == "plays"
    page = _page(request, keeping.most_played(user) if by_plays else keeping.history(user))
    heard = _counted(user, page.object_list) if by_plays else _dated(page.object_list)
    unfinished = [] if by_plays or page.number > 1 else keeping.unfinished(user)
    context = {"page": page, "heard": heard, "unfinished": unfinished, "by_plays": by_plays}
    return render(request, "recommender/history.html", context)


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


def _dated(rows: Iterable[Listen]) -> list[Result]:
    return [Result(row.track, 0.0, (), keeping.ago(row.at)) for row in rows]


def _counted(user: User, rows: Iterable[dict[str, Any]]) -> list[Result]:
    said = {row["track"]: _times(row["plays"], row["last"]) for row in rows}
    tracks = Track.objects.visible_to(user).for_lists().in_order(said)
    return [Result(track, 0.0, (), said[track.pk]) for track in tracks]


def _times(plays: int, last: datetime) -> str:
    return f"{plays} time{'' if plays == 1 else 's'}, last {keeping.ago(last)}"


def _ids(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _page(request: Request, rows: QuerySet[Any]) -> Page[Any]:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))
