"""Music by words: what was understood becomes one search, what was not is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender import library, query, results
from recommender import terms as language
from recommender.asking import NO_INDEX, NO_MUSIC, Answer, Asker, Explained, Explainer, ask
from recommender.choosing import Found, Question
from recommender.facets import tempo
from recommender.index.base import Filter
from recommender.lenses import Lens
from recommender.measurement import Tempo
from recommender.phrases import Unknown
from recommender.questions import named
from recommender.questions.blends import NOTHING_LEFT
from recommender.questions.filters import Filters
from recommender.ranking import Reason
from recommender.terms import Reading, Term, WordsQuery

NOTHING_ASKED = "Write what you would like to hear: calm piano, no drums, 90 bpm."
NOTHING_UNDERSTOOD = "Segue does not know these words: {}."
OTHER_TEMPI = "Nothing in the library has this tempo. Ask for another one, or for none."
RENEWED = "The index is being rebuilt and does not know these words yet. Try again in a few minutes."
MARKED = 0.7  # share of the library that has less of a term, from which it is worth saying
NUMBERS = {"tempo", "key"}  # facets of which a track's own value is said, not what was asked for
WITHIN = 1.15  # a bound alone asks for a tempo this factor inside of it


@dataclass(frozen=True, slots=True)
class WordsAnswer:
    """Results, and how the words were taken."""

    answer: Answer
    terms: tuple[Term, ...] = ()  # understood; `meaning` is for the chip, `strength` below 0 was refused
    unknown: tuple[Unknown, ...] = ()  # not understood, perhaps with a suggestion
    bpm: tuple[float | None, float | None] = (None, None)  # bounds that the words set


def words(text: str, asker: Asker, filters: Filters | None = None, *, k: int = 20, variety: float = 0.0) -> WordsAnswer:
    """Find what a line of text describes.

    Tempo bounds ("under 100 bpm") go into the filter, everything else into the query vector.
    """
    lens = asker.lens
    reading = named.read(text, asker)
    if lens is None:
        return WordsAnswer(Answer([], problem=NO_INDEX), reading.terms, reading.unknown, reading.bpm)
    asked = asked_by(reading, lens)
    if not asked.positions:
        return WordsAnswer(Answer([], problem=why_nothing(reading) or NOTHING_ASKED), (), reading.unknown, reading.bpm)
    narrowed = (filters or Filters()).heeding(reading)
    where = narrowed.where(lens, asker.viewer)
    effort = query.effort(asked.positions, blended=True, filtered=narrowed.active)
    question = Question(
        lens,
        asked.vector,
        asked.positions,
        where,
        effort,
        correction=language.CORRECTION,
        variety=variety,
        before=of_the_named_tempo(reading, narrowed, where),
    )
    otherwise = NOTHING_LEFT if filters and filters.active else OTHER_TEMPI if narrowed.active else NO_MUSIC
    answer = ask(question, k, by_reading(reading), otherwise=otherwise)
    return WordsAnswer(answer, reading.terms, reading.unknown, reading.bpm)


def asked_by(reading: Reading, lens: Lens) -> WordsQuery:
    """The reading as a question to the version of this lens; bounds without any word ask for the tempo between them."""
    if not reading.terms and (middle := _between(*reading.bpm)):
        direction = {"tempo": language.tempo_direction(middle, language.BROAD)}
        reading = Reading((Term("", f"about {middle:.0f} BPM", 1.0, direction),))
    return language.question(reading, lens.layout, library.sample(lens.version))


def of_the_named_tempo(reading: Reading, filters: Filters, where: Filter) -> Filter | None:
    """The search in which `where` is what these filters let through, among nothing but the tempo that was named.

    Words are a matter of degree, and a direction knows no better than that; who writes "90 bpm" has a number in mind.
    """
    return replace(where, bpm=filters.about(reading.tempo).bpm) if reading.tempo else None


def by_reading(reading: Reading) -> Explainer:
    """Say of each result how much of each term it has, compared with the library."""
    terms = [term for term in reading.terms if term.directions]

    def explain(question: Question, shown: Sequence[Found]) -> list[Explained]:
        if not shown:
            return []
        version, layout, facets = question.lens.version, question.lens.layout, question.lens.facets
        drawn = library.sample(version)
        matrix = np.stack([one.vector for one in shown])
        known = results.load([one.pk for one in shown], version.encoder)
        shares = []
        for term in terms:
            usual = np.sort(language.fits(term, drawn, layout))
            shares.append(np.searchsorted(usual, language.fits(term, matrix, layout)) / max(len(usual), 1))
        explained: list[Explained] = []
        for position, one in enumerate(shown):
            reasons = tuple(_reason(term, float(share[position])) for term, share in zip(terms, shares, strict=True))
            heard = known.get(one.pk)
            badges = {facet.name: facet.badge(heard) for facet in facets} if heard else {}
            other = _other_tempo(reading.tempo, heard.tempo) if reading.tempo and heard else ""
            explained.append(Explained(reasons, _summary(reasons, badges, other)))
        return explained

    return explain


def _reason(term: Term, share: float) -> Reason:
    facet = next((name for name in ("sound", "mood", "tempo", "key") if name in term.directions), "sound")
    less = 1 - share if term.strength < 0 else share
    told = facet in NUMBERS or less >= MARKED
    return Reason(facet, term.meaning, less, "", measure="more so than {} of the library", told=told)


def _summary(reasons: Sequence[Reason], badges: dict[str, str], other_tempo: str) -> str:
    """One line: what of the terms is marked, and last a tempo that is not the one that was named."""
    spoken = [
        _spoken(reason, badges)
        for reason in reasons
        if reason.percentile >= MARKED and not (other_tempo and reason.facet == "tempo")
    ]
    usual = badges.get("mood") or ("" if other_tempo else badges.get("tempo", ""))
    line = ", ".join(dict.fromkeys(spoken)) or usual
    return ", ".join(part for part in (line, other_tempo) if part)


def _spoken(reason: Reason, badges: dict[str, str]) -> str:
    """ "118.0 BPM", "calm 97 %"."""
    if reason.facet in NUMBERS:
        return badges.get(reason.facet) or reason.label
    return f"{reason.label}\N{NO-BREAK SPACE}{reason.share}"


def _other_tempo(named: float, heard: Tempo) -> str:
    """How a track's tempo differs from the one that was named; empty where it can be counted as that."""
    if heard.bpm is None:
        return "but no clear beat"
    if any(tempo.octaves_apart(named, bpm) == 0 for bpm in (heard.bpm, *heard.alternatives)):
        return ""
    apart = tempo.octaves_apart(named, heard.bpm)
    return f"but {heard.bpm:.1f} BPM{tempo.COUNTED[apart or 0]}"


def _between(low: float | None, high: float | None) -> float | None:
    if low and high:
        return float(np.sqrt(low * high))
    if low:
        return low * WITHIN
    return high / WITHIN if high else None


def why_nothing(reading: Reading) -> str | None:
    """Why a reading asks nothing of an index; None when no word was read at all, known or unknown."""
    if any(term.directions for term in reading.terms):  # to an index of before an upgrade, whose facets are others
        return RENEWED
    unknown = ", ".join(each.word for each in reading.unknown)
    return NOTHING_UNDERSTOOD.format(unknown) if unknown else None
