"""The one way by which views reach tracks and people."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from catalog.models import Track


class Request(HttpRequest):
    """A request as our middleware hands it on: somebody is signed in, htmx may have sent it."""

    htmx: HtmxDetails


def listener(request: HttpRequest) -> User:
    """Return who asks; LoginRequiredMiddleware has turned everybody else away."""
    return cast(User, request.user)


def visible_track(request: HttpRequest, track_id: int) -> Track:
    """Return a track that the listener may see, or answer 404: others' private tracks do not exist."""
    return get_object_or_404(Track.objects.visible_to(listener(request)).for_lists(), pk=track_id)


def wants_fragment(request: Request) -> bool:
    """Whether a part of the page asks for itself, rather than a link, a reload, or the back button for all of it."""
    htmx = request.htmx
    return bool(htmx) and not htmx.history_restore_request and htmx.target != "main"


def two_answers(response: HttpResponse) -> HttpResponse:
    """Keep caches from handing a fragment to somebody who wants the page at the same address."""
    patch_vary_headers(response, ["HX-Request"])
    return response
