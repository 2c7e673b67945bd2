"""Words as a question: what an imaginary track of that description would be like.

The encoder's tag layer is linear, so a weighting of tags is a direction in the space of embeddings, and by regression a
direction of the sound facet in the index. Mood words are weights of the same tags on the mood facet, a tempo
and a key are what a track of that tempo and key would store. Nothing is downloaded, nothing but numpy is needed.

Another reader of text (CLAP, a sentence encoder) takes the lexicon's place by keeping the promise of `TextEncoder`;
`load` finds it by the name that a setting gives.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from recommender import phrases
from recommender.encoders.tag_layer import TagLayer
from recommender.facets import key, mood, tempo
from recommender.facets.reference import Reference
from recommender.facets.sound import SoundFacet
from recommender.features.tempo import GRID
from recommender.measurement import FloatArray, Key, Tempo
from recommender.phrases import Unknown
from recommender.query import Layout, Part

LEXICON = Path(__file__).with_name("data") / "lexicon.toml"
POSITION = 0.5  # of the slider of a facet that the words speak of
SHARP, BROAD = 0.02, 0.12  # octaves: "90 bpm"; "andante"
# Octaves from the middle at which a word means "slower" or "faster" rather than a tempo, and how far beyond its tempo
# such a word points: nothing is too slow for "slow".
AWAY, BEYOND = 0.35, 1.5
LEAST_SAMPLE = 8  # tracks from which a spread is more than an accident
# How much of what keeps hubs away counts: all would hold it against metal that there is much (docs/experiments.md).
CORRECTION = 0.25
UNWANTED = 0.8  # "no drums" is a smaller wish than "drums"
CLOSER = 0.5  # what has the tempo that was named comes first; among it, how closely counts half as much as a word
# How a word that speaks of several facets divides its say; docs/experiments.md has the comparison.
SHARES: Mapping[str, Mapping[str, float]] = {
    "sound": {"sound": 1.0, "tempo": 0.3},
    "mood": {"sound": 0.7, "mood": 0.2},
    "tempo": {"sound": 0.5, "tempo": 0.5},
}


@dataclass(frozen=True, slots=True)
class Term:
    """Something that was understood."""

    typed: str
    meaning: str  # for the chip beside the answer: "piano", "about 90 BPM"
    strength: float  # below 0: not wanted
    directions: Mapping[str, FloatArray]  # facet -> unit vector [shape=(facet.dim,)]
    shares: Mapping[str, float] = field(default_factory=dict)  # facet -> part of the strength; 1 where none is given


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text means."""

    terms: tuple[Term, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    bpm: tuple[float | None, float | None] = (None, None)  # bounds that a search must keep
    tempo: float | None = None  # BPM that was named: what has it comes before all else


@runtime_checkable
class TextEncoder(Protocol):
    """Reads text into directions of the facets, as statistics see them."""

    name: str

    def read(self, text: str, usual: Reference) -> Reading:
        """Understand what can be understood, and name the rest. Any text; never an error.

        `usual`: the statistics by which the index that will be asked sees tracks.
        """
        ...


@dataclass(frozen=True, slots=True)
class WordsQuery:
    """A reading as `query.weighted` wants it."""

    vector: FloatArray  # [shape=(layout.dim,)] in the stored layout, not yet weighted
    positions: dict[str, float] = field(default_factory=dict)  # of the sliders


def question(reading: Reading, layout: Layout, sample: FloatArray) -> WordsQuery:
    """Add up the terms, each as strong as it was said.

    Parameters
    ----------
    reading : Reading
        With at least one term, or the vector is zero.
    layout : Layout
        Of the index version that will be asked.
    sample : array [shape=(n, layout.dim)]
        Stored vectors of the library. Terms are made to differ equally much among them, so that "calm" and "piano"
        have the same say; empty when nothing is known.
    """
    vector, positions = np.zeros(layout.dim, np.float32), dict[str, float]()
    for part in layout.parts:
        for term in reading.terms:
            if (direction := _spoken(term, part)) is not None:
                say = term.strength * term.shares.get(part.name, 1.0)
                vector[part.place] += say * direction / _spread(direction, sample[:, part.place], part) / part.scale
                positions[part.name] = POSITION
    return WordsQuery(vector, positions)


def fits(term: Term, vectors: FloatArray, layout: Layout) -> FloatArray:
    """How much stored vectors [shape=(n, dim)] are what a term names [shape=(n,)], wanted or not; no unit."""
    total = np.zeros(len(vectors), np.float32)
    for part in layout.parts:
        if (direction := _spoken(term, part)) is not None:
            here = vectors[:, part.place] @ direction
            total += term.shares.get(part.name, 1.0) * part.scale * here
    return total


def tempo_direction(bpm: float, width: float = SHARP) -> FloatArray:
    """What the tempo facet would store of a clear beat at about this tempo [shape=(TempoFacet.dim,)]."""
    posterior = np.exp(-0.5 * (np.log2(GRID / bpm) / width) ** 2)
    return tempo.vector_of(Tempo(bpm, 1.0, 1.0, 0.0, (posterior / posterior.sum()).astype(np.float32)))


def pace_direction(bpm: float) -> FloatArray:
    """What a word for a tempo asks for: "slow" is no 128 BPM, although 64 and 128 are close to a dancer."""
    if not _is_pace(bpm):
        return tempo_direction(bpm, BROAD)
    return tempo.pace(bpm * 2.0 ** (BEYOND if bpm > mood.MIDDLE else -BEYOND))


def axis_direction(axis: str) -> FloatArray:
    """The way along a mood axis in the mood facet [shape=(MoodFacet.dim,)]."""
    places = {place: parts[axis] for place, parts in mood.CIRCUMPLEX.items() if axis in parts}
    return _mood({**mood.AXES[axis], **places})


class Lexicon:
    """Understands the words of data/lexicon.toml."""

    name = "lexicon"

    def __init__(self, path: Path = LEXICON) -> None:
        with path.open("rb") as file:
            self._entries: dict[str, dict[str, Any]] = tomllib.load(file)
        self._vocabulary = {word: name for name, entry in self._entries.items() for word in entry["words"]}

    @property
    def vocabulary(self) -> Mapping[str, str]:
        """Every phrase, and the entry that it belongs to."""
        return self._vocabulary

    @property
    def styles(self) -> list[str]:
        """Instruments, voices and styles by their plainest name, in the order of the file: what one may filter by."""
        return [entry["words"][0] for entry in self._entries.values() if entry.get("kind", "sound") == "sound"]

    def read(self, text: str, usual: Reference) -> Reading:
        """Parse, then look up."""
        found = phrases.parse(text, self._vocabulary)
        once: dict[tuple[str, bool], phrases.Clause] = {}
        for clause in found.clauses:
            once.setdefault((clause.entry, clause.strength < 0), clause)
        terms = [self._term(clause, usual) for clause in once.values()]
        if found.bpm is not None:
            terms.append(_tempo_term(found.bpm, refused=found.bpm_refused))
        if found.key is not None:
            terms.append(_key_term(*found.key, refused=found.key_refused))
        named = None if found.bpm_refused else found.bpm
        return Reading(tuple(terms), tuple(found.unknown), found.bounds, named)

    def _term(self, clause: phrases.Clause, usual: Reference) -> Term:
        entry = self._entries[clause.entry]
        kind = entry.get("kind", "sound")
        weights = _every_network(entry.get("tags", {}))
        directions: dict[str, FloatArray] = {}
        if (way := _sound(weights, usual)).any():
            directions["sound"] = way
        if kind == "mood" and (way := _mood(weights)).any():
            directions["mood"] = way
        if "bpm" in entry and (clause.strength > 0 or _is_pace(entry["bpm"])):  # "not around 90" asks for nothing
            directions["tempo"] = pace_direction(entry["bpm"])
        strength = clause.strength * (UNWANTED if clause.strength < 0 else 1.0)
        no = "" if clause.strength > 0 else "no " if kind == "sound" else "not "
        meaning = f"{no}{entry['words'][0]}"
        return Term(clause.typed, meaning, strength, directions, SHARES[kind] if len(directions) > 1 else {})


@cache
def lexicon() -> Lexicon:
    """The shipped lexicon."""
    return Lexicon()


@cache
def load(name: str) -> TextEncoder:
    """Find a reader of text, once per process.

    Parameters
    ----------
    name : str
        "lexicon", or "package.module:Name" of something installed beside Segue that makes one when called.

    Raises
    ------
    ValueError
        When there is no such thing, or what it makes is no `TextEncoder`; the message says which.
    """
    if name == Lexicon.name:
        return lexicon()
    module, _, attribute = name.partition(":")
    if not (module and attribute):
        raise ValueError(f"{name!r} is neither {Lexicon.name!r} nor of the form package.module:Name")
    try:
        made = getattr(import_module(module), attribute)()
    except (ImportError, AttributeError, TypeError) as error:
        raise ValueError(f"{name!r} cannot be loaded: {error}") from error
    if not isinstance(made, TextEncoder):
        raise ValueError(f"{name!r} makes no reader of text: it lacks `name` or `read`")  # noqa: TRY004
    return made


def _spoken(term: Term, part: Part) -> FloatArray | None:
    """What a term says to a facet; nothing to an index of before an upgrade that holds another length of it."""
    direction = term.directions.get(part.name)
    return direction if direction is not None and len(direction) == part.dim else None


def _is_pace(bpm: float) -> bool:
    return abs(float(np.log2(bpm / mood.MIDDLE))) >= AWAY


def _every_network(weights: Mapping[str, float]) -> dict[str, float]:
    """ "piano" stands for the tag of every network that has it; what is no tag ("mode", "glad") stays."""
    names = (*TagLayer.shipped().names, *mood.COORDINATES[len(mood.VECTOR_TAGS) :])
    return {name: weight for tag, weight in weights.items() for name in names if tag in (name, name.partition(":")[2])}


def _sound(weights: Mapping[str, float], usual: Reference) -> FloatArray:
    """The direction of the sound facet in which these tags' deviations, so weighted, rise the fastest."""
    wanted = np.array([weights.get(name, 0.0) for name in TagLayer.shipped().names], np.float32)
    heard = usual.tag_directions @ wanted
    return _unit(np.pad(heard, (0, SoundFacet.dim - len(heard))))  # words say nothing about timbre in numbers


def _mood(weights: Mapping[str, float]) -> FloatArray:
    """The same for the mood facet; zero when none of the tags belongs to it."""
    way = np.zeros(mood.MoodFacet.dim, np.float32)
    way[: len(mood.COORDINATES)] = [weights.get(name, 0.0) for name in mood.COORDINATES]
    return _unit(way)


def _tempo_term(bpm: float, *, refused: bool) -> Term:
    term = _said(f"{bpm:g} bpm", f"about {bpm:g} BPM", {"tempo": tempo_direction(bpm)}, refused=refused)
    return term if refused else replace(term, shares={"tempo": CLOSER})


def _key_term(tonic: int, mode: str, *, refused: bool) -> Term:
    profile = np.zeros(24, np.float32)
    profile[tonic + (12 if mode == "minor" else 0)] = 1.0
    asked = Key(tonic, mode, 1.0, profile)
    name = key.key_name(asked)
    return _said(name, name, {"key": key.vector_of(asked)}, refused=refused)


def _said(typed: str, meaning: str, directions: Mapping[str, FloatArray], *, refused: bool) -> Term:
    """A term without an entry in the lexicon, as it is or refused."""
    return Term(typed, f"not {meaning}" if refused else meaning, -UNWANTED if refused else 1.0, directions)


def _spread(direction: FloatArray, sample: FloatArray, part: Part) -> float:
    """How much tracks differ along a direction; where no tracks are known, as much as random pairs do."""
    if len(sample) < LEAST_SAMPLE:
        return 1 / part.scale
    return max(float((sample @ direction).std()), 1e-3)


def _unit(vector: FloatArray) -> FloatArray:
    return (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)
