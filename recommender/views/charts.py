"""The map of the library: the page, its points as bytes, and drawing it again."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import Request, listener, wants_fragment
from catalog import naming
from catalog.models import Track
from recommender import jobs, maps
from recommender.models import Job

SHOWN = 3  # tracks of each neighbourhood; all of them are one press away


@require_GET
def page(request: Request) -> HttpResponse:
    """The map, and its neighbourhoods as a list beside it.

    Template recommender/map.html: `shown` (TrackMap; None also for who may hear nothing), `regions`, `outdated`, `job`.
    """
    user = listener(request)
    context = {
        "shown": maps.latest() if Track.objects.visible_to(user).exists() else None,
        "regions": maps.regions(user, tracks=SHOWN),
        "outdated": maps.outdated(),
        "job": jobs.latest(Job.Kind.MAP),
    }
    return render(request, "recommender/map.html", context)


@require_GET
def points(request: Request) -> HttpResponse:
    """Where the tracks lie that this listener may see, or the first of them (`first`), which cover the map evenly.

    docs/questions.md describes the bytes.
    """
    first = request.GET.get("first", "")
    served = maps.served(listener(request), first=int(first) if naming.is_number(first) else None)
    response = HttpResponse(served, content_type="application/octet-stream")
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
def drawing(request: Request) -> HttpResponse:
    """Have the map drawn again (curators), or tell how far that is."""
    if not listener(request).is_staff:
        raise PermissionDenied
    job = jobs.ask(Job.Kind.MAP, listener(request)) if request.method == "POST" else jobs.latest(Job.Kind.MAP)
    if not wants_fragment(request):
        return redirect("map")
    context = {"job": job, "polled": True, "outdated": maps.outdated(), "shown": maps.latest()}
    return render(request, "recommender/_drawing.html", context)
