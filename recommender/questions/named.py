"""Words that the library itself explains: artists and genres, as what their tracks sound like.

"Reggae, but calm" means something to whoever has tagged reggae, though no tag of the encoder hears it; so does "like
Iron Maiden". Asked of what the reader of text does not know, so words that it does know keep their meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.conf import settings

from catalog import search_text
from catalog.models import Artist, Track, TrackQuerySet
from recommender import browse, library, phrases, words
from recommender.asking import Asker
from recommender.lenses import Lens
from recommender.measurement import FloatArray
from recommender.terms import Reading, Term, unit

MOST_WORDS = 12  # of those that are unknown; more of them are no description
MOST_GENRES = 500
MOST_TRACKS = 200  # of a name, spread over all it has
FACETS = ("sound", "mood")  # that tell what somebody sounds like: their tempi and keys are not one
LEAST_LENGTH = 1e-3  # of a mean less the library's: below, all of the library is like that


@dataclass(frozen=True, slots=True)
class Name:
    """An artist or a genre, and the tracks that say what it means."""

    label: str  # "Iron Maiden", "Reggae"
    tracks: TrackQuerySet
    artist: int | None = None

    @property
    def meaning(self) -> str:
        """ "like Iron Maiden", "Reggae"."""
        return self.label if self.artist is None else f"like {self.label}"


def read(text: str, asker: Asker) -> Reading:
    """What a text means to the chosen reader of text, and its unknown words to the asker's library.

    An artist who is refused is left out and says nothing about sound: "metal, no Iron Maiden" is metal all the same.
    """
    reader, usual, lens = words.load(settings.TEXT_ENCODER), asker.usual, asker.lens
    reading = reader.read(text, usual)
    if lens is None or not reading.unknown:
        return reading
    named = _names(text, [each.word for each in reading.unknown], asker)
    known = {piece: term for piece, name in named.items() if (term := _term(piece, name, lens)) is not None}
    if not known:
        return reading
    reading = reader.read(text, usual, known)
    refused = {term.typed for term in reading.terms if term.strength < 0}
    without = {piece: name for piece, name in named.items() if piece in refused and name.artist is not None}
    terms = tuple(_left_out(term, without.get(term.typed)) for term in reading.terms)
    artists = frozenset(name.artist for name in without.values() if name.artist is not None)
    return replace(reading, terms=terms, without_artists=artists)


def _left_out(term: Term, artist: Name | None) -> Term:
    """A term; of an artist who was refused it says so to people and asks for nothing."""
    return term if artist is None else replace(term, directions={}, meaning=f"without {artist.label}")


def _names(text: str, unknown: Sequence[str], asker: Asker) -> dict[str, Name]:
    """The pieces of a plain text that name something in the part of the library that one may hear."""
    unread = {phrases.plain(word) for word in unknown[:MOST_WORDS]}
    pieces = {piece: search_text.folded(piece) for piece in phrases.runs(phrases.plain(text), unread)}
    if not pieces:
        return {}
    seen = Track.objects.visible_to(asker.viewer)
    genres = _genres(set(pieces.values()), seen)
    artists = _artists(set(pieces.values()), seen)
    return {
        piece: name
        for piece, folded in pieces.items()
        if (name := artists.get(folded) or genres.get(folded)) is not None
    }


def _artists(wanted: Iterable[str], seen: TrackQuerySet) -> dict[str, Name]:
    """Artists of these names, with or without the article that many begin with, by the name that was wanted."""
    spelled = {search_text.stored(form): name for name in wanted for form in (f"the {name}", name)}
    rows = Artist.objects.filter(search__in=spelled).values_list("pk", "name", "search")
    return {
        spelled[search]: Name(name, seen.filter(artist=pk), pk)
        for pk, name, search in rows
        if search in spelled and seen.filter(artist=pk).exists()
    }


def _genres(wanted: set[str], seen: TrackQuerySet) -> dict[str, Name]:
    """Genres of these names, however they are written, by the name that was wanted."""
    spelled: dict[str, list[str]] = {}
    for genre in browse.genres(seen, MOST_GENRES):
        if (folded := search_text.folded(genre)) in wanted:
            spelled.setdefault(folded, []).append(genre)
    return {
        folded: Name(min(genres, key=str.isupper), seen.filter(genre__in=genres)) for folded, genres in spelled.items()
    }


def _term(piece: str, name: Name, lens: Lens) -> Term | None:
    """Where the tracks of a name lie, seen from the middle of the library; None when none of them has been analysed."""
    ids = list(name.tracks.order_by("pk").values_list("pk", flat=True))
    stored = library.vectors(lens.version, ids[:: max(-(-len(ids) // MOST_TRACKS), 1)])
    if not stored:
        return None
    directions = _directions(np.stack(list(stored.values())), library.sample(lens.version), lens)
    return Term(piece, name.meaning, 1.0, directions, words.SHARES["mood"]) if directions else None


def _directions(vectors: FloatArray, sample: FloatArray, lens: Lens) -> Mapping[str, FloatArray]:
    """From the mean of a sample to that of some tracks, in each facet where they differ at all."""
    found = {}
    for part in lens.layout.facets:
        if part.name in FACETS:
            usual = sample[:, part.place].mean(axis=0) if len(sample) else 0.0
            way = vectors[:, part.place].mean(axis=0) - usual
            if np.linalg.norm(way) > LEAST_LENGTH:
                found[part.name] = unit(way)
    return found
