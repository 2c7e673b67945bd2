"""`manage.py setup_link`: where the first administrator is made."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from accounts import setup


class Command(BaseCommand):
    help = "Print the link with which the first visitor becomes the administrator."

    def handle(self, *_args: Any, **_options: Any) -> None:
        already = "There is an administrator already. `manage.py changepassword NAME` sets a new password."
        self.stdout.write(setup.link() or already)
