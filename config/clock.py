"""The application of the clock: it sends names, so it loads no task, and nothing of what tasks need."""

from __future__ import annotations

from config.celery import application

app = application()
