"""What the pages need beyond plain Django: lists of tracks, artwork, waveforms, icons.

A list asks the database once for everything its rows show besides the tracks themselves, so the pages of the catalogue
can use it without knowing the recommender.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from django import template
from django.db.models import Case, When
from django.template import RequestContext
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from catalog.models import Album, Artist, Track
from catalog.streaming import stream_url
from recommender import keeping, listening, waves
from recommender.asking import Result
from recommender.errors import WORDS, Code
from recommender.facets import key as keys
from recommender.facets import mood
from recommender.maps import Region
from recommender.measurement import Key
from recommender.models import Measurement
from recommender.ranking import Reason
from recommender.templatetags import artwork as generated

register = template.Library()

NO_PROFILE = np.zeros(24, np.float32)  # a name needs none
COVER_PIXELS = {"small": 160, "large": 600}
UNRECORDED = "the reason was not recorded"
SPECIMEN = "060002201018407020100830"  # a digest whose drawing greets newcomers
LOUDNESS = -18.0  # LUFS, as in ReplayGain 2 (EBU R 128 scale)


class Facts(NamedTuple):
    """What rows show and the player uses of a measured track."""

    bpm: float | None = None
    key: str = ""
    gain: str = "1"  # factor by which the player turns it down, so that all tracks are equally loud
    sound: str = "0 0"  # seconds at which it begins and ends, without the silence around it
    wave: str = ""  # address of its waveform
    mood: str = ""  # "Calm, sad": what is marked about it


UNHEARD = Facts(mood="Not analysed")  # yet, or ever: a row without any fact looks broken unless it says so


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list of tracks."""

    track: Track
    source: str  # signed address of the sound
    liked: bool
    facts: Facts
    reasons: tuple[Reason, ...] = ()
    summary: str = ""
    near: str = ""  # title of the track that the summary compares it with, where the page does not say it

    @property
    def bpm(self) -> float | None:
        """Its tempo, if it has one."""
        return self.facts.bpm

    @property
    def key(self) -> str:
        """Its key, as musicians write it."""
        return self.facts.key

    @property
    def mood(self) -> str:
        """Adjectives, if there is anything marked about it."""
        return self.facts.mood


register.filter("ago", keeping.ago)


@register.filter
def clock(seconds: float | None) -> str:
    """Turn seconds into "3:45" or "1:02:03"; empty when they are not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def lasting(seconds: float) -> str:
    """Turn the length of a whole list into words: "1 h 52 min"; less than a minute is one, and nothing is empty."""
    hours, minutes = divmod(max(round(seconds / 60), 1), 60)
    words = [f"{hours:,}\N{NO-BREAK SPACE}h"] * bool(hours) + [f"{minutes}\N{NO-BREAK SPACE}min"]
    return "\N{NO-BREAK SPACE}".join(words) if seconds else ""


@register.filter
def percent(share: float) -> int:
    """Turn 0..1 into whole percent."""
    return round(share * 100)


@register.filter
def key(measurement: Measurement) -> str:
    """Name the key of a measured track: "A minor"; empty when nothing tonal was heard."""
    return key_name(measurement.key_tonic, measurement.key_mode)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw a symbol of the sprite in icons.html; decoration only, the control around it carries the name."""
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def artwork(track: Track, size: str = "small") -> SafeString:
    """Show the cover of a track, or the picture that its bytes draw; decoration, because the title stands beside it."""
    if not track.cover:
        return generated.drawing(track.sha256)
    pixels = COVER_PIXELS[size]
    address = f"{reverse('cover', args=[track.pk])}?{urlencode({'v': track.cover[:12], 'size': size})}"
    return format_html('<img src="{0}" alt="" decoding="async" width="{1}" height="{1}">', address, pixels)


@register.simple_tag
def specimen() -> SafeString:
    """Show what generated covers look like, for a page without tracks."""
    return generated.drawing(SPECIMEN)


@register.simple_tag
def waveform(measurement: Measurement) -> SafeString:
    """Draw the stored peaks as the data of one SVG path."""
    return mark_safe(waves.strokes(measurement))  # noqa: S308 - numbers only


@register.filter
def explained(code: str) -> str:
    """Say why a file could not be analysed; what has no words was not recorded."""
    return WORDS.get(Code(code), UNRECORDED) if code in list(Code) else UNRECORDED


@register.simple_tag
def playable(row: Row) -> SafeString:
    """What the player needs to know of a row, as attributes of its element; docs/frontend.md lists them."""
    return format_html(
        'data-track="{}" data-src="{}" data-gain="{}" data-sound="{}" data-peaks="{}"',
        row.track.pk,
        row.source,
        row.facts.gain,
        row.facts.sound,
        row.facts.wave or waves.address(row.track.pk, None),
    )


