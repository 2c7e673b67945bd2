"""What a line of text asks for: known phrases with their strengths, a tempo, a key, and the words nobody knows.

    "very calm piano, no drums or vocals, 80-95 bpm"

Negation reaches to the next phrase and on over "or"; a comma ends it. Knows grammar only; meanings are in `words`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from difflib import get_close_matches

from recommender.facets.key import on_wheel

LONGEST_TEXT = 500  # characters; a person's sentence is shorter, and more is not read, nor taken as an address
LONGEST_PHRASE = 4  # words
LONGEST_WORD = 30  # letters, of those that a suggestion is looked for
SLOWEST, FASTEST = 30.0, 300.0  # BPM that somebody can mean
ALONE = (50.0, 220.0)  # a bare number in this range is a tempo
VERY, SLIGHTLY = 1.6, 0.5
STAND_IN = "\u02ec"  # a letter that nobody types, once or more often: a name while the rest is read
ALIKE = 0.8  # how close a known word must be to be suggested

# Of the languages of data/abroad.toml, too.
NEGATIONS = {
    "no", "not", "without", "minus", "non", "less", "avoid", "except", "never", "nothing", "dont", "isnt", "-",
    "ohne", "kein", "keine", "keinen", "nicht", "sans", "pas", "sin", "senza", "sem", "não",
}  # fmt: skip
FAR_NEGATIONS = {  # "without drums and vocals": both
    "without", "minus", "avoid", "except", "ohne", "sans", "sin", "senza", "sem",
}  # fmt: skip
JOINERS = {"or", "nor", "oder", "ou", "ni"}
ANDS = {"and", "&", "und", "et", "y", "e"}
STRONG = {
    "very", "really", "extremely", "super", "so", "highly", "totally", "mostly", "pure", "ultra", "much",
    "sehr", "très", "muy", "molto", "muito",
}  # fmt: skip
WEAK = {"slightly", "somewhat", "bit", "little", "rather", "fairly", "almost", "kinda", "mildly", "touch"}
FILLERS = {
    "a", "an", "the", "and", "with", "for", "of", "to", "in", "on", "at", "by", "from", "as", "is", "are", "it", "its",
    "be", "that", "this", "these", "some", "something", "any", "but", "then", "please", "play", "me", "my", "i", "im",
    "we", "you", "want", "wanted", "need", "give", "find", "show", "like", "likes", "sounding", "sound", "sounds",
    "feel", "feels", "feeling", "vibe", "vibes", "mood", "moods", "music", "song", "songs", "track", "tracks", "tune",
    "tunes", "piece", "pieces", "playlist", "style", "type", "kind", "sort", "stuff", "good", "nice", "great", "best",
    "more", "lots", "lot", "plenty", "full", "too", "while", "when", "during", "around", "about", "nearly", "ca",
    "circa", "approximately", "bpm", "tempo", "key", "few", "just", "only", "also", "maybe", "s", "t", "anything",
    "everything", "whatever",
    "mit", "und", "ein", "eine", "einen", "zum", "für", "musik", "lied", "lieder", "stück", "etwas",
    "avec", "et", "un", "une", "le", "la", "les", "de", "du", "des", "pour", "musique",
    "con", "y", "una", "el", "los", "las", "para", "música", "musica", "di", "il", "per", "e", "com", "um", "uma",
}  # fmt: skip

_NUMBER = r"(?<!\w)(?<!\d\.)(\d{2,3}(?:\.\d+)?)(?!\d|\.\d|s\b)"  # "80s" is no tempo
_UNIT = r"\s*(?:bpm|beats?\s+(?:per|a)\s+minute)"
_BETWEEN = rf"(?:between\s+)?{_NUMBER}(?:{_UNIT})?\s*(?:-|to|and|\.\.)\s*{_NUMBER}"
_RANGE = re.compile(_BETWEEN + _UNIT)
_BARE_RANGE = re.compile(rf"{_BETWEEN}(?!\w)")
_REFUSED = r"(?:no|not|never)\s+"
_AFFIRMED = "".join(f"(?<!{word} )" for word in ("no", "not", "never"))
_BELOW, _ABOVE = r"(?:under|below|(?:slower|less)\s+than)", r"(?:over|above|(?:faster|more)\s+than)"
_AT_MOST = re.compile(
    rf"(?:{_AFFIRMED}{_BELOW}|{_REFUSED}{_ABOVE}|up\s+to|at\s+most|max(?:imum)?|<=?)\s*{_NUMBER}(?:{_UNIT})?"
)
_AT_LEAST = re.compile(
    rf"(?:{_AFFIRMED}{_ABOVE}|{_REFUSED}{_BELOW}|at\s+least|min(?:imum)?|>=?)\s*{_NUMBER}(?:{_UNIT})?"
)
_EXACTLY = re.compile(rf"{_NUMBER}{_UNIT}")
_BARE = re.compile(_NUMBER + r"(?!\w)")
_KEY = re.compile(r"\b(?:in\s+)?([a-g])\s*(sharp|flat|#|♯|b(?=\s)|♭)?[\s-]+(major|minor|maj|min)\b")
_WHEEL = re.compile(r"\b(?:in\s+)?(1[0-2]|[1-9])([ab])\b(?!-)")
_NOT = re.compile(  # right before a tempo or a key: "not around 90 bpm", "no A minor"
    r"\b(?:no|not|without|minus|avoid|except|never)\s+(?:(?:at|in|around|about|near(?:ly)?|ca\.?|circa)\s+|~\s*)*$"
)
_ONLY = re.compile(r"\bnothing\s+(?:but|except)\b")
_BUT = re.compile(
    r"\b(?:(?:any|every)thing\s+but|all\s+but|(?:other|rather)\s+than|instead\s+of|a(?:part|side)\s+from)\b"
)
_DRAWN = "\u2600-\u266c\u2670-\u27bf\U0001f000-\U0001faff"  # pictures among the letters; not sharps and flats
_PICTURES = f"[{_DRAWN}][{_DRAWN}\ufe0f\u200d]*"
_PICTURE = re.compile(_PICTURES)
_TOKEN = re.compile(rf"(?<!\w)-(?=[^\W\d])|[^\W_]+(?:['&\-][^\W_]+)*|[,;.:/|+&!?()\n]|{_PICTURES}")
_JOINT = re.compile(r"(&)|[-']")

_PLAIN = str.maketrans({"\u2013": "-", "\u2014": ",", "'": None, "\u2019": None})  # en dash, em dash, apostrophes
_PITCH = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SHIFT = {"sharp": 1, "#": 1, "♯": 1, "flat": -1, "b": -1, "♭": -1}


@dataclass(frozen=True, slots=True)
class Clause:
    """A known phrase and how much of it is wanted."""

    typed: str
    entry: str  # what it stands for in the vocabulary
    strength: float  # below 0: not wanted; 1 is plain, 1.6 "very"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word without a meaning here, and a known one that looks like it."""

    word: str
    suggestion: str = ""


