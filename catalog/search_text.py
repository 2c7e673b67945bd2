"""Text as it is searched: without case, accents and punctuation, so that both databases see the same words.

SQLite's trigram tokenizer learned to ignore accents later than in the version that many systems carry, and PostgreSQL
wants an extension for it: so the folding is ours, and the folded text is stored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

LONGEST = 600  # characters: four bytes each still fit into a row of PostgreSQL's index
LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i", "&": " and "}
)
APOSTROPHES = re.compile("['\u2019`\u00b4]")
NOT_WORDS = re.compile(r"[\W_]+")

EXACT, PREFIX, INSIDE, SWAPPED = 1.0, 0.95, 0.8, 0.7
ALIKE = 0.45  # share of common pairs of letters from which a word counts as meant


def folded(text: str) -> str:
    """Words of a text in lower case, without accents: "Sigur Rós: Ágætis" is "sigur ros agaetis"."""
    if text.isascii():
        return NOT_WORDS.sub(" ", APOSTROPHES.sub("", text.lower().replace("&", " and "))).strip()
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    return NOT_WORDS.sub(" ", APOSTROPHES.sub("", plain.translate(LETTERS))).strip()


def stored(*parts: str) -> str:
    """What a row is found by; it starts with a space, so that the first word begins like any other."""
    words = " ".join(part for part in map(folded, parts) if part)
    return f" {words}"[:LONGEST] if words else ""


def words_of(query: str) -> list[str]:
    """The words of a query, each once; at most eight."""
    return list(dict.fromkeys(folded(query).split()))[:8]


def closeness(words: Sequence[str], text: str) -> float:
    """How well a folded text fits the words: 1 when all are in it, 0 when one of them has nothing like it."""
    total = 0.0
    there = text.split()
    for word in words:
        best = max((likeness(word, other) for other in there), default=0.0)
        if best < ALIKE:
            return 0.0
        total += best
    return total / len(words) if words else 0.0


@lru_cache(maxsize=50_000)
def likeness(word: str, other: str) -> float:
    """How much a typed word is like one in a text, 0..1: the same, its beginning, a part of it, or mistyped."""
    if word == other:
        return EXACT
    if other.startswith(word):
        return PREFIX
    if len(word) >= 3 and word in other:
        return INSIDE
    if len(word) < 3:
        return 0.0
    if word[0] == other[0] and sorted(word) == sorted(other):
        return SWAPPED
    begun = other[: len(word) + 1]  # somebody who still types has written the beginning only
    return max(_shared_pairs(word, other), 0.9 * _shared_pairs(word, begun)) * INSIDE


def _shared_pairs(word: str, other: str) -> float:
    """Dice's coefficient of pairs of letters, with the ends as letters of their own: one slip costs two pairs."""
    ours, theirs = _pairs(word), _pairs(other)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


def _pairs(word: str) -> frozenset[str]:
    padded = f" {word} "
    return frozenset(padded[start : start + 2] for start in range(len(padded) - 1))
