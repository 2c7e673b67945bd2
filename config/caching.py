"""Who may keep a copy of a page: the browser that it was made for, and it asks again before it shows that copy."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

USUAL = "private, no-cache"  # "no-store" would also forbid going back at once


class PrivatePagesMiddleware(MiddlewareMixin):
    """Says so in a header of every answer that has no rule of its own, so that no proxy hands it to somebody else."""

    def process_response(self, _request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header."""
        response.headers.setdefault("Cache-Control", USUAL)
        return response
