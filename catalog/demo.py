"""The demo library: half-minute pieces out of the wheel `immich-memories-music`, for hearing Segue at once.

The pieces were made with ACE-Step 1.5 and are under the MIT licence. Their files carry no tags; folder and file names
say mood and style: `tracks/calm/calm_acoustic_s411.opus`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from accounts.models import User
from catalog import intake
from catalog.intake import Duplicate, Edit, Stored
from catalog.models import Track

ARTIST = "Immich Memories (ACE-Step)"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the pieces."""

    stored: int
    duplicates: int
    refused: int


def add_demo_library(folder: Path, owner: User | None) -> Counts:
    """Add the pieces of the unpacked wheel to the public catalogue; pieces that are there already stay as they are."""
    became: Counter[type] = Counter()
    for path, edit in _pieces(folder):
        with transaction.atomic():
            result = intake.add_track(
                path, original_name=path.name, owner=owner, visibility=Track.Visibility.PUBLIC, urgent=True
            )
            if isinstance(result, Stored):
                intake.edit_track(result.track, edit)
        became[type(result)] += 1
    return Counts(became[Stored], became[Duplicate], became.total() - became[Stored] - became[Duplicate])


def _pieces(folder: Path) -> Iterator[tuple[Path, Edit]]:
    """Files with what their names say, numbered within mood and style."""
    numbers: Counter[tuple[str, str]] = Counter()
    for path in sorted(folder.rglob("*.opus")):
        mood = path.parent.name
        style = path.stem.removeprefix(f"{mood}_").split("_")[0]
        numbers[mood, style] += 1
        title = f"{mood} {style} {numbers[mood, style]}".capitalize()
        yield path, Edit(title=title, artist=ARTIST, album=f"Demo library: {mood}", genre=style)