@dataclass(slots=True)
class Parsed:
    """Everything that was found in a text."""

    clauses: list[Clause] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    bpm: float | None = None  # about so fast
    bpm_refused: bool = False  # anything but so fast
    bounds: tuple[float | None, float | None] = (None, None)  # not slower, not faster
    key: tuple[int, str] | None = None  # tonic 0 = C, "major" or "minor"
    key_refused: bool = False


def plain(text: str) -> str:
    """What is read of a text: no more than LONGEST_TEXT characters, in lower case, without apostrophes."""
    rest = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).lower()[:LONGEST_TEXT]  # one sign may become 18
    return rest.translate(_PLAIN)


def runs(text: str, words: Set[str]) -> list[str]:
    """Every piece of a plain text that holds one of these words and is no longer than a phrase."""
    places = [match.span() for match in _TOKEN.finditer(text)]
    tokens = [text[start:stop] for start, stop in places]
    held = [place for place, token in enumerate(tokens) if words & {token, *_JOINT.split(token)}]
    found: dict[str, None] = {}
    for place in held:
        for first in range(max(place - LONGEST_PHRASE + 1, 0), place + 1):
            for last in range(place, min(first + LONGEST_PHRASE, len(places))):
                found[text[places[first][0] : places[last][1]]] = None
    return list(found)


def parse(text: str, vocabulary: Mapping[str, str], names: Collection[str] = ()) -> Parsed:
    """Find tempo, key and known phrases, the longest first.

    `vocabulary` maps phrases to entries. `names` are pieces of the plain text that stand for themselves and are never
    looked into: "blink-182" is no tempo.
    """
    found, rest, known = Parsed(), plain(text), dict(vocabulary)
    for number, name in enumerate(sorted(names, key=len, reverse=True), 1):
        known[STAND_IN * number] = name
        rest = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", STAND_IN * number, rest)
    rest = _BUT.sub("except", _ONLY.sub("", rest))
    for take in (_take_tempo, _take_key):
        rest = take(rest, found)
    _Reader(_TOKEN.findall(rest), known, found).run()
    return found


def _take_tempo(text: str, found: Parsed) -> str:
    """Cut the first tempo out of a text. What nobody can mean, and a span that is refused, is named as unknown."""
    low = high = bpm = None
    refused = False
    if match := _RANGE.search(text) or _bare_range(text):
        low, high = sorted((float(match[1]), float(match[2])))
        refused = bool(_NOT.search(text[: match.start()]))
    elif match := _AT_MOST.search(text):
        high = float(match[1])
    elif match := _AT_LEAST.search(text):
        low = float(match[1])
    elif match := _EXACTLY.search(text) or _alone(text):
        bpm = float(match[1])
        found.bpm_refused = bool(_NOT.search(text[: match.start()]))
    else:
        return text
    if refused or not all(SLOWEST <= each <= FASTEST for each in (low, high, bpm) if each is not None):
        found.unknown.append(Unknown(f"{'not ' if refused else ''}{match[0].strip()}"))
        found.bpm_refused = False
        return _take_tempo(_cut(text, match), found)
    found.bounds, found.bpm = (low, high), bpm
    return _cut(text, match)


