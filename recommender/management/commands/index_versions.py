"""`manage.py index_versions`: which there are, which one answers, and the way to another."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from recommender import index_versions, wakeups
from recommender.errors import IndexUnavailable
from recommender.models import IndexVersion


class Command(BaseCommand):
    help = "List the versions of the vector index, let another one answer, or drop one that is not needed any more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--activate", metavar="COLLECTION", help="let this version answer from now on")
        parser.add_argument(
            "--retire", metavar="COLLECTION", help="drop this version; it must not be the one that answers"
        )

    def handle(self, *, activate: str | None, retire: str | None, **_options: Any) -> None:
        try:
            if activate:
                index_versions.activate(_named(activate))
                wakeups.wake_index()
            if retire:
                index_versions.retire(_named(retire))
        except (index_versions.NotCovered, ValueError) as error:
            raise CommandError(str(error)) from error
        except IndexUnavailable as error:
            raise CommandError(f"the vector index does not answer: {error}") from error
        for version in index_versions.live():
            self.stdout.write(_line(version))


def _named(collection: str) -> IndexVersion:
    found = next((one for one in index_versions.live() if one.collection == collection), None)
    if found is None:
        known = ", ".join(one.collection for one in index_versions.live()) or "none"
        raise CommandError(f"no index version is called {collection!r}; there are: {known}")
    return found


def _line(version: IndexVersion) -> str:
    held = version.vectors.filter(removed=False).count()
    waiting = version.vectors.filter(indexed_at=None).count()
    statistics = index_versions.statistics_told(version)
    line = f"{version.collection:28} {version.state:9} {held:8} tracks, {waiting} to send, statistics {statistics}"
    if version.partial_since is not None:
        line += ", filled again after a loss"
    return line if version.moods_after is None else f"{line}, moods are being said anew"
