"""From hits to a list for people: reasons, variety, the same recording only once. Arrays in, arrays out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.facets.base import Facet
from recommender.measurement import FloatArray, Measurement

# Least similarity of sound and of tempo. At the same tempo other codecs leave .965 and more of sound, 3 dB less .948,
# both and a cut .929; two seconds cut off alone leave .988, and .988 of tempo (docs/quality.md)
SAME_RECORDING = ((0.925, 0.99), (0.97, 0.98))
ANOTHER_VERSION = 0.85  # sound this close under the same title: live, remastered, edited
PAIRS = 4000
GAP = 2  # tracks that come between two of one artist or album, in what is played on and on
SPOKEN = 3  # reasons in one line of words
BOTH = "both "
# What titles add for another take of the same piece: "Love Theme (live in Paris)", "Love Theme - 2011 Remaster".
_TAKE = (
    r"(?:live|remaster(?:ed)?|remix(?:ed)?|mix|edit|version|demo|acoustic|unplugged|instrumental|mono|stereo|take \d+"
    r"|session|rehearsal|radio|single|extended|reprise|alternate|alternative|cover)"
)
_ADDED = re.compile(
    rf"\s*(?:[(\[][^)\]]*\b{_TAKE}\b[^)\]]*[)\]]|\s[-\u2013]\s[^-\u2013]*\b{_TAKE}\b[^-\u2013]*$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one facet speaks for a result."""

    facet: str
    label: str
    percentile: float  # closer than this share of random pairs of the library, 0..1
    text: str  # "118 and 120 BPM"; empty when there is nothing to say in words
    measure: str = "closer than {} of pairs"  # what the percentile is a share of
    told: bool = False  # whether the line of words says it already

    @property
    def words(self) -> str:
        """The percentile for people: "closer than 97 % of pairs"; never more than was sampled."""
        return self.measure.format(self.share)

    @property
    def share(self) -> str:
        """The percentile as a number that no line breaks apart from its sign, "97 %"; at most 99."""
        return f"{min(int(self.percentile * 100), 99)}\N{NO-BREAK SPACE}%"


@dataclass(frozen=True, slots=True)
class Scale:
    """Similarities of random pairs of the library, sorted, per facet: what "alike" means here."""

    quantiles: Mapping[str, FloatArray]

    def percentile(self, facet: str, similarity: float) -> float:
        """Share of random pairs that are less alike, 0..1; of as many equal ones half."""
        known = self.quantiles[facet]
        below = np.searchsorted(known, similarity, side="left")
        upto = np.searchsorted(known, similarity, side="right")
        return float(below + upto) / 2 / max(len(known), 1)


@dataclass(frozen=True, slots=True)
class Caps:
    """How often one artist or album may appear; None sets no bound."""

    artist: int | None = None
    album: int | None = None


@dataclass(frozen=True, slots=True)
class Twins:
    """One recording among the hits, and what else is nearly it. Positions in the list of hits."""

    position: int
    copies: tuple[int, ...] = ()  # the same recording once more: not shown
    versions: tuple[int, ...] = ()  # another version under the same title: shown, flagged


def scale_of(vectors: FloatArray, slices: Mapping[str, slice], *, seed: int = 0) -> Scale:
    """Sample random pairs of stored vectors [shape=(n, dim), n >= 2]; the same vectors give the same scale."""
    count = len(vectors)
    generator = np.random.default_rng(seed)
    left = generator.integers(0, count, PAIRS)
    right = (left + generator.integers(1, count, PAIRS)) % count
    return Scale(
        {
            name: np.sort(np.einsum("ij,ij->i", vectors[left, place], vectors[right, place]))
            for name, place in slices.items()
        }
    )


def reasons(
    facets: Sequence[Facet], seed: Measurement, other: Measurement, similarity: Mapping[str, float], scale: Scale
) -> tuple[Reason, ...]:
    """One reason per facet, in the order given."""
    found = []
    for facet in facets:
        percentile = scale.percentile(facet.name, similarity[facet.name])
        text = facet.agreement(seed, other)
        found.append(Reason(facet.name, facet.label, percentile, text))
    return tuple(found)


def summary(found: Sequence[Reason], weights: Mapping[str, float]) -> str:
    """One line of words: what the listener asked for first, then what else agrees; "both" is said once."""
    wanted = sorted(found, key=lambda reason: -weights.get(reason.facet, 0.0))
    spoken = [reason.text for reason in wanted if reason.text and weights.get(reason.facet, 0.0) > 0]
    if spoken:
        return _saying_both_once(spoken[:SPOKEN])
    close = max(found, key=lambda reason: reason.percentile)
    return f"closer in {close.label.lower()} than {close.share} of pairs"


def _saying_both_once(spoken: list[str]) -> str:
    """ "both calm, with piano" for "both calm" and "both with piano"."""
    first = next((place for place, text in enumerate(spoken) if text.startswith(BOTH)), len(spoken))
    return ", ".join(text.removeprefix(BOTH) if place > first else text for place, text in enumerate(spoken))


