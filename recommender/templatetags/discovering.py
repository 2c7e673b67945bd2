"""What leads on from a page: the button that starts a radio, and why a result is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from django import template

from recommender.facets import FACETS
from recommender.ranking import Reason

register = template.Library()

USUAL = {facet.name for facet in FACETS if facet.default_weight > 0}


@register.inclusion_tag("recommender/_radio.html")
def radio(kind: str, value: object = "", query: str = "", label: str = "Radio", look: str = "") -> dict[str, Any]:
    """Show a button that plays a radio at once, and without scripts opens its page.

    Parameters
    ----------
    kind, value : where it begins, as `questions.start_from` reads it: "album", 12
    query : sliders and filters as GET parameters
    look : modifiers of the button ("button--small"), or "icon" for one whose label is only spoken
    """
    return {"fields": [("from", f"{kind}:{value}"), *parse_qsl(query)], "label": label, "look": look}


@register.filter
def strongest(reasons: Sequence[Reason]) -> str:
    """The strongest reason in short: "tempo 97 %"; of facets that usually count, if there are any."""
    counted = [reason for reason in reasons if reason.facet in USUAL] or reasons
    best = max(counted, key=lambda reason: reason.percentile)
    return f"{best.label.lower()} {best.share}"
