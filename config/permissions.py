"""What pages may ask of the device: the microphone, for a clip, and nothing else."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

# On every page, because links replace <main> only: the policy that counts is that of the page somebody began with.
POLICY = "microphone=(self), camera=(), geolocation=(), display-capture=(), payment=(), usb=(), midi=()"


class PermissionsPolicyMiddleware(MiddlewareMixin):
    """Says so in a header of every answer."""

    def process_response(self, _request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the header."""
        response.headers.setdefault("Permissions-Policy", POLICY)
        return response