def capped(artists: Sequence[int], albums: Sequence[int], caps: Caps) -> list[int]:
    """Positions to keep so that no known artist or album (not 0) is crowded; order unchanged."""
    seen: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
    kept = []
    for position, names in enumerate(zip(artists, albums, strict=True)):
        crowded = [
            name != 0 and most is not None and counts[name] >= most
            for name, most, counts in zip(names, (caps.artist, caps.album), seen, strict=True)
        ]
        if not any(crowded):
            kept.append(position)
            for name, counts in zip(names, seen, strict=True):
                counts[name] += 1
    return kept


def spaced(artists: Sequence[int], albums: Sequence[int], before: Sequence[tuple[int, int]] = ()) -> list[int]:
    """Positions in an order in which no known artist or album (not 0) comes again within `GAP` places.

    The best that keeps to it comes next; where nothing does, an album comes again rather than an artist.

    Parameters
    ----------
    artists, albums : of each hit, best first
    before : artist and album of what was played, the last one last
    """
    pairs = list(zip(artists, albums, strict=True))
    order: list[int] = []
    left = list(range(len(pairs)))
    while left:
        recent = [*before, *(pairs[position] for position in order)][-GAP:]
        heard = [{name for name in names if name} for names in zip(*recent, strict=True)] or [set(), set()]
        crowded = [tuple(name in some for name, some in zip(pairs[one], heard, strict=True)) for one in left]
        order.append(left.pop(crowded.index(min(crowded))))
    return order


def plain_title(title: str) -> str:
    """A title without what tells one take from another; as it is when nothing else would be left."""
    return _ADDED.sub("", title).strip() or title


def twins(vectors: FloatArray, slices: Mapping[str, slice], titles: Sequence[str] = ()) -> list[Twins]:
    """Fold the same recording into its first row, and note other versions of it.

    Parameters
    ----------
    vectors : array [shape=(n, dim)]
        Stored vectors, best first.
    slices
        Where each facet lies.
    titles
        Folded titles, e.g. without "(live)"; empty texts say nothing. Only rows of the same title are versions.

    Returns
    -------
    list
        One entry per recording, in the order of the rows.
    """
    sound = vectors[:, slices["sound"]] @ vectors[:, slices["sound"]].T
    tempo = vectors[:, slices["tempo"]] @ vectors[:, slices["tempo"]].T
    # Music of one instrument can sound alike throughout: another tempo is another recording.
    same = np.any([(sound >= heard) & (tempo >= beaten) for heard, beaten in SAME_RECORDING], axis=0)
    first: list[int] = []
    copies: dict[int, list[int]] = {}
    left = np.ones(len(vectors), bool)
    for position in range(len(vectors)):
        if not left[position]:
            continue
        mine = np.flatnonzero(left & same[position])
        left[mine] = False
        first.append(position)
        copies[position] = [int(other) for other in mine if other > position]
    versions = _versions(first, sound, titles)
    return [Twins(one, tuple(copies[one]), versions.get(one, ())) for one in first]


def diverse(vectors: FloatArray, scores: FloatArray, weighting: FloatArray, *, amount: float) -> NDArray[np.intp]:
    """Order hits so that each differs from those before it: maximal marginal relevance (Carbonell and Goldstein 1998).

    Parameters
    ----------
    vectors : array [shape=(n, dim)]
        Stored vectors of the hits, best first.
    scores : array [shape=(n,)]
        What the search gave them.
    weighting : array [shape=(dim,)]
        What each coordinate counts in this question (`query.weighting`): hits differ in what the listener weighs.
    amount
        0 keeps the order, 1 only avoids what was already chosen.

    Returns
    -------
    array [shape=(n,)]
        Positions, the next one to show first.
    """
    count = len(vectors)
    if amount <= 0 or count < 3:
        return np.arange(count, dtype=np.intp)
    relevance = _stretched(scores)
    among = vectors @ (vectors * weighting).T
    alike = _stretched(among[np.triu_indices(count, 1)], among)
    order = [0]
    left = np.ones(count, bool)
    left[0] = False
    nearest = alike[0].copy()
    while left.any():
        worth = np.where(left, (1 - amount) * relevance - amount * nearest, -np.inf)
        best = int(np.argmax(worth))
        order.append(best)
        left[best] = False
        nearest = np.maximum(nearest, alike[best])
    return np.array(order, dtype=np.intp)


def _stretched(known: FloatArray, values: FloatArray | None = None) -> FloatArray:
    """Values on the scale where the known ones fill 0..1."""
    low, high = float(known.min()), float(known.max())
    return ((known if values is None else values) - low) / max(high - low, 1e-9)


def _versions(shown: Sequence[int], sound: NDArray[np.floating], titles: Sequence[str]) -> dict[int, tuple[int, ...]]:
    """Of each row the later ones under the same title that sound nearly as it does."""
    named: dict[str, list[int]] = {}
    for one in shown if len(titles) else ():
        named.setdefault(titles[one], []).append(one)
    named.pop("", None)
    return {
        original: tuple(other for other in alike[place:] if sound[original, other] >= ANOTHER_VERSION)
        for alike in named.values()
        for place, original in enumerate(alike, start=1)
    }
