"""What stands before everything else: requests that no browser sends, and who it is that asks."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.deprecation import MiddlewareMixin


class DoorMiddleware(MiddlewareMixin):
    """Turn NUL characters away, and believe the proxy about where people come from."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        """Answer 400 to a NUL: forms refuse it in what people type, but PostgreSQL raises for one in an address."""
        asked = request.path_info, request.META.get("QUERY_STRING", ""), *request.COOKIES.values()
        if any("\0" in text or "%00" in text for text in asked):
            return HttpResponseBadRequest("There is a character in this address that cannot be there.")
        if settings.X_ACCEL_REDIRECT:
            self._believe_proxy(request)
        return None

    def _believe_proxy(self, request: HttpRequest) -> None:
        """Only nginx can reach us then, and deploy/nginx.conf overwrites the header with the address that it sees.

        Otherwise all people would share nginx's own address, and ten wrong passwords of one would lock out everybody.
        """
        try:
            request.META["REMOTE_ADDR"] = str(ip_address(request.headers.get("X-Forwarded-For", "").strip()))
        except ValueError:
            return