@register.inclusion_tag("recommender/_tracks.html", takes_context=True)
def tracklist(
    context: RequestContext,
    tracks: Iterable[Track | Result],
    radio: str = "",
    steer: str = "",
    narrow: str = "",
    append: str = "",
) -> dict[str, Any]:
    """Show tracks or recommendations as a list that can be played.

    Parameters
    ----------
    radio : address where its events go
    steer : GET parameters of the blend to which a row is added by "more like this" and "less like this"
    narrow : address of a question from which a row's artist can be left out
    append : address that adds a row to the playlist for which it is suggested
    """
    return {"rows": rows_of(context, tracks), "radio": radio, "steer": steer, "narrow": narrow, "append": append}


@register.inclusion_tag("recommender/_shelf.html", takes_context=True)
def shelf(context: RequestContext, tracks: Iterable[Track | Result]) -> dict[str, Any]:
    """Show tracks as a shelf of covers that can be played."""
    return {"rows": rows_of(context, tracks)}


@register.inclusion_tag("recommender/_albums.html", takes_context=True)
def albumshelf(context: RequestContext, albums: Iterable[Album], by: Artist | None = None) -> dict[str, Any]:
    """Show albums as a shelf: how many tracks the viewer hears of each, under the artwork of the first one.

    A real cover comes before a drawn one. `by`: whom the page is about; albums by anybody else say by whom they are.
    """
    found = {album.pk: album for album in albums}
    tracks = Track.objects.visible_to(context["request"].user).filter(album__in=found).only("album", "cover", "sha256")
    ordered = tracks.order_by("album_id", Case(When(cover="", then=1), default=0), "disc_number", "track_number", "pk")
    of: dict[int | None, list[Track]] = {}
    for track in ordered:
        of.setdefault(track.album_id, []).append(track)
    return {"albums": [(album, of[pk][0], len(of[pk])) for pk, album in found.items() if pk in of], "by": by}


@register.simple_tag(takes_context=True)
def row_of(context: RequestContext, track: Track) -> Row:
    """Everything that playing and liking one track needs."""
    return rows_of(context, [track])[0]


@register.simple_tag(takes_context=True)
def groups(context: RequestContext, regions: Iterable[Region]) -> list[tuple[Region, list[Row]]]:
    """Regions of the map, each with the rows of its tracks, which are read for all of them at once."""
    listed = list(regions)
    every = iter(rows_of(context, [track for region in listed for track in region.tracks]))
    return [(region, list(islice(every, len(region.tracks)))) for region in listed]


@register.simple_tag(takes_context=True)
def rows(context: RequestContext, tracks: Iterable[Track]) -> list[Row]:
    """Everything that the queue of the player needs of tracks."""
    return rows_of(context, tracks)


def rows_of(context: RequestContext, items: Iterable[Track | Result]) -> list[Row]:
    """Everything that rows of a list show, in as many queries for one as for many."""
    found = [item if isinstance(item, Result) else Result(item, 0.0, (), "") for item in items]
    ids = [one.track.pk for one in found]
    user = context["request"].user
    liked = listening.liked_ids(user, ids)
    facts = _facts(ids)
    return [
        Row(
            one.track,
            stream_url(one.track, user),
            one.track.pk in liked,
            facts.get(one.track.pk, UNHEARD),
            one.reasons,
            one.summary,
            one.near,
        )
        for one in found
    ]


def key_name(tonic: int | None, mode: str) -> str:
    """Name a key as musicians do: "A minor"; empty when nothing tonal was heard."""
    return keys.key_name(Key(tonic, mode, 1.0, NO_PROFILE))


def gain_of(loudness: float | None, true_peak: float | None) -> str:
    """Turn what is louder than LOUDNESS down to it, as a factor of at most 1; what is quieter stays as it is.

    Quiet music has loud moments: to raise it would need a limiter. Peaks between the samples stay below full scale.
    """
    wanted = min(LOUDNESS - (loudness if loudness is not None else LOUDNESS), -(true_peak or 0.0), 0.0)
    return f"{10 ** (wanted / 20):.3f}"


def _facts(track_ids: list[int]) -> dict[int, Facts]:
    columns = (
        "bpm",
        "key_tonic",
        "key_mode",
        "loudness",
        "true_peak",
        "silence_start",
        "silence_end",
        "measured_at",
        "moods",
        "track__seconds",
    )
    return {
        pk: Facts(
            bpm,
            key_name(tonic, mode),
            gain_of(lufs, peak),
            f"{start:.2f} {max((seconds or 0) - end, 0):.2f}",
            waves.address(pk, measured_at),
            ", ".join(mood.marked(moods)).capitalize(),
        )
        for pk, bpm, tonic, mode, lufs, peak, start, end, measured_at, moods, seconds in Measurement.objects.filter(
            track_id__in=track_ids
        ).values_list("track_id", *columns)
    }
