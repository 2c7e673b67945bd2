"""Names of keys as people write them, and how near two keys are."""

from __future__ import annotations

import re

from recommender.facets.key import on_wheel

NATURALS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}
ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
NAMED = re.compile(r"^([a-h])([#♯b♭]?)[ :_-]*(major|maj|minor|min|m|dur|moll)?$", re.IGNORECASE)
CAMELOT = re.compile(r"^(1[0-2]|[1-9])([ab])$", re.IGNORECASE)

Parsed = tuple[int, str]  # tonic 0 = C .. 11 = B, "major" or "minor"


def parse(text: str) -> Parsed | None:
    """Read "C major", "F#m", "Bb:min", "a moll" or Camelot's "8A"; None for what is no key."""
    wheel = CAMELOT.match(text.strip())
    if wheel:
        return on_wheel(int(wheel[1]), wheel[2])
    named = NAMED.match(text.strip())
    if not named:
        return None
    letter, accidental, mode = named[1], named[2], named[3] or ""
    tonic = (NATURALS[letter.lower()] + ACCIDENTALS[accidental.lower()]) % 12
    minor = mode == "m" or mode.lower() in ("minor", "min", "moll")
    return tonic, "minor" if minor else "major"


def mirex(estimated: Parsed | None, truth: Parsed) -> float:
    """Weighted score of the MIREX key task: 1 same, .5 a fifth above, .3 relative, .2 parallel, otherwise 0."""
    if estimated is None:
        return 0.0
    apart = (estimated[0] - truth[0]) % 12
    if estimated[1] == truth[1]:
        return {0: 1.0, 7: 0.5}.get(apart, 0.0)
    relative = 9 if truth[1] == "major" else 3
    return {0: 0.2, relative: 0.3}.get(apart, 0.0)
