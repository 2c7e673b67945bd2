"""Rows of a playlist: what every list of tracks shows, and where each row may go."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.paginator import Page
from django.template import RequestContext

from catalog.models import PlaylistEntry
from recommender.templatetags import segue

register = template.Library()


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
