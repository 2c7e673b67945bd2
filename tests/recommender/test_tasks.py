"""What runs by the clock, and that it does what its name says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings as site

from catalog import janitor
from recommender import tasks
from tests.processes import ROOT, site_environment


def test_everything_in_the_schedule_is_a_task_on_a_queue_that_exists() -> None:
    from config.celery import QUEUES

    for entry in site.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in current_app.tasks
        assert entry["options"]["queue"] in QUEUES


@pytest.mark.django_db
def test_the_hourly_sweep_removes_what_was_never_finished(settings: object, tmp_path: Path) -> None:
    settings.MEDIA_DIR = tmp_path
    stale, fresh = tmp_path / "incoming" / "stale.part", tmp_path / "incoming" / "fresh.part"
    for path in (stale, fresh):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    long_ago = stale.stat().st_mtime - janitor.ABANDONED - 60
    os.utime(stale, (long_ago, long_ago))
    tasks.sweep_store()
    assert (stale.exists(), fresh.exists()) == (False, True)


def test_bodies_of_large_requests_wait_on_the_media_volume(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import config.asgi, tempfile; print(tempfile.gettempdir())"],
        cwd=ROOT,
        env=site_environment(tmp_path),
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert Path(told.stdout.strip()) == tmp_path / "media" / "incoming"
