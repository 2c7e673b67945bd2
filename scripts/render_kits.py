"""Drum performances of known tempo on sampled kits, as WAV files and a manifest (path, bpm, style, kit).

    apt-get install hydrogen-drumkits hydrogen-data
    python scripts/render_kits.py FOLDER --count 168 --seed 11

The patterns and the drummer are those of `render_scores.py`; the drums are recordings, of other makes than those of a
sound font. The same seed gives the same performances.
"""

from __future__ import annotations

import argparse
import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from render_scores import Piece
from styles import SHIPPED, read

RATE = 22_050
KITS = Path("/usr/share/hydrogen/data/drumkits")
LONGEST = 3.0  # seconds of one stroke
TAIL = 4.0  # seconds after the end in which strokes may begin: the last bar is played to its end
LOUDNESS = 1.5  # exponent: how much softer a soft stroke is
# Drums of General MIDI, as the makers of kits call them. A drum that a kit lacks is played on the next best one.
CALLED = {
    36: r"kick|bass ?drum|cajon thump|bass$", 38: r"snare|slap|clap hard", 37: r"stick|rim|click|clave",
    42: r"clos|hat cl|hat low|hh 1|maraca|hat 1 cl", 46: r"open|hat op|hat 1 op", 44: r"pedal|hat 1 pd|finger",
    51: r"ride|bell", 49: r"crash|cym", 39: r"clap", 45: r"tom (low|lo|floor)|floor tom|tom$|bongo lo|low tom",
    47: r"tom mid|tom 2|middle tom|bongo hi", 48: r"tom hi|tom 1|high tom|bongo hi", 56: r"bell",
    70: r"maraca|shaker|hat", 54: r"tambourine|hat", 63: r"conga|djembe.*tone|tom|bongo",
}  # fmt: skip
INSTEAD = {47: 45, 48: 45, 44: 42, 51: 42, 46: 42, 49: 46, 70: 42, 54: 42, 56: 42}
SNARE = 38

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layer:
    """A recording of a drum, struck with a force in this range (0..1)."""

    softest: float
    loudest: float
    path: Path


Kit = dict[int, list[list[Layer]]]  # drum of General MIDI -> instruments that may play it


def read_kit(folder: Path) -> Kit:
    """Read a kit of Hydrogen: `drumkit.xml` and the recordings that are there."""
    root = ElementTree.parse(folder / "drumkit.xml").getroot()  # noqa: S314 - from Debian's archive
    instruments = [(_text(one, "name").lower(), _layers(one, folder)) for one in root.iterfind(".//{*}instrument")]
    kit = {}
    for drum, words in CALLED.items():
        found = [layers for name, layers in instruments if layers and re.search(words, name)]
        if found:
            kit[drum] = found
    return kit


def _text(element: ElementTree.Element, name: str, default: str = "") -> str:
    return element.findtext(f"{{*}}{name}") or default


def _layers(instrument: ElementTree.Element, folder: Path) -> list[Layer]:
    parts = [*instrument.iterfind(".//{*}layer"), instrument]  # older kits have one recording and no layers
    layers = [
        Layer(float(_text(one, "min", "0")), float(_text(one, "max", "1")), folder / _text(one, "filename"))
        for one in parts
        if _text(one, "filename")
    ]
    return [layer for layer in layers if layer.path.is_file()]


@cache
def recording(path: Path) -> Sound:
    """One stroke, mono at RATE."""
    planes, rate = soundfile.read(path, always_2d=True, dtype="float32")
    mono: Sound = soxr.resample(planes.mean(axis=1), rate, RATE)
    return mono[: int(LONGEST * RATE)]


def perform(piece: Piece, kit: Kit, seconds: float, rng: np.random.Generator) -> Sound:
    """Play the drums of a piece; for each drum one instrument of the kit is chosen for the whole of it."""
    sound = np.zeros(int((seconds + TAIL) * RATE), np.float32)
    chosen: dict[int, list[Layer]] = {}
    for _, note, start, _, velocity in piece.notes:
        drum = next(one for one in (note, INSTEAD.get(note, SNARE), SNARE) if one in kit)
        if drum not in chosen:
            chosen[drum] = kit[drum][int(rng.integers(len(kit[drum])))]
        force, begin = velocity / 127, int(start * 60 / piece.bpm * RATE)
        layers = [layer for layer in chosen[drum] if layer.softest <= force <= layer.loudest] or chosen[drum]
        stroke = recording(layers[0].path)[: max(0, len(sound) - begin)]
        sound[begin : begin + len(stroke)] += stroke * np.float32(force**LOUDNESS)
    sound = sound[: int(seconds * RATE)]
    return sound / np.float32(max(float(np.abs(sound).max()) * 1.05, 1e-6))


def main() -> None:
    """Write the performances and the manifest, the kits in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=168)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--played", type=float, default=0.75, help="share that people play, 0..1")
    parser.add_argument("--kits", type=Path, default=KITS)
    options = parser.parse_args()
    read_kits = {path.parent.name: read_kit(path.parent) for path in sorted(options.kits.glob("*/drumkit.xml"))}
    kits = [(name, kit) for name, kit in read_kits.items() if {36, SNARE} <= set(kit)]
    if not kits:
        parser.error(
            f"{options.kits} has no kit with bass drum and snare: apt-get install hydrogen-drumkits, or --kits"
        )
    options.folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    styles = [style for style in read(SHIPPED) if style.drums]
    weights = np.array([style.weight for style in styles])
    with (options.folder / "manifest.csv").open("w", newline="") as handle:
        manifest = csv.writer(handle)
        manifest.writerow(["path", "bpm", "style", "kit"])
        for number in range(options.count):
            name, kit = kits[number % len(kits)]
            piece = None
            while piece is None or not piece.notes:  # in some styles all drums may rest
                style = styles[int(rng.choice(len(styles), p=weights / weights.sum()))]
                piece = Piece(style, options.seconds, rng, options.played)
                piece.play_drums()
            wav = f"{number:05d}.wav"
            soundfile.write(options.folder / wav, perform(piece, kit, options.seconds, rng), RATE, subtype="PCM_16")
            manifest.writerow([wav, piece.bpm, piece.style.name, name])


if __name__ == "__main__":
    main()
