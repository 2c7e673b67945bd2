"""Who guesses passwords is stopped, and nobody can lock somebody else out.

Axes counts wrong passwords in the database, by name and address together. That alone lets one address try many names,
and many addresses one name; so both are counted as well. These counts would let strangers, or somebody behind the same
router, lock a person out: they do not hold for devices on which that person has signed in before, which carry a signed
cookie.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import login
from django.core import signing
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.models import User

ADDRESS_LIMIT, NAME_LIMIT = 50, 100  # wrong passwords within AXES_COOLOFF_TIME
COOKIE, SALT = "segue_known", "accounts.lockout"
COOKIE_AGE = 365 * 24 * 3600
MOST_PEOPLE = 5  # who share one browser
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"  # axes' own only refuses: it signs nobody in


class LockOut(AxesDatabaseHandler):
    """Axes's own handler, with two more counts."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether this attempt is not even looked at."""
        if super().is_locked(request, credentials):
            return True
        name = get_client_username(request, credentials) or ""
        if is_known(request, name):
            return False
        recent = AccessAttempt.objects.filter(attempt_time__gte=get_cool_off_threshold(request))
        if _failures(recent.filter(ip_address=request.axes_ip_address)) >= ADDRESS_LIMIT:  # type: ignore[attr-defined]
            return True
        return _failures(recent.filter(username=name)) >= NAME_LIMIT


def locked(request: HttpRequest, _response: HttpResponse | None, _credentials: object = None) -> HttpResponse:
    """Say that no sign-in is taken, and when to come back. Template accounts/locked.html."""
    response = render(request, "accounts/locked.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME * 3600))
    return response


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let this browser carry that the person has proved here who they are."""
    people = [user.pk, *(known for known in _people(request) if known != user.pk)][:MOST_PEOPLE]
    response.set_cookie(
        COOKIE,
        signing.dumps(people, salt=SALT),
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def let_in(request: HttpRequest, user: User) -> HttpResponse:
    """Sign in somebody who has just set a password, know this browser again, and go home."""
    login(request, user, backend=MODEL_BACKEND)
    response = redirect("home")
    remember(request, response, user)
    return response


def is_known(request: HttpRequest, name: str) -> bool:
    """Whether the person of that name has signed in on this browser before."""
    people = _people(request)
    return bool(people) and User.objects.filter(username=name, pk__in=people).exists()


def _people(request: HttpRequest) -> list[int]:
    try:
        return list(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_AGE))
    except signing.BadSignature:
        return []


def _failures(attempts: QuerySet[AccessAttempt]) -> int:
    return attempts.aggregate(total=Sum("failures_since_start"))["total"] or 0
