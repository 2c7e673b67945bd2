"""The Celery application. Messages are hints: the rows of `Analysis` are the queue."""

from __future__ import annotations

import os

from celery import Celery
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

QUEUES = ("interactive", "ingest", "bulk", "housekeeping")


def application() -> Celery:
    """Celery by the site's settings, without tasks."""
    made = Celery("segue")
    made.config_from_object("django.conf:settings", namespace="CELERY")
    made.conf.task_queues = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
    return made


app = application()
app.autodiscover_tasks(["recommender"])