def _bare_range(text: str) -> re.Match[str] | None:
    """Two bare numbers that can only be tempi."""
    match = _BARE_RANGE.search(text)
    return match if match and all(ALONE[0] <= float(end) <= ALONE[1] for end in match.groups()) else None


def _alone(text: str) -> re.Match[str] | None:
    """A bare number that can only be a tempo."""
    match = _BARE.search(text)
    return match if match and ALONE[0] <= float(match[1]) <= ALONE[1] else None


def _take_key(text: str, found: Parsed) -> str:
    if match := _KEY.search(text):
        tonic = (_PITCH[match[1]] + _SHIFT.get(match[2] or "", 0)) % 12
        found.key = (tonic, "minor" if match[3].startswith("min") else "major")
    elif match := _WHEEL.search(text):
        found.key = on_wheel(int(match[1]), match[2])
    else:
        return text
    found.key_refused = bool(_NOT.search(text[: match.start()]))
    return _cut(text, match)


def _cut(text: str, match: re.Match[str]) -> str:
    """A text without what was found in it, and without what refuses it."""
    before = _NOT.sub("", text[: match.start()])
    return f"{before} , {text[match.end() :]}"


class _Reader:
    """Walks over the words, remembering what negates and what strengthens the next phrase."""

    def __init__(self, tokens: list[str], vocabulary: Mapping[str, str], found: Parsed) -> None:
        self.tokens, self.vocabulary, self.found = tokens, vocabulary, found
        self.at = 0
        self.negated = self.far = False
        self.force = 1.0

    def run(self) -> None:
        """Read to the end."""
        while self.at < len(self.tokens):
            if not self._phrase() and not self._parted():
                self._word(self.tokens[self.at])
                self.at += 1

    def _phrase(self) -> bool:
        for length in range(min(LONGEST_PHRASE, len(self.tokens) - self.at), 0, -1):
            typed = " ".join(self.tokens[self.at : self.at + length])
            entry = self._entry(typed)
            if entry is None or self._is_negation(typed):
                continue
            sign = -1.0 if self.negated else 1.0
            self.found.clauses.append(Clause(typed, entry, sign * self.force))
            self.at += length
            self._after_phrase()
            return True
        return False

    def _parted(self) -> bool:
        """A compound that nobody knows is read by its parts, if one of them is known: "calm-piano", "dark&slow"."""
        parts = [part for part in _JOINT.split(self.tokens[self.at]) if part]
        if len(parts) < 2 or not any(self._entry(part) for part in parts):
            return False
        self.tokens[self.at : self.at + 1] = parts
        return True

    def _is_negation(self, typed: str) -> bool:
        return typed in NEGATIONS or (self.at + 1 < len(self.tokens) and typed in FILLERS)

    def _entry(self, typed: str) -> str | None:
        more = typed if typed[-1].isdigit() else f"{typed}s"  # 90 is no decade
        for form in (typed, typed.replace("-", " "), typed.removesuffix("s"), more, typed.removesuffix("ish")):
            if form in self.vocabulary:
                return self.vocabulary[form]
        return None

    def _after_phrase(self) -> None:
        """A negation goes on over "or" (after "without" over "and" as well); else it ends here."""
        following = self.tokens[self.at] if self.at < len(self.tokens) else ""
        goes_on = following in JOINERS or (self.far and following in ANDS)
        if not goes_on:
            self.negated = self.far = False
        self.force = 1.0

    def _word(self, token: str) -> None:
        if token in NEGATIONS:
            self.negated, self.far = True, token in FAR_NEGATIONS
        elif token in STRONG:
            self.force = 1.0 if self.negated else VERY  # "not very fast" is not a strong opinion
        elif token in WEAK:
            self.force = SLIGHTLY
        elif _PICTURE.match(token):
            self._unknown(token)
        elif not token[0].isalnum():
            self.negated = self.far = False
            self.force = 1.0
        elif token not in FILLERS and token not in JOINERS:
            self._unknown(token)

    def _unknown(self, token: str) -> None:
        close = get_close_matches(token, self.vocabulary, n=1, cutoff=ALIKE) if 3 < len(token) <= LONGEST_WORD else []
        self.found.unknown.append(Unknown(token, close[0] if close else ""))
        self.negated = self.far = False
        self.force = 1.0
