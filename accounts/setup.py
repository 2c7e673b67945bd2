"""The first visit: whoever runs the server reads a link in its output, and makes themselves the administrator.

There is no default password. The link carries a token that lies in the data folder, readable by the server's own user
only, and works until the first administrator exists.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts.models import User

BYTES = 32


class AlreadySetUp(Exception):
    """There is an administrator, or somebody was faster with the same link."""


def is_needed() -> bool:
    """Whether there is nobody yet who could let others in."""
    return not User.objects.filter(is_superuser=True, is_active=True).exists()


def current_token() -> str | None:
    """The token of the set-up link, made at the first call; None once there is an administrator."""
    if not is_needed():
        _path().unlink(missing_ok=True)
        return None
    if (token := _read()) is not None:
        return token
    _write_once(secrets.token_urlsafe(BYTES))
    return _read()


def is_current(token: str) -> bool:
    """Whether this is the token of the set-up link, compared in constant time."""
    expected = current_token()
    return expected is not None and bool(token) and constant_time_compare(token, expected)


def create_administrator(username: str, password: str) -> User:
    """Use the link up and make the administrator. Raises AlreadySetUp when somebody else has done so."""
    with transaction.atomic():
        if not is_needed():
            raise AlreadySetUp
        try:
            _path().unlink()  # of two at the same time, one only gets past here
        except FileNotFoundError as error:
            raise AlreadySetUp from error
        return User.objects.create_superuser(username, password=password)


def _path() -> Path:
    return Path(settings.DATA_DIR) / "setup_token"


def _read() -> str | None:
    try:
        return _path().read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def _write_once(token: str) -> None:
    """Write the file whole or not at all; if another process was faster, its token stays."""
    folder = _path().parent
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".setup_token-")  # mode 0600
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(token)
        _path().hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
