"""A wrong setting stops the start, with an id and a hint, instead of surprising somebody later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.migrations.loader import MigrationLoader


@register()
def environment(**_kwargs: Any) -> list[CheckMessage]:
    """Report every environment variable that could not be understood."""
    return [
        Error(f"{name}: {problem}", hint=f"{mend} (docs/settings.md explains {name})", id="segue.E001")
        for name, problem, mend in settings.ENV.problems
    ]


@register(Tags.database)
def database_is_not_newer(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """Refuse a database that a newer Segue has changed: this one would write rows that lack something."""
    return [
        Error(
            f"DATABASE_URL: a newer version of Segue has changed this database ({', '.join(unknown)})",
            hint="start that version again, or restore the backup from before the upgrade (docs/deployment.md)",
            id="segue.E004",
        )
        for alias in databases or ()
        if (unknown := _steps_of_others(alias))
    ]


def _steps_of_others(alias: str) -> list[str]:
    loader = MigrationLoader(connections[alias], ignore_no_migrations=True)
    ours = {config.label for config in apps.get_app_configs()}
    known = {*loader.disk_migrations, *(old for one in loader.disk_migrations.values() for old in one.replaces)}
    return sorted(f"{app}.{name}" for app, name in set(loader.applied_migrations or ()) - known if app in ours)
