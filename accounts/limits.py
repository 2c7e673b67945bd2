"""Counting how often one person does what is costly, in Django's cache: each web process counts for itself.

Which requests have a limit stands in config/limits.py. Passwords have a guard of their own (accounts.lockout).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from django.core.cache import cache
from django.http import HttpRequest

from accounts.addresses import network_of

MINUTE, QUARTER, HOUR = 60, 900, 3600
CHANGES = frozenset({"POST"})


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` requests with these methods in a window of so many seconds."""

    times: int
    seconds: int
    methods: frozenset[str] = CHANGES


def count(key: str, limit: Limit) -> int:
    """Count one more; returns the seconds to wait, 0 when it is within the limit."""
    name = _window(key, limit)
    cache.add(name, 0, limit.seconds)
    try:
        counted = cache.incr(name)
    except ValueError:  # it ended, or was pushed out, between the two calls
        return 0
    return _left(limit) if counted > limit.times else 0


def wait_of(key: str, limit: Limit) -> int:
    """The seconds to wait for one more, without counting; 0 when it would be within the limit."""
    return _left(limit) if cache.get(_window(key, limit), 0) >= limit.times else 0


def person(request: HttpRequest) -> str:
    """Who it is that counts: the account, or the address of who is not signed in."""
    user = getattr(request, "user", None)
    return f"user{user.pk}" if user is not None and user.is_authenticated else network_of(request)


def _window(key: str, limit: Limit) -> str:
    return f"limit:{key}:{int(time.time() // limit.seconds)}"


def _left(limit: Limit) -> int:
    return math.ceil(limit.seconds - time.time() % limit.seconds)
