"""What stops a start."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config.supervisor import ground

pytestmark = pytest.mark.django_db


def test_a_database_of_a_newer_version_is_refused_by_name() -> None:
    MigrationRecorder(connection).record_applied("catalog", "9001_from_tomorrow")
    for start in (lambda: call_command("migrate", verbosity=0, skip_checks=False), lambda: ground.tables(print)):
        with pytest.raises(CommandError, match=r"(?s)segue\.E004.*newer version.*catalog\.9001_from_tomorrow.*backup"):
            start()


def test_what_another_application_left_behind_is_no_obstacle() -> None:
    MigrationRecorder(connection).record_applied("gone_with_its_package", "0001_initial")
    ground.tables(print)
