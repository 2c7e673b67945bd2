"""Render pieces in many styles whose tempo and key are known, as WAV files and a manifest (path, bpm, style, key).

    apt-get install fluidsynth fluid-soundfont-gm timgm6mb-soundfont
    python scripts/render_scores.py FOLDER --count 1500 --soundfont /usr/share/sounds/sf2/FluidR3_GM.sf2
    python scripts/render_scores.py FOLDER --count 120 --styles scripts/dances.toml

The same seed gives the same pieces. What they are for: `manage.py train_octave` and `scripts/score_tempo.py`.
"""

from __future__ import annotations

import argparse
import csv
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from drummer import Drummer
from styles import SHIPPED, Style, read

TICKS = 480  # per beat
DRUM_CHANNEL = 9
DRUMS = {"kick": 36, "snare": 38, "rim": 37, "hat": 42, "open": 46, "pedal": 44, "ride": 51, "crash": 49, "clap": 39,
         "tom": 45, "bell": 56, "shaker": 70, "tambourine": 54, "conga": 63}  # fmt: skip
MAJOR_SCALE, MINOR_SCALE = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
PROGRESSIONS = {
    "major": ((0, 3, 4, 0), (0, 4, 5, 3), (0, 5, 3, 4), (0, 5, 1, 4), (0, 0, 3, 4), (0, 3, 0, 4)),
    "minor": ((0, 5, 2, 6), (0, 3, 4, 0), (0, 6, 5, 4), (0, 3, 6, 2), (0, 0, 3, 4), (0, 5, 3, 4)),
}
NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

Note = tuple[int, int, float, float, int]  # channel, pitch, start in beats, length in beats, velocity


def _strokes(pattern: str, beats: int, swing: float) -> list[tuple[float, float]]:
    """Place in beats and loudness 0..1 of every stroke of a bar."""
    per_beat = len(pattern) // beats if pattern else 1
    strokes = []
    for step, stroke in enumerate(pattern):
        if stroke == ".":
            continue
        beat, part = divmod(step, per_beat)
        late = swing / 6 if per_beat == 4 and part == 2 else 0.0  # the off-beat eighth leans back
        strokes.append((beat + part / per_beat + late, 1.0 if stroke == "x" else 0.6))
    return strokes


class Piece:
    """One random piece of a style: choices made once, then repeated with small changes as people play."""

    def __init__(self, style: Style, seconds: float, rng: np.random.Generator, played: float = 0.0) -> None:
        self.style, self.rng = style, rng
        self.bpm = float(np.round(np.exp(rng.uniform(np.log(style.slow), np.log(style.fast))), 1))
        self.bars = int(np.ceil(seconds * self.bpm / 60 / style.beats)) + 1
        self.tonic, self.mode = int(rng.integers(12)), str(rng.choice(["major", "minor"]))
        self.played = rng.random() < played
        self.drummer = (Drummer.person if self.played else Drummer.machine)(rng, self.bpm)
        self.swing = self._feel()
        self.notes: list[Note] = []
        self.programs = {0: self._pick(style.bass_programs), 1: self._pick(style.chord_programs),
                         2: self._pick(style.melody_programs), DRUM_CHANNEL: self._pick(style.kits)}  # fmt: skip

    def _pick(self, options: tuple) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def play(self) -> Piece:
        """Write all notes."""
        with_drums = self.style.drums and self.rng.random() >= self.style.drumless
        only_drums = bool(with_drums) and self.rng.random() < (0.7 if self.played else 0.3)
        if with_drums:
            self.play_drums()
        if not only_drums:
            self._play_band()
        return self

    def _feel(self) -> float:
        """People swing more or less than is written, and some swing what is written straight."""
        swing = self.style.swing
        if not self.played:
            return swing
        return float(np.clip(swing + self.rng.normal() * 0.15, 0, 1)) if swing or self.rng.random() < 0.2 else 0.0

    def _add(
        self, channel: int, pitch: int, bar: int, place: float, length: float, loudness: float, player: str = "band"
    ) -> None:
        start = bar * self.style.beats + place
        start += self.drummer.late(player, start)
        velocity = int(np.clip((loudness + self.rng.normal() * self.drummer.accents) * 100, 15, 127))
        self.notes.append((channel, pitch, max(0.0, start), length, velocity))

    def play_drums(self) -> None:
        """Write the notes of the drums alone."""
        style, drummer = self.style, self.drummer
        chosen = [{name: self._pick(options) for name, options in style.drums.items()} for _ in range(2)]
        for bar in range(self.bars):
            fill = drummer.fill_every and bar % drummer.fill_every == drummer.fill_every - 1
            taken: set[float] = set()
            for name, pattern in chosen[self.played and bar % 8 >= 4].items():  # people have a second idea
                for place, loudness in _strokes(pattern, style.beats, self.swing):
                    over = fill and place >= style.beats - drummer.fill_beats and name != "kick"
                    if over or self.rng.random() < drummer.dropped:
                        continue
                    taken.add(place)
                    self._add(DRUM_CHANNEL, DRUMS[name], bar, place, 0.2, loudness, name)
            for place in drummer.ghost_places(style.beats, 4, taken) if drummer.ghosts and not self.swing else ():
                self._add(DRUM_CHANNEL, DRUMS["snare"], bar, place, 0.2, 0.3, "snare")
            for place, drum, loudness in drummer.fill(style.beats) if fill else ():
                self._add(DRUM_CHANNEL, drum, bar, place, 0.2, loudness, "snare")

    def _play_band(self) -> None:
        style, rng = self.style, self.rng
        bass, chords = self._pick(style.bass), self._pick(style.chords)
        melodies = [self._pick(style.melody) for _ in range(4)]
        if not (bass or chords or any(melodies)):
            chords = "x" + "." * (4 * style.beats - 1)
        progression = self._pick(PROGRESSIONS[self.mode])
        held = int(rng.choice([1, 1, 2])) if self.bpm > 110 else 1
        degree = 0
        for bar in range(self.bars):
            root = progression[bar // held % 4]
            for place, loudness in _strokes(bass, style.beats, self.swing):
                pitch = self._pitch(root + int(rng.choice([0, 0, 0, 4, 2])), 36)
                self._add(0, pitch, bar, place, 0.45, loudness * 0.9)
            self._play_chords(chords, root, bar)
            for place, loudness in _strokes(melodies[bar % 4], style.beats, self.swing):
                degree = int(np.clip(degree + rng.integers(-2, 3), -4, 9))
                on_chord = root + int(rng.choice([0, 2, 4])) if place % 1 == 0 else degree
                self._add(2, self._pitch(on_chord, 72), bar, place, 0.6, loudness * 0.9)

    def _play_chords(self, pattern: str, root: int, bar: int) -> None:
        strokes = _strokes(pattern, self.style.beats, self.swing)
        broken = "o" in pattern
        for number, (place, loudness) in enumerate(strokes):
            length = self.style.beats * 0.95 if len(strokes) == 1 else 0.5
            for third in (number % 3,) if broken else (0, 1, 2):
                self._add(1, self._pitch(root + 2 * third, 60), bar, place, length, loudness * 0.7)

    def _pitch(self, degree: int, base: int) -> int:
        scale = MAJOR_SCALE if self.mode == "major" else MINOR_SCALE
        octave, step = divmod(degree, 7)
        raised = 1 if self.mode == "minor" and step == 6 and self.rng.random() < 0.4 else 0  # the leading note
        return base + (self.tonic + 6) % 12 - 6 + 12 * octave + scale[step] + raised


def _varint(number: int) -> bytes:
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))


