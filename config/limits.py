"""How often one person may start what is costly, in one table: by account, or by address for who is not signed in.

What a page or a sound costs only sometimes is counted where it is known: conversions in catalog/streaming.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from accounts.limits import HOUR, MINUTE, QUARTER, Limit, count, person

ALL = frozenset({"GET", "POST"})

LIMITS: Mapping[str, Limit] = {
    # a file that is sent: the browser sends them one by one, and a fast line carries ten small ones a second
    "upload": Limit(600, MINUTE),
    "clip": Limit(10, MINUTE),
    "playlist-import": Limit(30, MINUTE),
    # a question that searches or computes: the sliders and the search box ask a few times a second at most
    "search": Limit(240, MINUTE, ALL),
    **dict.fromkeys(("words", "blend", "path", "dj", "for-you", "yours", "clip-answer"), Limit(240, MINUTE, ALL)),
    **dict.fromkeys(("radio", "radio-next", "map-region"), Limit(240, MINUTE, ALL)),
    "playlist-extend": Limit(60, MINUTE, ALL),
    "map-points": Limit(60, MINUTE, ALL),
    "export": Limit(20, HOUR, ALL),
    # work for everybody
    "map-drawing": Limit(10, MINUTE),
    "demo": Limit(10, MINUTE),
    # doors: links are too long to guess, and passwords are slow to check on purpose
    "setup": Limit(30, QUARTER, ALL),
    "door": Limit(60, QUARTER, ALL),
    "login": Limit(60, MINUTE),
    "password": Limit(20, QUARTER),
    "invite": Limit(60, HOUR),
    "reset": Limit(60, HOUR),
}


class LimitsMiddleware(MiddlewareMixin):
    """Answer 429 to who asks too often for one of `LIMITS`, and say when to come back."""

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Count this request before its view runs."""
        name = request.resolver_match.url_name if request.resolver_match else None
        limit = LIMITS.get(name or "")
        if limit is None or request.method not in limit.methods:
            return None
        wait = count(f"{name}:{person(request)}", limit)
        return None if wait == 0 else too_often(request, wait)


def too_often(request: HttpRequest, wait: int) -> HttpResponse:
    """Say so, and when to come back. Template limited.html: `wait` (seconds)."""
    response = render(request, "limited.html", {"wait": wait}, status=429)
    response["Retry-After"] = str(wait)
    return response
