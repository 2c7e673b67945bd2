"""`manage.py setup_link`: where the first administrator is made."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.management.base import BaseCommand
from django.urls import reverse

from accounts import setup


class Command(BaseCommand):
    help = "Print the link with which the first visitor becomes the administrator."

    def handle(self, *_args: Any, **_options: Any) -> None:
        token = setup.current_token()
        if token is None:
            self.stdout.write("There is an administrator already. `manage.py changepassword NAME` sets a new password.")
        else:
            self.stdout.write(f"{reverse('setup')}?{urlencode({'token': token})}")
