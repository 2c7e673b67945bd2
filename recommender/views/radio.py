"""The radio: a page at the address of where it begins, and what it plays next. The player takes both from here."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import Request, listener, two_answers, wants_fragment
from catalog.models import Track
from recommender import questions
from recommender.forms import WeightsForm
from recommender.questions import Asker, From, Start
from recommender.views.knobs import FilterForm, facet_knobs, tuned
from recommender.views.lookup import answer, joined, visible_track
from recommender.views.playing import note

PLAYER = "queue"  # what the player gives as the place where it will put the answer
KINDS = {
    From.TRACK: "Radio from a track",
    From.ALBUM: "Radio from an album",
    From.ARTIST: "Radio from an artist",
    From.GENRE: "Radio from a genre",
    From.PLAYLIST: "Radio from a playlist",
    From.SHARED: "Radio from a playlist",
    From.TRACKS: "Radio from several tracks",
    From.WORDS: "Radio from words",
    From.SURPRISE: "Radio from anywhere",
}
GONE = "What this radio started from is gone. Start another one."
# Where somebody can do something about a radio that cannot begin: the name of the page, which the value of the start
# completes where it names one thing, and what the way there is called.
BACK = {
    From.ALBUM: ("album", "Open the album"),
    From.ARTIST: ("artist", "Open the artist"),
    From.PLAYLIST: ("playlist", "Open the playlist"),
    From.SHARED: ("playlist-shared", "Open the playlist"),
}


@require_GET
def begin(request: Request) -> HttpResponse:
    """A new session: what it would play first, and what steers it. `from` names the beginning: "album:12".

    Template recommender/radio.html: `start`, `answer`, `radio` (where the session goes on); where it cannot begin,
    `back` (address and name of a page that leads on) and not `steered`. The player gets the rows alone.
    """
    session, asker = secrets.token_hex(8), Asker.of(listener(request))
    start = _start(request, asker, session)
    form, narrow = WeightsForm(request.GET), FilterForm(request.GET)
    query = _query(start, form, narrow)
    if start.address != request.GET.get("from") and not wants_fragment(request):
        return redirect(f"{request.path}?{query}")  # a surprise: from now on at its own address
    found = questions.radio(session, start, form.weights, asker, narrow.filters)
    opening: list[Track | questions.Result] = [*_opening(request, start), *found.results]
    address = f"{reverse('radio-next', args=[session])}?{query}"
    context: dict[str, Any] = {"tracks": opening, "radio": address, "over": found.problem}
    if request.htmx.target == PLAYER:
        return two_answers(render(request, "recommender/_queue.html", context))
    knobs = [] if start.kind is From.WORDS else facet_knobs(form)
    context["back"] = [] if opening else _back(start)
    context["steered"] = bool(opening) or narrow.filters.active
    context |= {
        "start": start,
        "form": form,
        "kind": KINDS[start.kind],
        "answer": found,
        "held": [("from", start.address)],
        "knobs": knobs,
        "tuned": tuned(knobs, form, narrow.said),
        "filter_form": narrow,
    }
    return answer(request, "recommender/radio.html", context, query)


@require_http_methods(["GET", "POST"])
def onward(request: Request, session: str) -> HttpResponse:
    """What comes next in a session. What is posted has just happened: it is written down first, and counts."""
    if request.method == "POST" and (refused := note(request, session)):
        return refused
    asker = Asker.of(listener(request))
    start = questions.start_from(request.GET.get("from", ""), asker, session)
    if start is None and request.method == "GET":
        raise Http404
    if start is None:  # deleted, or hidden, while its radio plays
        return render(request, "recommender/_queue.html", {"tracks": [], "over": GONE})
    form, narrow = WeightsForm(request.GET), FilterForm(request.GET)
    found = questions.radio(session, start, form.weights, asker, narrow.filters)
    address = f"{request.path}?{_query(start, form, narrow)}"
    learned = request.POST.get("track", "") not in map(str, start.tracks)  # to skip what one began with changes nothing
    context = {"tracks": found.results, "radio": address, "over": found.problem, "learned": learned}
    return render(request, "recommender/_queue.html", context)


def _start(request: Request, asker: Asker, session: str) -> Start:
    start = questions.start_from(request.GET.get("from", ""), asker, session)
    if start is None:
        raise Http404
    return start


def _opening(request: Request, start: Start) -> list[Track]:
    """A radio from one track begins with it."""
    return [visible_track(request, start.tracks[0])] if start.kind is From.TRACK else []


def _back(start: Start) -> list[tuple[str, str]]:
    """A page on which something can be done about a radio that cannot begin."""
    if start.kind is From.WORDS:
        return [(f"{reverse('words')}?{urlencode({'q': start.value})}", "Search with other words")]
    if start.kind in BACK:
        page, name = BACK[start.kind]
        return [(reverse(page, args=[start.value]), name)]
    return [(reverse("tracks"), "All tracks")]


def _query(start: Start, form: WeightsForm, narrow: FilterForm) -> str:
    """The address of this radio, with the sliders and filters as they were understood."""
    return joined(urlencode({"from": start.address}), form.query, narrow.filters.query)
