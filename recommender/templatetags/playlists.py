"""Rows of a playlist: what every list of tracks shows, and where each row may go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.template import RequestContext

from catalog.models import PlaylistEntry
from recommender.templatetags import segue

register = template.Library()


@register.inclusion_tag("catalog/_entries.html", takes_context=True)
def entrylist(context: RequestContext, entries: Iterable[PlaylistEntry]) -> dict[str, Any]:
    """Show the entries of a playlist to its owner, with buttons that move them and take them out."""
    places = list(entries)
    rows = segue.rows_of(context, [entry.track for entry in places])
    shown = [
        {"entry": entry, "row": row, "up": max(place - 1, 0), "down": place + 1, "place": place}
        for place, (entry, row) in enumerate(zip(places, rows, strict=True))
    ]
    return {"places": shown, "last": len(shown) - 1, "csrf_token": context.get("csrf_token")}
