"""The button that starts a radio, the same everywhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django import template

register = template.Library()


@register.inclusion_tag("recommender/_radio.html")
def radio(kind: str, value: object = "", query: str = "", label: str = "Radio", look: str = "") -> dict[str, Any]:
    """Show a button that plays a radio at once, and without scripts opens its page.

    Parameters
    ----------
    kind, value : where it begins, as `questions.start_from` reads it: "album", 12
    query : sliders and filters as GET parameters
    look : modifiers of the button: "button--small"
    """
    return {"fields": [("from", f"{kind}:{value}"), *parse_qsl(query)], "label": label, "look": look}
