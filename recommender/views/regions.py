"""A part of the map: what lies inside a line or in a neighbourhood, to be played, kept, and gone on from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from accounts.requests import Request, listener
from catalog import naming, playlists
from catalog.forms import PlaylistForm
from catalog.models import Track
from recommender import maps
from recommender.measurement import FloatArray
from recommender.views.lookup import answer, garbled, visible_tracks

CORNERS = (3, 400)  # of a line: fewer enclose nothing, more are no drawing by hand
SHOWN = 24  # tracks in the list; a playlist takes all of them, as far as it has room
RADIO_SEEDS = 60
DRAWN = "A part of the map"


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen on the map."""

    name: str
    ids: list[int]
    query: str  # the address of the same selection


@require_http_methods(["GET", "POST"])
def region(request: Request) -> HttpResponse:
    """The tracks of a neighbourhood (`region=3`) or inside a line (`outline=0.1,0.2;0.3,0.1;...`, 0..1 on the map).

    A POST with a `title` keeps them as a playlist. Template recommender/region.html: `selection`, `tracks` (the first
    of them), `seeds` (of its radio), `form`.
    """
    if not request.GET.keys() & {"region", "outline"}:
        return redirect("map")
    selection = _selected(request)
    if selection is None:
        return garbled(request, "It should name a neighbourhood by its number, or the corners of a line on the map.")
    user, form = listener(request), PlaylistForm(request.POST or None, initial={"title": selection.name})
    if request.method == "POST" and form.is_valid():
        kept = Track.objects.visible_to(user).in_order(selection.ids[: playlists.MOST_ENTRIES])
        return redirect(playlists.create(user, form.cleaned_data["title"], kept))
    context = {
        "selection": selection,
        "tracks": visible_tracks(request, selection.ids[:SHOWN]),
        "seeds": ",".join(map(str, selection.ids[:RADIO_SEEDS])),
        "form": form,
    }
    return answer(request, "recommender/region.html", context)


def _selected(request: Request) -> Selection | None:
    """What the address names; None when it makes no sense. A neighbourhood that is not there answers 404."""
    number = request.GET.get("region", "")
    if number:
        if not naming.is_number(number):
            return None
        found = maps.in_region(listener(request), int(number))
        if found is None:
            raise Http404
        return Selection(*found, urlencode({"region": number}))
    line = _outline(request.GET.get("outline", ""))
    if line is None:
        return None
    return Selection(DRAWN, maps.selected(listener(request), line), urlencode({"outline": request.GET["outline"]}))


def _outline(text: str) -> FloatArray | None:
    corners = [corner.split(",") for corner in text.split(";")]
    low, high = CORNERS
    if not low <= len(corners) <= high or any(len(corner) != 2 for corner in corners):
        return None
    try:
        line = np.array(corners, np.float32)
    except ValueError:
        return None
    return np.clip(line, -1, 2) if np.isfinite(line).all() else None
