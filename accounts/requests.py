"""A request as our middleware hands it on: who asks, for a page or for a part of one, and where they were."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class Request(HttpRequest):
    """Somebody is signed in, htmx may have sent it."""

    htmx: HtmxDetails


def listener(request: HttpRequest) -> User:
    """Return who asks; SignedInMiddleware has turned everybody else away."""
    return cast(User, request.user)


def wants_fragment(request: Request) -> bool:
    """Whether a part of the page asks for itself, rather than a link, a reload, or the back button for all of it."""
    htmx = request.htmx
    return bool(htmx) and not htmx.history_restore_request and htmx.target != "main"


def two_answers(response: HttpResponse) -> HttpResponse:
    """Keep caches from handing a fragment to somebody who wants the page at the same address."""
    patch_vary_headers(response, ["HX-Request"])
    return response


def is_ours(request: HttpRequest, address: str) -> bool:
    """Whether `redirect` leads to a page of this site with such an address, as a browser names it."""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return ours and "/" in address  # something like "home" counts as ours, and `redirect` takes it for a view's name
