"""`manage.py import_folder PATH`: take a folder of music in."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from catalog import formats, intake
from catalog.intake import Duplicate, Refused, Stored
from catalog.models import Track

STEP = 100  # files between two lines of progress


class Command(BaseCommand):
    help = "Take every sound file below a folder into the catalogue. Files are copied; the folder stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a folder, or one file")
        parser.add_argument("--owner", metavar="NAME", help="whose tracks they are; needed with --private")
        parser.add_argument("--private", action="store_true", help="only the owner may hear them")

    def handle(self, *_args: Any, path: Path, owner: str | None, private: bool, **_options: Any) -> None:
        if not path.exists():
            raise CommandError(f"{path} does not exist. Name a folder with music in it.")
        if private and not owner:
            raise CommandError("--private needs --owner NAME: somebody must be able to hear the tracks.")
        person = _person(owner) if owner else None
        visibility = Track.Visibility.PRIVATE if private else Track.Visibility.PUBLIC
        counts = self._take_in(path, person, visibility)
        self.stdout.write(
            f"{counts['stored']} stored, {counts['duplicate']} already there, {counts['refused']} refused"
        )
        if counts["refused"]:
            raise SystemExit(1)

    def _take_in(self, path: Path, owner: User | None, visibility: Track.Visibility) -> Counter[str]:
        counts: Counter[str] = Counter()
        for file in formats.sound_files(path):
            result = intake.add_track(
                file, original_name=file.name, owner=owner, visibility=visibility, urgent=False, unlimited=True
            )
            match result:
                case Stored():
                    counts["stored"] += 1
                case Duplicate(track):
                    counts["duplicate"] += 1
                    self.stdout.write(f"already there: {file} is track {track.pk}, {track}")
                case Refused(code, message):
                    counts["refused"] += 1
                    self.stderr.write(f"refused ({code}): {file}: {message}")
            if counts.total() % STEP == 0:
                self.stdout.write(f"{counts.total()} files so far")
        return counts


def _person(name: str) -> User:
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist as error:
        raise CommandError(f"There is nobody called {name!r}. Create the account first.") from error
