"""What the player asks and reports: its queue after a reload, listens, radio."""

from __future__ import annotations

import secrets

from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from catalog.models import Track
from recommender import listening, recommend
from recommender.forms import ListenForm, QueueForm, WeightsForm
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
    return _note(request) or HttpResponse(status=204)


@require_POST
def start_radio(request: Request, track_id: int) -> HttpResponse:
    """Begin a radio session at a track: the seed itself, then what fits."""
    return _radio(request, secrets.token_hex(8), visible_track(request, track_id), opening=True)


@require_POST
def steer_radio(request: Request, session: str, track_id: int) -> HttpResponse:
    """Write down what happened in a radio session; the answer is what comes next, steered by it."""
    seed = visible_track(request, track_id)
    return _note(request, session) or _radio(request, session, seed)


def _note(request: Request, session: str = "") -> HttpResponse | None:
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


def _radio(request: Request, session: str, seed: Track, *, opening: bool = False) -> HttpResponse:
    form = WeightsForm(request.GET)
    answer = recommend.radio(session, seed, form.weights, listener(request))
    tracks = [seed, *answer.results] if opening else answer.results
    address = f"{reverse('steer-radio', args=[session, seed.pk])}?{form.query}"
    return render(request, "recommender/_queue.html", {"tracks": tracks, "radio": address})
