"""What must be in place before the site starts: folders, tables, static files, the encoder's weights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import Tags
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from config import staticfiles


def folders() -> None:
    """Make the folders of the data directory; what lies in it is nobody else's business."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    if not settings.X_ACCEL_REDIRECT:  # a web server under another user reads the music
        settings.DATA_DIR.chmod(0o700)  # sessions and private music lie in it
    for name in ("run", "logs", "cache/numba", "index"):
        folder = settings.DATA_DIR / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)


def tables(say: Callable[[str], None]) -> None:
    """Bring the database up to date. Raises SystemCheckError when a newer Segue has changed it."""
    connection = connections[DEFAULT_DB_ALIAS]
    call_command("check", tags=[Tags.database], databases=[DEFAULT_DB_ALIAS], stdout=StringIO())
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"bringing the database up to date ({len(plan)} steps)")
        call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()  # a child must not inherit an open database


def static_files(say: Callable[[str], None]) -> None:
    """Collect static files when they changed since the last time."""
    if settings.DEBUG:
        return
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    state = _state_of_static_files()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return
    say("collecting static files")
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(state, encoding="utf-8")


def weights(say: Callable[[str], None]) -> None:
    """Fetch the encoder's weights when they are missing. Without a network the site runs and analyses later."""
    if not any(settings.MODELS_DIR.glob("*.safetensors")):
        say("fetching the encoder's weights")
    try:
        call_command("fetch_models", stdout=StringIO())
    except CommandError as error:
        say(f"the encoder's weights are missing: {error} Tracks wait until `manage.py fetch_models` succeeds.")


def _state_of_static_files() -> str:
    digest = hashlib.sha256(django.__version__.encode())
    digest.update(Path(staticfiles.__file__).read_bytes())  # how they are put together
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
