"""What the player asks and reports: its queue after a reload, and listens."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Track
from recommender import listening
from recommender.forms import ListenForm, QueueForm
from recommender.models import Listen
from recommender.views.lookup import Request, listener, visible_track


@require_GET
def queue(request: Request) -> HttpResponse:
    """Rows for the tracks that a returning listener had in the queue, with fresh addresses of their sound."""
    form = QueueForm(request.GET)
    if not form.is_valid():
        return HttpResponseBadRequest("ids must be track numbers with commas between them")
    order = form.cleaned_data["ids"]
    tracks = Track.objects.visible_to(listener(request)).for_lists().in_bulk(order)
    return render(request, "recommender/_queue.html", {"tracks": [tracks[pk] for pk in order if pk in tracks]})


@require_POST
def listens(request: Request) -> HttpResponse:
    """Write down what the listener did with a track."""
    return note(request) or HttpResponse(status=204)


def note(request: Request, session: str = "") -> HttpResponse | None:
    """Write down what the player reports, in a radio session if there is one; the answer is what is wrong with it."""
    form = ListenForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("track, kind and seconds are needed")
    listening.note(
        listener(request),
        visible_track(request, form.cleaned_data["track"]),
        Listen.Kind(form.cleaned_data["kind"]),
        seconds=form.cleaned_data["seconds"] or 0.0,
        radio=session,
    )
    return None
