"""Sweeps the store: files that no row refers to, and uploads that were never finished.

It may run beside an intake of the very same file. An intake puts the file in place, young, before it writes the row; so
only what is old goes, and a file is moved aside first and looked at once more, because it may have become young or
wanted in the meantime.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from django.conf import settings

from catalog import storage
from catalog.models import Rendition, Track

log = logging.getLogger(__name__)

GRACE = 3600.0  # seconds; the longest transaction of an intake takes a few
ABANDONED = 24 * 3600.0  # seconds since the last byte arrived
BATCH = 500

Wanted = Callable[[Iterable[Path]], set[Path]]


@dataclass(frozen=True, slots=True)
class Swept:
    """How many files went."""

    files: int
    covers: int
    incoming: int


def sweep(*, grace: float = GRACE, abandoned: float = ABANDONED) -> Swept:
    """Remove files and covers that no track refers to and that are older than `grace` seconds, and stale uploads."""
    swept = Swept(
        files=_sweep_store("files", _wanted_files, grace),
        covers=_sweep_store("covers", _wanted_covers, grace),
        incoming=_sweep_incoming(abandoned),
    )
    log.info("removed %d files, %d covers, %d unfinished uploads", swept.files, swept.covers, swept.incoming)
    return swept


def _wanted_files(paths: Iterable[Path]) -> set[Path]:
    names = {path.stem for path in paths}
    rows = Track.objects.filter(sha256__in=names).values_list("sha256", "extension")
    made = Rendition.objects.filter(sha256__in=names).values_list("sha256", "extension")
    return {storage.path_of(sha256, extension) for sha256, extension in chain(rows, made)}


def _wanted_covers(paths: Iterable[Path]) -> set[Path]:
    by_cover = {path: path.stem.split("-")[0] for path in paths}
    known = set(Track.objects.filter(cover__in=set(by_cover.values())).values_list("cover", flat=True))
    return {path for path, cover in by_cover.items() if cover in known}


def _sweep_store(kind: str, wanted: Wanted, grace: float) -> int:
    removed = 0
    old = (path for path in _files_below(Path(settings.MEDIA_DIR, kind)) if _age(path) > grace)
    while batch := list(islice(old, BATCH)):
        kept = wanted(batch)
        removed += sum(_remove(path, wanted, grace) for path in batch if path not in kept)
    return removed


def _remove(path: Path, wanted: Wanted, grace: float) -> bool:
    aside = storage.incoming_folder() / f"{path.name}.aside"
    aside.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        path.rename(aside)
        if unwanted := _age(aside) > grace and path not in wanted([path]):
            log.info("nobody refers to %s", path.name)
        else:
            with suppress(FileExistsError):  # an intake was faster: its copy stays
                os.link(aside, path)
        aside.unlink()
        return unwanted
    return False


def _sweep_incoming(abandoned: float) -> int:
    removed = 0
    for path in _files_below(storage.incoming_folder()):
        if _age(path) > abandoned:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _age(path: Path) -> float:
    """Seconds since the last change; a file that is gone meanwhile counts as new."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
