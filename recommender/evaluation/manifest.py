"""Truth about recordings, from a CSV with a `path` column and any of the columns below."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation import keys, words

LABELS = ("artist", "album", "group", "style", "mood")
SHOWN = 8  # words of a remark
MOODS = ("valence", "arousal", "joy", "sadness", "calm", "tenderness", "tension", "power")


class ManifestError(ValueError):
    """The CSV cannot be used; the message says which line and what to do."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One row: a file and what is known about it. Unknown is "" or None.

    Without any mood column, a `mood` word gives valence and arousal.
    """

    path: Path
    labels: dict[str, str]
    bpm: float | None = None
    key: str = ""
    moods: dict[str, float] = field(default_factory=dict)


def read(path: Path) -> list[Recording]:
    """Read a manifest; paths in it are relative to the CSV.

    Raises ManifestError when the file, its `path` column, a number or every single named file is unusable.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            rows = [
                {(name or "").strip().lower(): cell for name, cell in row.items()} for row in csv.DictReader(handle)
            ]
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path} is no text in UTF-8 (byte {error.start}); save it as CSV in UTF-8") from error
    except (OSError, csv.Error) as error:
        raise ManifestError(f"cannot read {path}: {error}") from error
    if not rows or "path" not in rows[0]:
        raise ManifestError(_no_path(path, list(rows[0]) if rows else []))
    found = [_recording(row, path, number) for number, row in enumerate(rows, start=2)]
    if not any(one.path.is_file() for one in found):
        raise ManifestError(f"none of the files named in {path} exists, the first is {found[0].path}")
    return found


def labels(recordings: Sequence[Recording], name: str) -> NDArray[np.int64]:
    """One number per recording, equal for equal labels, -1 for unknown [shape=(n,)]."""
    known = sorted({one.labels[name] for one in recordings if one.labels.get(name)})
    codes = {value: code for code, value in enumerate(known)}
    return np.array([codes.get(one.labels.get(name, ""), -1) for one in recordings], np.int64)


def column(recordings: Sequence[Recording], name: str) -> NDArray[np.float64]:
    """A mood column or "bpm", NaN where unknown [shape=(n,)]."""
    values = [one.bpm if name == "bpm" else one.moods.get(name) for one in recordings]
    return np.array([np.nan if value is None else value for value in values], np.float64)


def remarks(recordings: Sequence[Recording]) -> list[str]:
    """What a manifest says that means nothing here, one sentence each."""
    unplaced = {one.labels["mood"] for one in recordings if one.labels["mood"] and not one.moods}
    no_keys = {one.key for one in recordings if one.key and keys.parse(one.key) is None}
    found = {
        "mood words without a place on valence and arousal, which count as labels alone": unplaced,
        "keys that cannot be read, which are left out": no_keys,
    }
    return [f"{what}: {', '.join(sorted(which)[:SHOWN])}" for what, which in found.items() if which]


def _no_path(path: Path, columns: Sequence[str]) -> str:
    separator = next((sign for sign in (";", "\t", "|") if any(sign in name for name in columns)), "")
    if separator:
        return f"{path}: columns are separated by commas, not by {separator!r}"
    return f"{path} has no rows or no column named path; the first line must name the columns"


def _recording(row: dict[str, str | None], path: Path, number: int) -> Recording:
    def text(name: str) -> str:
        return (row.get(name) or "").strip()

    def value(name: str) -> float | None:
        if not text(name):
            return None
        try:
            found = float(text(name))
        except ValueError as error:
            raise ManifestError(f"{path}, line {number}: {name} is {text(name)!r}, not a number") from error
        if np.isinf(found) or (name == "bpm" and found <= 0):
            raise ManifestError(f"{path}, line {number}: {name} cannot be {text(name)}; leave out what is not known")
        return None if np.isnan(found) else found

    if not text("path"):
        raise ManifestError(f"{path}, line {number}: path is empty")
    moods = {name: found for name in MOODS if (found := value(name)) is not None}
    labels = {name: text(name) for name in LABELS}
    labels["mood"] = labels["mood"].lower()
    return Recording(
        path=(path.parent / text("path")).resolve(),
        labels=labels,
        bpm=value("bpm"),
        key=text("key"),
        moods=moods or words.place(labels["mood"]),
    )
