"""What people see while the database does not answer or cannot write: that it is not their fault, and not for long."""

from __future__ import annotations

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

RETRY_SECONDS = 30


def reason_of(error: BaseException | None) -> str:
    """What the database said, in one line, if it was the database that failed; else nothing."""
    return " ".join(str(error).split()) if isinstance(error, OperationalError | InterfaceError) else ""


def broken(request: HttpRequest) -> HttpResponse:
    """Answer an error that nobody caught: 503 for one of the database, 500 for one of ours."""
    if not reason_of(sys.exc_info()[1]):
        return server_error(request)
    page = render_to_string("503.html")
    headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
    return HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
