"""The styles of styles.toml or another file, as `render_scores.py` plays them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).with_suffix(".toml")
SILENT = ("",)


@dataclass(frozen=True)
class Style:
    """What is played and how fast; styles.toml explains the fields."""

    name: str
    slow: float
    fast: float
    beats: int  # in a bar
    drums: dict[str, tuple[str, ...]]
    bass: tuple[str, ...] = SILENT
    chords: tuple[str, ...] = SILENT
    melody: tuple[str, ...] = SILENT
    swing: float = 0.0
    kits: tuple[int, ...] = (0, 8, 16)
    bass_programs: tuple[int, ...] = (33, 34, 35)
    chord_programs: tuple[int, ...] = (0, 4, 25, 27)
    melody_programs: tuple[int, ...] = (0, 24, 65, 73, 80)
    weight: float = 1.0
    drumless: float = 0.1


def _read(entry: dict[str, Any]) -> Style:
    drums = {name: tuple(patterns) for name, patterns in entry.pop("drums", {}).items()}
    frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    return Style(drums=drums, **frozen)


def read(path: Path = SHIPPED) -> tuple[Style, ...]:
    """All styles of a file."""
    return tuple(_read(entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["style"])
