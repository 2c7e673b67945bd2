"""The Celery application. Messages are hints: the rows of `Analysis` are the queue."""

from __future__ import annotations

import os

from celery import Celery
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("segue")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue(name) for name in ("interactive", "ingest", "bulk", "housekeeping")]
app.autodiscover_tasks(["recommender"])
