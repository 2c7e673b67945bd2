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
        if settings.X_ACCEL_REDIRECT or settings.TRUSTED_PROXIES:
            self._believe_proxy(request)
        return None

    def _believe_proxy(self, request: HttpRequest) -> None:
        """Take the address that the last proxy which we do not know of saw: what stands left of it may be made up.

        Otherwise all people would share the proxy's own address, and wrong passwords of one would lock out everybody.
        With SEGUE_X_ACCEL only nginx can reach us, so whoever asks is the proxy.
        """
        chain = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",")]
        seen = request.META.get("REMOTE_ADDR", "")
        believed = settings.X_ACCEL_REDIRECT or _is_proxy(seen)
        while believed and chain:
            seen = chain.pop()
            believed = _is_proxy(seen)
        try:
            request.META["REMOTE_ADDR"] = str(ip_address(seen))
        except ValueError:
            return


def _is_proxy(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in settings.TRUSTED_PROXIES)
