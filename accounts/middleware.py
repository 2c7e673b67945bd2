"""Everything but the doors is for people who are signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.requests import Request, wants_fragment


class SignedInMiddleware(LoginRequiredMiddleware):
    """Lead everybody else to the page where one signs in."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Answer 401 where a part of a page was asked for: the whole page of the door would take its place."""
        led = super().process_view(request, view_func, view_args, view_kwargs)
        return HttpResponse(status=401) if led and wants_fragment(cast(Request, request)) else led
