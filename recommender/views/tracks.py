"""One track: what was heard in it, and what sounds alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import Request, listener, two_answers, wants_fragment
from catalog.models import Track
from recommender import listening, questions, results
from recommender.facets import mood, seen_by, sound
from recommender.facets.reference import Reference
from recommender.forms import LikeForm, WeightsForm
from recommender.models import Analysis, Listen, Measurement
from recommender.questions import Asker
from recommender.views.knobs import VARIETY, facet_knobs, tuned
from recommender.views.lookup import visible_track

NEIGHBOURS = 20
CHANNELS = {1: "mono", 2: "stereo"}
ORDER = replace(VARIETY, usual=0.0)  # the page of one track shows the nearest first


@require_GET
def track(request: Request, track_id: int) -> HttpResponse:
    """Show the page; to its sliders and presets only the part about neighbours."""
    seed = visible_track(request, track_id)
    form, variety = WeightsForm(request.GET), ORDER.read(request.GET)
    asker = Asker.of(listener(request))
    answer = questions.similar(seed, form.weights, asker, k=NEIGHBOURS, variety=variety.value)
    knobs = [*facet_knobs(form), variety]
    steer = f"track={seed.pk}&{form.query}&variety={variety.shown}"
    context: dict[str, Any] = {
        "track": seed,
        "form": form,
        "knobs": knobs,
        "tuned": tuned(knobs, form),
        "answer": answer,
        "analysis": _analysis(seed),
        "steer": steer,
        "beside": f"variety={variety.shown}&",
        "narrow": f"{reverse('blend')}?{steer}",  # which has filters
    }
    if wants_fragment(request):
        return two_answers(render(request, "recommender/_similar.html", context))
    return two_answers(render(request, "recommender/track.html", context | _heard(seed, asker.usual)))


@require_GET
def state(request: Request, track_id: int) -> HttpResponse:
    """How far the analysis of one track is, as a fragment that asks again until there is an answer."""
    seed = visible_track(request, track_id)
    context = {"track": seed, "analysis": _analysis(seed), "polled": True, "in_list": "list" in request.GET}
    return render(request, "recommender/_state.html", context)


@require_http_methods(["GET", "POST"])
def like(request: Request, track_id: int) -> HttpResponse:
    """Like a track, or take the like back; a GET answers whether it is liked, for the player."""
    seed = visible_track(request, track_id)
    if request.method == "GET":
        return _liking(request, seed, bool(listening.liked_ids(listener(request), [seed.pk])))
    form = LikeForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("radio is not a radio session")
    return _liking(request, seed, listening.toggle_like(listener(request), seed, radio=form.cleaned_data["radio"]))


@require_POST
def less(request: Request, track_id: int) -> HttpResponse:
    """Write down that the listener wants less like this."""
    seed = visible_track(request, track_id)
    listening.note(listener(request), seed, Listen.Kind.LESS)
    if not wants_fragment(request):
        return HttpResponse(status=303, headers={"Location": seed.get_absolute_url()})
    return render(request, "recommender/_less.html", {"track": seed})


def _liking(request: Request, seed: Track, liked: bool) -> HttpResponse:
    if not wants_fragment(request):
        return HttpResponse(status=303, headers={"Location": seed.get_absolute_url()})
    return render(request, "recommender/_like.html", {"track": seed, "liked": liked})


def _heard(seed: Track, usual: Reference) -> dict[str, Any]:
    measured = results.load([seed.pk], settings.ENCODER).get(seed.pk)
    badges = [badge for facet in seen_by(usual) if (badge := facet.badge(measured))] if measured else []
    stored = Measurement.objects.filter(track=seed).first()
    heard = stored.moods if stored else {}  # PostgreSQL keeps the keys of JSON in an order of its own
    moods = [(word, heard[axis]) for axis, word in mood.WORDS.items() if axis in heard]
    return {
        "badges": badges,
        "measurement": stored,
        "moods": moods,
        "tags": sound.tags(measured) if measured else [],
        "format": _format(stored) if stored else "",
    }


def _format(stored: Measurement) -> str:
    """How the file holds its sound: "44.1 kHz, stereo"."""
    channels = CHANNELS.get(stored.channels, f"{stored.channels} channels")
    return f"{stored.sample_rate / 1000:g} kHz, {channels}"


def _analysis(seed: Track) -> Analysis | None:
    return Analysis.objects.filter(track=seed).first()
