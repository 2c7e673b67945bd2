"""The first page of the curators' desk: how far the work is, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django import template
from django.db.models import Count
from django.template import RequestContext
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from catalog.models import Track
from recommender.models import Analysis

register = template.Library()
State = Analysis.State
NAMES = {  # in the order of the work
    State.QUEUED: "Waiting",
    State.RUNNING: "Being analysed",
    State.DONE: "Analysed",
    State.FAILED: "Cannot be analysed",
    State.QUARANTINED: "Given up",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """How many tracks there are of one kind, and the list of them."""

    name: str
    count: int
    address: str
    alarming: bool = False  # somebody should look at them


@register.inclusion_tag("admin/recommender/glance.html", takes_context=True)
def glance(context: RequestContext) -> dict[str, list[Figure]]:
    """Show how many tracks there are at the desk of who is signed in, and how far the work on them is."""
    return {"figures": list(_figures(context["request"].user))}


def _figures(user: User) -> Iterator[Figure]:
    tracks = Track.objects.at_desk(user).order_by()
    counts = dict(tracks.values_list("analysis__state").annotate(count=Count("pk")))
    every = reverse("admin:catalog_track_changelist")
    yield Figure("Tracks", sum(counts.values()), every)
    for state, name in NAMES.items():
        address = f"{every}?{urlencode({'analysis__state__exact': state.value})}"
        yield Figure(name, counts.get(state, 0), address, alarming=state in Analysis.UNLUCKY and state in counts)
