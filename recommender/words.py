"""Words as a question: what an imaginary track of that description would be like.

Every phrase of the lexicon is a weighting of the encoder's tags; what those are as vectors stands in `terms`. Nothing
is downloaded, nothing but numpy is needed.

Another reader of text (CLAP, a sentence encoder) takes the lexicon's place by keeping the promise of `TextEncoder`;
`load` finds it by the name that a setting gives.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from recommender import phrases
from recommender.encoders.tag_layer import TagLayer
from recommender.facets import key, mood
from recommender.facets.reference import Reference
from recommender.measurement import FloatArray, Key
from recommender.terms import Reading, Term, is_pace, mood_direction, pace_direction, sound_direction, tempo_direction

LEXICON = Path(__file__).with_name("data") / "lexicon.toml"
ABROAD = Path(__file__).with_name("data") / "abroad.toml"
UNWANTED = 0.8  # "no drums" is a smaller wish than "drums"
CLOSER = 0.5  # what has the tempo that was named comes first; among it, how closely counts half as much as a word
NO_NAMES: Mapping[str, Term] = {}
# How a word that speaks of several facets divides its say; docs/experiments.md has the comparison.
SHARES: Mapping[str, Mapping[str, float]] = {
    "sound": {"sound": 1.0, "tempo": 0.3},
    "mood": {"sound": 0.7, "mood": 0.2},
    "tempo": {"sound": 0.5, "tempo": 0.5},
}


@runtime_checkable
class TextEncoder(Protocol):
    """Reads text into directions of the facets, as statistics see them."""

    name: str

    def read(self, text: str, usual: Reference, names: Mapping[str, Term] = NO_NAMES) -> Reading:
        """Understand what can be understood, and name the rest. Any text; never an error.

        Parameters
        ----------
        text : str
            What a person typed.
        usual : Reference
            The statistics by which the index that will be asked sees tracks.
        names : mapping
            What else is known by name, artists and genres of a library: pieces of `phrases.plain(text)`, each with
            the term that it means.
        """
        ...


class Lexicon:
    """Understands the words of data/lexicon.toml, and what data/abroad.toml says they are in other languages."""

    name = "lexicon"

    def __init__(self, path: Path = LEXICON, abroad: Path = ABROAD) -> None:
        self._entries: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
        languages: dict[str, dict[str, list[str]]] = tomllib.loads(abroad.read_text(encoding="utf-8"))
        foreign = {word: name for one in languages.values() for name, words in one.items() for word in words}
        own = {word: name for name, entry in self._entries.items() for word in entry["words"]}
        self._vocabulary = foreign | own

    @property
    def vocabulary(self) -> Mapping[str, str]:
        """Every phrase, and the entry that it belongs to."""
        return self._vocabulary

    @property
    def styles(self) -> list[str]:
        """Instruments, voices and styles by their plainest name, in the order of the file: what one may filter by."""
        return [entry["words"][0] for entry in self._entries.values() if entry.get("kind", "sound") == "sound"]

    def read(self, text: str, usual: Reference, names: Mapping[str, Term] = NO_NAMES) -> Reading:
        """Parse, then look up."""
        found = phrases.parse(text, self._vocabulary, names)
        once: dict[tuple[str, bool], phrases.Clause] = {}
        for clause in found.clauses:
            once.setdefault((clause.entry, clause.strength < 0), clause)
        terms = [
            _named(names[clause.entry], clause) if clause.entry in names else self._term(clause, usual)
            for clause in once.values()
        ]
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
        if (way := sound_direction(weights, usual)).any():
            directions["sound"] = way
        if kind == "mood" and (way := mood_direction(weights)).any():
            directions["mood"] = way
        if "bpm" in entry and (clause.strength > 0 or is_pace(entry["bpm"])):  # "not around 90" asks for nothing
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


def _every_network(weights: Mapping[str, float]) -> dict[str, float]:
    """ "piano" stands for the tag of every network that has it; what is no tag ("mode", "glad") stays."""
    names = (*TagLayer.shipped().names, *mood.COORDINATES[len(mood.VECTOR_TAGS) :])
    return {name: weight for tag, weight in weights.items() for name in names if tag in (name, name.partition(":")[2])}


def _tempo_term(bpm: float, *, refused: bool) -> Term:
    term = _said(f"{bpm:g} bpm", f"about {bpm:g} BPM", {"tempo": tempo_direction(bpm)}, refused=refused)
    return term if refused else replace(term, shares={"tempo": CLOSER})


def _key_term(tonic: int, mode: str, *, refused: bool) -> Term:
    profile = np.zeros(24, np.float32)
    profile[tonic + (12 if mode == "minor" else 0)] = 1.0
    asked = Key(tonic, mode, 1.0, profile)
    name = key.key_name(asked)
    return _said(name, name, {"key": key.vector_of(asked)}, refused=refused)


def _named(name: Term, clause: phrases.Clause) -> Term:
    """What a name means, as strong as it was said."""
    if clause.strength > 0:
        return replace(name, strength=clause.strength)
    return replace(name, meaning=f"not {name.meaning}", strength=clause.strength * UNWANTED)


def _said(typed: str, meaning: str, directions: Mapping[str, FloatArray], *, refused: bool) -> Term:
    """A term without an entry in the lexicon, as it is or refused."""
    return Term(typed, f"not {meaning}" if refused else meaning, -UNWANTED if refused else 1.0, directions)
