"""Pages travel compressed; sound never does."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED = frozenset({"text/html", "text/plain", "application/json", "application/xml"})


class PageGZipMiddleware(GZipMiddleware):
    """Django's own, which pads against BREACH, for whole text answers only: a range of a file must stay that range."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress what is text and complete."""
        kind = response.get("Content-Type", "").partition(";")[0].strip().lower()
        if response.streaming or response.status_code == 206 or kind not in COMPRESSED:
            return response
        return super().process_response(request, response)
