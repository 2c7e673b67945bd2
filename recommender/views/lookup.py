"""The one way by which views reach tracks, and how the pages for discovering answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, render

from accounts.requests import Request, listener, two_answers, wants_fragment
from catalog.models import Track
from recommender.views.knobs import left_out


def visible_track(request: HttpRequest, track_id: int) -> Track:
    """Return a track that the listener may see, or answer 404: others' private tracks do not exist."""
    return get_object_or_404(Track.objects.visible_to(listener(request)).for_lists(), pk=track_id)


def visible_tracks(request: HttpRequest, track_ids: Sequence[int]) -> list[Track]:
    """Those of these tracks that the listener may see, in this order, each once."""
    return Track.objects.visible_to(listener(request)).for_lists().in_order(dict.fromkeys(track_ids))


def joined(*queries: str) -> str:
    """Several pieces of an address as one; empty ones leave nothing behind."""
    return "&".join(query for query in queries if query)


def answer(request: Request, template: str, context: dict[str, Any], query: str = "") -> HttpResponse:
    """Render a page, or to a part of it only its content; `query` is the address that says what was understood.

    A page with filters learns who is left out (`left_out`), and where a row leaves out one more (`narrow`).
    """
    part = wants_fragment(request)
    if narrow := context.get("filter_form"):
        context |= {"narrow": f"?{query}", "left_out": left_out(narrow.filters, query, listener(request))}
    response = render(request, template, context | {"base": "parts/fragment.html" if part else "base.html"})
    if part and query:
        response["HX-Replace-Url"] = f"{request.path}?{query}"
    return two_answers(response)


def garbled(request: Request, words: str) -> HttpResponse:
    """Say that an address is cut off or was mistyped; to a part of a page in one line. `words`: what it should hold."""
    if wants_fragment(request):
        return HttpResponseBadRequest(words)
    return render(request, "garbled.html", {"words": words}, status=400)
