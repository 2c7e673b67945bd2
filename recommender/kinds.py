"""What kinds of music a library holds, each with where it leads: a narrowed list, words, a radio.

Counts are of the tracks handed in, so nobody learns from them what others keep to themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.utils.http import urlencode

from catalog.models import TrackQuerySet
from recommender import results
from recommender.facets import mood, sound
from recommender.naming import FAST, SLOW

MOST_GENRES = 60
SAMPLE = 300  # tracks in which instruments are looked for: a share of them is within 6 % of that of the library
RARE = 0.02  # share from which an instrument is worth naming


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of music."""

    label: str
    query: str  # GET parameters of the list, or of the words, that show it
    radio: str = ""  # where its radio begins, without the kind of beginning: "calm"; empty for none
    count: int = 0  # tracks
    share: float = 0.0  # of the library, 0..1


def moods(tracks: TrackQuerySet) -> list[Kind]:
    """Moods by how many tracks have them to a marked degree, the most frequent first."""
    marked = {axis: Q(**{f"measurement__moods__{axis}__gte": mood.MARKED}) for axis in mood.WORDS}
    found = _counted(tracks, marked)
    kinds = [_kind(mood.WORDS[axis], {"mood": axis}, count, found.total) for axis, count in found.each.items() if count]
    return sorted(kinds, key=lambda kind: -kind.count)


def tempi(tracks: TrackQuerySet) -> list[Kind]:
    """Slow, moderate and fast music, and music without a beat."""
    bpm = "measurement__bpm"
    found = _counted(
        tracks,
        {
            "slow": Q(**{f"{bpm}__lt": SLOW}),
            "moderate": Q(**{f"{bpm}__gte": SLOW, f"{bpm}__lte": FAST}),
            "fast": Q(**{f"{bpm}__gt": FAST}),
        },
    )
    bounds = {"slow": {"bpm_max": SLOW}, "moderate": {"bpm_min": SLOW, "bpm_max": FAST}, "fast": {"bpm_min": FAST}}
    return [_kind(name, bounds[name], count, found.total) for name, count in found.each.items() if count]


def genres(tracks: TrackQuerySet) -> list[Kind]:
    """Genres as the files name them, the most frequent first; in whichever letters most of them write it."""
    rows = tracks.exclude(genre="").order_by().values_list("genre").annotate(count=Count("pk"))
    written: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for name, count in rows.order_by("-count", "genre"):
        counts[written.setdefault(name.strip().casefold(), name)] += count
    total = tracks.count()
    return [_kind(name, {"genre": name}, count, total) for name, count in counts.most_common(MOST_GENRES)]


def decades(tracks: TrackQuerySet) -> list[Kind]:
    """Decades in which something was made, the latest first."""
    rows = tracks.exclude(year=None).order_by().annotate(decade=F("year") / 10).values_list("decade")
    total = tracks.count()
    return [
        Kind(
            f"{decade}0s",
            urlencode({"year_min": decade * 10, "year_max": decade * 10 + 9}),
            "",
            count,
            _of(count, total),
        )
        for decade, count in rows.annotate(count=Count("pk")).order_by("-decade")
    ]


def instruments(tracks: TrackQuerySet, encoder: str) -> list[Kind]:
    """Instruments and voices that can be heard in a sample of the tracks, the most frequent first."""
    drawn = tracks.filter(embeddings__encoder=encoder).order_by("sha256").values_list("pk", flat=True)[:SAMPLE]
    known = results.load(drawn, encoder)
    heard = Counter(word for one in known.values() for word in sound.words(one))
    shares = ((word, count / len(known)) for word, count in heard.most_common())
    return [Kind(word, urlencode({"q": word}), word, 0, share) for word, share in shares if share >= RARE]


@dataclass(frozen=True, slots=True)
class _Counts:
    each: dict[str, int]
    total: int


def _counted(tracks: TrackQuerySet, kinds: dict[str, Q]) -> _Counts:
    """How many of the analysed tracks are of each kind, in one query."""
    counts = {name: Count("pk", filter=condition) for name, condition in kinds.items()}
    found = tracks.order_by().aggregate(total=Count("pk", filter=Q(measurement__isnull=False)), **counts)
    total = found.pop("total")
    return _Counts(found, total)


def _kind(label: str, narrowed: Mapping[str, str | float], count: int, total: int) -> Kind:
    return Kind(
        label, urlencode({name: f"{value}" for name, value in narrowed.items()}), label, count, _of(count, total)
    )


def _of(count: int, total: int) -> float:
    return count / total if total else 0.0
