"""Whether the site lives, and whether what it leans on answers."""

from __future__ import annotations

import logging
import socket
from http import HTTPStatus
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

SECONDS = 1.5  # a probe must not hang on a frozen server
MILVUS_PORTS = {"https": 443, "http": 19530, "tcp": 19530}


@login_not_required
@never_cache
@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """The process answers; it asks nobody else."""
    return HttpResponse("live", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """What the site leans on, part by part.

    Only a missing database makes the answer 503: without a broker uploads wait, without an index the exact search
    answers, and neither is a reason to take the site away from people.
    """
    wrong = {"database": _database(), "broker": broker(), "index": index()}
    for name, problem in wrong.items():
        if problem:
            log.warning("the %s does not answer: %s", name, problem)
    told = {name: "no answer" if problem else "ok" for name, problem in wrong.items()}
    status = HTTPStatus.SERVICE_UNAVAILABLE if wrong["database"] else HTTPStatus.OK
    return JsonResponse({"ready": not any(wrong.values()), **told}, status=status)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return _in_one_line(error)
    return ""


def broker() -> str:
    """What is wrong with the broker; empty when it answers."""
    try:
        with redis.Redis.from_url(
            settings.CELERY_BROKER_URL,
            socket_timeout=SECONDS,
            socket_connect_timeout=SECONDS,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return _in_one_line(error)
    return ""


def index() -> str:
    """What is wrong with the index; empty when somebody listens.

    To ask Milvus itself would load its client, two seconds and 130 MB.
    """
    address = urlsplit(settings.MILVUS_URI)
    if not address.hostname:
        return "nobody has said where it is"
    port = address.port or MILVUS_PORTS[address.scheme]
    try:
        socket.create_connection((address.hostname, port), SECONDS).close()
    except OSError as error:
        return f"{address.hostname}:{port}: {_in_one_line(error)}"
    return ""


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())
