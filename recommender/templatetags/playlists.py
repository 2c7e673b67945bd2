"""Playlists as a shelf, and their rows: what every list of tracks shows, and where each row may go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.core.paginator import Page
from django.template import RequestContext

from catalog import playlists
from catalog.models import Playlist, PlaylistEntry, Track
from recommender import keeping
from recommender.asking import Result
from recommender.templatetags import segue

register = template.Library()

LARGE = " art--large"  # what the picture at the head of a page is, besides


@register.inclusion_tag("catalog/_playlists.html", takes_context=True)
def playlistshelf(context: RequestContext, shown: Iterable[Playlist]) -> dict[str, Any]:
    """Show liked tracks and playlists as a shelf, these under four pictures of their tracks, or under one."""
    listed, user = list(shown), context["request"].user
    found = playlists.faces(listed, user)
    return {
        "playlists": [(one, _mosaic(found.get(one.pk, []))) for one in listed],
        "liked": keeping.liked(user).count(),
    }


@register.inclusion_tag("catalog/_mosaic.html", takes_context=True)
def playlistart(context: RequestContext, playlist: Playlist) -> dict[str, Any]:
    """Show the picture of one playlist, large, of what the viewer hears in it."""
    found = playlists.faces([playlist], context["request"].user)
    return {"tracks": _mosaic(found.get(playlist.pk, [])), "look": LARGE}


@register.inclusion_tag("catalog/_mosaic.html")
def mosaic(shown: Iterable[Track | Result]) -> dict[str, Any]:
    """Show the picture of a list of tracks or recommendations, large."""
    tracks = [one.track if isinstance(one, Result) else one for one in shown]
    return {"tracks": _mosaic(playlists.different(tracks)), "look": LARGE}


@register.inclusion_tag("parts/whole.html", takes_context=True)
def whole(
    context: RequestContext,
    shown: Iterable[Track | Result | int],
    name: str,
    playlist: Playlist | None = None,
) -> dict[str, Any]:
    """Show the menu of a whole list: queue all of it, or save it as a playlist.

    Parameters
    ----------
    shown : tracks, recommendations or ids; more of them than a page may show
    name : what the playlist is called unless the listener writes something else
    playlist : the listener's own one that the list is; its menu also shares, orders and removes it
    """
    ids = [one if isinstance(one, int) else (one.track if isinstance(one, Result) else one).pk for one in shown]
    listed = ",".join(map(str, ids[: playlists.MOST_ENTRIES]))
    return {
        "ids": listed,
        "name": str(name)[: playlists.TITLE_LENGTH],
        "playlist": playlist,
        "csrf_token": context.get("csrf_token"),
    }


def _mosaic(tracks: list[Track]) -> list[Track]:
    return tracks if len(tracks) == playlists.FACES else tracks[:1]


@register.inclusion_tag("catalog/_entries.html", takes_context=True)
def entrylist(context: RequestContext, page: Page[PlaylistEntry], later: str) -> dict[str, Any]:
    """Show a page of a playlist to its owner, with buttons that move its entries and take them out.

    Parameters
    ----------
    later : ids of the tracks after this page, with commas between them
    """
    first = max(page.start_index() - 1, 0)
    rows = segue.rows_of(context, [entry.track for entry in page])
    shown = [
        {"entry": entry, "row": row, "up": max(place - 1, 0), "down": place + 1, "place": place}
        for place, (entry, row) in enumerate(zip(page, rows, strict=True), first)
    ]
    return {
        "places": shown,
        "first": first,
        "last": page.paginator.count - 1,
        "later": later,
        "page": page,
        "csrf_token": context.get("csrf_token"),
        "request": context["request"],
    }
