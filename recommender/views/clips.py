"""Asking with a clip: hand it in, wait for a worker, see what sounds like it. Others' clips do not exist."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import Request, listener, two_answers, wants_fragment
from catalog.forms import ACCEPT
from catalog.gate import NotTaken
from recommender import clips, questions
from recommender.facets import seen_by
from recommender.forms import WeightsForm
from recommender.models import Clip
from recommender.questions import Asker
from recommender.views.knobs import facet_knobs, tuned

NEIGHBOURS = 20
RECENT = 5


class ClipForm(forms.Form):
    """A clip to ask with. What is in it is judged by the gate."""

    file = forms.FileField(
        label="Sound file",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        error_messages={"required": "Choose a file, or record something.", "invalid": "This is not a file."},
    )


@require_http_methods(["GET", "POST"])
def clip(request: Request) -> HttpResponse:
    """Take a clip in and go on to its page, or say why not. Template recommender/clip.html: `form`, `recent`."""
    user = listener(request)
    form = ClipForm(request.POST, request.FILES) if request.method == "POST" else ClipForm()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            taken = clips.take(file, file.name, user)
        except NotTaken as refused:
            form.add_error("file", refused.message)
        except clips.TooManyWaiting as busy:
            form.add_error("file", str(busy))
        else:
            return redirect("clip-answer", taken.pk)
    context = {"form": form, "recent": clips.of_owner(user)[:RECENT]}
    return render(request, "recommender/clip.html", context)


@require_GET
def answer(request: Request, clip_id: int) -> HttpResponse:
    """Show what sounds like a clip; to its sliders only that part. Before it was heard, how far it is."""
    found = _mine(request, clip_id)
    if found is None:
        return _gone(request, clip_id)
    form = WeightsForm(request.GET)
    knobs = facet_knobs(form)
    context: dict[str, Any] = {"clip": found, "form": form, "knobs": knobs, "tuned": tuned(knobs, form), "answer": None}
    if measured := clips.measurement(found):
        asker = Asker.of(listener(request))
        context["badges"] = [badge for facet in seen_by(asker.usual) if (badge := facet.badge(measured))]
        context["answer"] = questions.clip(found, form.weights, asker, k=NEIGHBOURS)
    template = "recommender/_clip_neighbours.html" if wants_fragment(request) else "recommender/clip_answer.html"
    return two_answers(_private(render(request, template, context)))


@require_GET
def state(request: Request, clip_id: int) -> HttpResponse:
    """How far a clip is, as a fragment that asks again until there is an answer."""
    found = _mine(request, clip_id)
    if found is None:
        return _gone(request, clip_id)
    return _private(render(request, "recommender/_clip_state.html", {"clip": found, "polled": True}))


@require_POST
def forget(request: Request, clip_id: int) -> HttpResponse:
    """Delete a clip and what was heard in it."""
    found = _mine(request, clip_id)
    if found is None:
        return _gone(request, clip_id)
    clips.forget(found)
    return redirect("clip")


def _mine(request: Request, clip_id: int) -> Clip | None:
    return clips.of_owner(listener(request)).filter(pk=clip_id).first()


def _gone(request: Request, clip_id: int) -> HttpResponse:
    """Say the same of clips that ended, never were, or are somebody else's."""
    response = render(request, "recommender/clip_gone.html", status=404)
    if wants_fragment(request):  # a part of a page that is out of date: htmx shows no errors, so all of it goes there
        response["HX-Redirect"] = reverse("clip-answer", args=[clip_id])
    return two_answers(response)


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
