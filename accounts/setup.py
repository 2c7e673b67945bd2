"""The first visit: whoever runs the server reads a link in its output, and makes themselves the administrator.

There is no default password. The link carries a token that lies in the data folder, readable by the server's own user
only, and works until the first administrator exists.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from accounts import secret_file
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
    try:
        return secret_file.read_or_make(_path(), BYTES)
    except FileNotFoundError:  # somebody has become the administrator at this moment
        return None


def link() -> str | None:
    """The address at which the first administrator is made, without the site's; None once there is one."""
    token = current_token()
    return None if token is None else f"{reverse('setup')}?{urlencode({'token': token})}"


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
