"""What the pages need beyond plain Django: lists of tracks, artwork, waveforms, icons.

A list asks the database once for everything its rows show besides the tracks themselves, so the pages of the catalogue
can use it without knowing the recommender.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django import template
from django.db.models import Case, When
from django.template import RequestContext
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from numpy.typing import NDArray

from catalog.models import Album, Track
from catalog.streaming import stream_url
from recommender import listening, results
from recommender.asking import Result
from recommender.facets import key as keys
from recommender.measurement import Key
from recommender.models import Measurement
from recommender.ranking import Reason
from recommender.templatetags import artwork as generated

register = template.Library()

NO_PROFILE = np.zeros(24, np.float32)  # a name needs none
COVER_PIXELS = {"small": 160, "large": 600}
SPECIMEN = "060002201018407020100830"  # a digest whose drawing greets newcomers
WAVE_BARS, WAVE_HEIGHT = 200, 64
LOUDNESS = -18.0  # LUFS, as in ReplayGain 2 (EBU R 128 scale)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list of tracks."""

    track: Track
    source: str  # signed address of the sound
    liked: bool
    bpm: float | None
    key: str
    gain: str  # factor by which the player turns it down, so that all tracks are equally loud
    reasons: tuple[Reason, ...] = ()
    summary: str = ""


@register.filter
def clock(seconds: float | None) -> str:
    """Turn seconds into "3:45" or "1:02:03"; empty when they are not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


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
    """Draw the stored peaks as one SVG path, WAVE_BARS strokes wide."""
    peaks = results.unpack_peaks(measurement.peaks)
    return mark_safe(_strokes(peaks))  # noqa: S308 - numbers only


@register.inclusion_tag("recommender/_tracks.html", takes_context=True)
def tracklist(
    context: RequestContext, tracks: Iterable[Track | Result], radio: str = "", steer: str = ""
) -> dict[str, Any]:
    """Show tracks or recommendations as a list that can be played.

    Parameters
    ----------
    radio : address where its events go
    steer : GET parameters of the blend to which a row is added by "more like this" and "less like this"
    """
    return {"rows": rows_of(context, tracks), "radio": radio, "steer": steer}


@register.inclusion_tag("recommender/_shelf.html", takes_context=True)
def shelf(context: RequestContext, tracks: Iterable[Track | Result]) -> dict[str, Any]:
    """Show tracks as a shelf of covers that can be played."""
    return {"rows": rows_of(context, tracks)}


@register.inclusion_tag("recommender/_albums.html", takes_context=True)
def albumshelf(context: RequestContext, albums: Iterable[Album]) -> dict[str, Any]:
    """Show albums as a shelf; each wears the artwork of its first track, a real cover before a drawn one."""
    found = {album.pk: album for album in albums}
    tracks = Track.objects.visible_to(context["request"].user).filter(album__in=found)
    ordered = tracks.order_by("album_id", Case(When(cover="", then=1), default=0), "disc_number", "track_number", "pk")
    first: dict[int | None, Track] = {}
    for track in ordered:
        first.setdefault(track.album_id, track)
    return {"albums": [(album, first[pk]) for pk, album in found.items() if pk in first]}


@register.simple_tag(takes_context=True)
def row_of(context: RequestContext, track: Track) -> Row:
    """Everything that playing and liking one track needs."""
    return rows_of(context, [track])[0]


def rows_of(context: RequestContext, items: Iterable[Track | Result]) -> list[Row]:
    """Everything that rows of a list show, in as many queries for one as for many."""
    found = [item if isinstance(item, Result) else Result(item, 0.0, (), "") for item in items]
    ids = [one.track.pk for one in found]
    user = context["request"].user
    liked = listening.liked_ids(user, ids)
    facts = {
        pk: (bpm, key_name(tonic, mode), gain_of(lufs, peak))
        for pk, bpm, tonic, mode, lufs, peak in Measurement.objects.filter(track_id__in=ids).values_list(
            "track_id", "bpm", "key_tonic", "key_mode", "loudness", "true_peak"
        )
    }
    return [
        Row(
            one.track,
            stream_url(one.track, user),
            one.track.pk in liked,
            *facts.get(one.track.pk, (None, "", "1")),
            one.reasons,
            one.summary,
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


def _strokes(peaks: NDArray[Any]) -> str:
    step = max(len(peaks) // WAVE_BARS, 1)
    groups = [peaks[start : start + step] for start in range(0, len(peaks), step)]
    middle, scale = WAVE_HEIGHT / 2, WAVE_HEIGHT / 2 / 127
    return "".join(
        f"M{2 + 4 * bar} {middle - max(int(group[:, 1].max()) * scale, 1):.0f}"
        f"V{middle + max(-int(group[:, 0].min()) * scale, 1):.0f}"
        for bar, group in enumerate(groups)
    )
