"""`manage.py storage_janitor`: remove files that no track refers to."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from catalog import janitor


class Command(BaseCommand):
    help = "Remove stored files and covers that no track refers to, and uploads that were never finished."

    def handle(self, *_args: Any, **_options: Any) -> None:
        swept = janitor.sweep()
        self.stdout.write(f"{swept.files} files, {swept.covers} covers, {swept.incoming} unfinished uploads removed")
