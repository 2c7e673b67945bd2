"""What leads on from a page: the button that starts a radio, and why a result is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from django import template

from recommender.asking import Result
from recommender.facets import FACETS
from recommender.ranking import Reason

register = template.Library()

USUAL = {facet.name for facet in FACETS if facet.default_weight > 0}
WITHIN_A_LINE = {facet.label: facet.label.lower() for facet in FACETS}  # what words ask for is written as it is meant


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
    """The strongest reason in short: "tempo 97 %"; of what usually counts, if there is any. Empty if all is told."""
    left = [reason for reason in reasons if not reason.told]
    counted = [reason for reason in left if reason.facet in USUAL] or left
    best = max(counted, key=lambda reason: reason.percentile, default=None)
    return f"{_said(best)}\N{NO-BREAK SPACE}{best.share}" if best else ""


@register.filter
def legend(results: Sequence[Result]) -> str:
    """What the bars beside results stand for, from the top: "sound, mood, tempo, key"; empty where there are none."""
    explained = next((one.reasons for one in results if one.reasons), ())
    return ", ".join(_said(reason) for reason in explained)


def _said(reason: Reason) -> str:
    return WITHIN_A_LINE.get(reason.label, reason.label)
