"""What the player asks and reports: its queue after a reload, waveforms, listens."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseNotModified
from django.shortcuts import render
from django.utils.http import parse_etags
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import Request, listener
from catalog import renditions, streaming
from catalog.models import Track
from recommender import listening, waves
from recommender.forms import ListenForm, QueueForm
from recommender.models import Listen, Measurement
from recommender.views.lookup import visible_track

YEAR = 31_536_000  # seconds


@require_GET
def queue(request: Request) -> HttpResponse:
    """Rows for the tracks that a returning listener had in the queue, with fresh addresses of their sound."""
    form = QueueForm(request.GET)
    if not form.is_valid():
        return HttpResponseBadRequest("ids must be track numbers with commas between them")
    order = form.cleaned_data["ids"]
    lacked = streaming.lacking(request)
    shown = Track.objects.visible_to(listener(request)).for_lists()
    tracks = (shown.prefetch_related("renditions") if lacked else shown).in_order(order)
    refused, wait = streaming.refused(request, tracks) if lacked else (set(), 0)
    context = {"tracks": tracks, "unmade": renditions.unmade(order, lacked), "refused": refused, "wait": wait}
    return render(request, "recommender/_queue.html", context)


@require_GET
def wave(request: Request, track_id: int) -> HttpResponse:
    """The waveform of a track for the seek bar; nothing while it is not analysed.

    Kept for a year when `?v=` names the measurement, as the addresses in our rows do.
    """
    seed = visible_track(request, track_id)
    measured = Measurement.objects.filter(track=seed).only("peaks", "measured_at").first()
    if measured is None:
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    version = waves.version(measured.measured_at)
    if f'"{version}"' in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        context = {"strokes": waves.strokes(measured, waves.SEEK_BARS)}
        response = render(request, "recommender/wave.svg", context, content_type="image/svg+xml")
    lasting = request.GET.get("v") == version
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable" if lasting else "private, no-cache"
    response["ETag"] = f'"{version}"'
    return response


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