def midi(notes: list[Note], programs: dict[int, int], bpm: float) -> bytes:
    """A standard MIDI file, format 0."""
    events = [(0, b"\xff\x51\x03" + round(60e6 / bpm).to_bytes(3, "big"))]
    events += [(0, bytes([0xC0 | channel, program])) for channel, program in programs.items()]
    for channel, pitch, start, length, velocity in notes:
        events.append((round(start * TICKS), bytes([0x90 | channel, pitch, velocity])))
        events.append((round((start + length) * TICKS), bytes([0x80 | channel, pitch, 0])))
    events.sort(key=lambda event: event[0])
    body, now = b"", 0
    for tick, message in events:
        body += _varint(tick - now) + message
        now = tick
    body += b"\x00\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS) + b"MTrk" + struct.pack(">I", len(body)) + body


def render(score: bytes, wav: Path, soundfont: Path, rate: int) -> None:
    """Let fluidsynth play a MIDI file into a WAV file."""
    midi_path = wav.with_suffix(".mid")
    midi_path.write_bytes(score)
    command = ["fluidsynth", "-ni", "-g", "0.5", "-r", str(rate), "-o", "synth.dynamic-sample-loading=1",
               "-T", "wav", "-F", str(wav), str(soundfont), str(midi_path)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=300)  # noqa: S603 - our own words
    midi_path.unlink()


def keep_part(wav: Path, start: float, seconds: float) -> None:
    """Cut a WAV file to so many seconds from `start` on; what is shorter stays as long as it is."""
    rate = soundfile.info(wav).samplerate
    heard, _ = soundfile.read(wav, start=int(start * rate), frames=int(seconds * rate))
    soundfile.write(wav, heard, rate)


def main() -> None:
    """Write the pieces and the manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rate", type=int, default=22050)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--played", type=float, default=0.5, help="share of pieces that people play, 0..1")
    parser.add_argument("--soundfont", type=Path, default=Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"))
    parser.add_argument("--styles", type=Path, default=SHIPPED, help="what is played: styles.toml or dances.toml")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    styles = read(options.styles)
    weights = np.array([style.weight for style in styles])
    with (options.folder / "manifest.csv").open("w", newline="") as handle:
        manifest = csv.writer(handle)
        manifest.writerow(["path", "bpm", "style", "key"])
        for number in range(options.count):
            style = styles[int(rng.choice(len(styles), p=weights / weights.sum()))]
            piece = Piece(style, options.seconds, rng, options.played).play()
            name = f"{number:05d}.wav"
            render(midi(piece.notes, piece.programs, piece.bpm), options.folder / name, options.soundfont, options.rate)
            manifest.writerow([name, piece.bpm, style.name, f"{NAMES[piece.tonic]} {piece.mode}"])


if __name__ == "__main__":
    main()
