"""Questions with several tracks in them: blends, paths, the order of a DJ. The address holds all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.requests import Request, listener
from catalog import naming, playlists, search
from catalog.models import Playlist, Track
from recommender import listening, questions
from recommender.asking import Answer
from recommender.forms import QueueForm, WeightsForm
from recommender.questions import Asker
from recommender.views.knobs import STEPS, VARIETY, CourseForm, FilterForm, facet_knobs, tuned
from recommender.views.lookup import answer, garbled, joined, visible_tracks

PARTS = 20  # tracks on either side of a blend
PICKED, OFFERED = 8, 5
ANCHORS = 40  # tracks of a queue from which its radio starts: their numbers have to fit into its address
LONGEST_SET = 200  # tracks that are put in order: 200 take 0.4 s of CPU, 800 take 36 s
COUNTED = {-1: " in half time", 0: "", 1: " in double time"}


@require_GET
def blend(request: Request) -> HttpResponse:
    """What is like several tracks and unlike others.

    Template recommender/blend.html: `more` and `less` (each track and the address without it), `answer`.
    """
    more, less = (_tracks(request, name) for name in ("track", "minus"))
    more, less = more[:PARTS], [track for track in less[:PARTS] if track not in more]
    form, narrow, variety = WeightsForm(request.GET), FilterForm(request.GET), VARIETY.read(request.GET)
    parts = [("track", str(track.pk)) for track in more] + [("minus", str(track.pk)) for track in less]
    rest = joined(form.query, urlencode({"variety": variety.shown}), narrow.filters.query)

    def without(name: str, track: Track) -> str:
        return joined(urlencode([pair for pair in parts if pair != (name, str(track.pk))]), rest)

    query = joined(urlencode(parts), rest)
    knobs = [*facet_knobs(form), variety]
    context: dict[str, Any] = {
        "more": [{"track": track, "query": without("track", track)} for track in more],
        "less": [{"track": track, "query": without("minus", track)} for track in less],
        "form": form,
        "held": parts,
        "steer": query,
        "presets": form.presets,
        "beside": f"{joined(urlencode([*parts, ('variety', variety.shown)]), narrow.filters.query)}&",
        "knobs": knobs,
        "tuned": tuned(knobs, form, narrow.said),
        "filter_form": narrow,
        "radio_from": ("tracks", ",".join([*(f"{track.pk}" for track in more), *(f"-{track.pk}" for track in less)])),
        "radio_query": rest,
    }
    context |= _picker(
        request, parts, {"More like": lambda pk: f"{query}&track={pk}", "Less like": lambda pk: f"{query}&minus={pk}"}
    )
    if more and not _picking(request):
        asker, filters = Asker.of(listener(request)), narrow.filters
        context["answer"] = questions.blend(more, less, form.weights, asker, filters, k=30, variety=variety.value)
    return answer(request, "recommender/blend.html", context, query)


@require_GET
def path(request: Request) -> HttpResponse:
    """From one track to another in even steps.

    Template recommender/path.html: `start`, `stop`, `answer`, `turned` (the address of the way back).
    """
    start, stop = (next(iter(_tracks(request, name)), None) for name in ("from", "to"))
    form, course, steps = WeightsForm(request.GET), CourseForm(request.GET), STEPS.read(request.GET)
    chosen = {name: str(track.pk) for name, track in (("from", start), ("to", stop)) if track}
    curve = {name: value for name in ("along", "curve") if (value := course.cleaned_data.get(name))}
    rest = joined(urlencode({"steps": f"{steps.value:.0f}"} | curve), form.query)

    def ending(name: str) -> Callable[[int], str]:
        return lambda pk: joined(urlencode(chosen | {name: str(pk)}), rest)

    knobs = [steps, *facet_knobs(form)]
    context: dict[str, Any] = {
        "start": start,
        "stop": stop,
        "form": form,
        "held": list(chosen.items()),
        "knobs": knobs,
        "tuned": tuned(knobs, form, course.said),
        "choices": list(course),
        "turned": joined(urlencode({"from": chosen.get("to", ""), "to": chosen.get("from", "")}), rest),
    }
    context |= _picker(request, list(chosen.items()), {"Start": ending("from"), "End": ending("to")})
    if start and stop and not _picking(request):
        asker = Asker.of(listener(request))
        found = questions.path(start, stop, int(steps.value), form.weights, asker, course=course.course)
        context["answer"] = Answer([step.result for step in found.steps], found.searched, found.problem, found.note)
    return answer(request, "recommender/path.html", context, joined(urlencode(chosen), rest))


@require_GET
def dj(request: Request) -> HttpResponse:
    """The order in which a DJ would play a queue (`ids`) or a playlist of one's own (`playlist`), or a choice.

    Template recommender/dj.html: `mine` (playlists to choose from), or `playlist`, `answer`, `results`, `radio_from`,
    `smoother` (by how many percent all transitions together are smoother than in the order that was given; below 1
    nothing is said), `ordered` (how many tracks of a longer playlist were put in order; 0: all).
    """
    user = listener(request)
    if not request.GET.keys() & {"ids", "playlist"}:
        return render(request, "recommender/dj.html", {"mine": playlists.of(user)})
    playlist, tracks, ordered = None, [], 0
    if number := request.GET.get("playlist", ""):
        if not naming.is_number(number):
            return garbled(request, "The number of the playlist is missing from it.")
        playlist = get_object_or_404(Playlist, pk=number, owner=user)
        tracks = [entry.track for entry in playlists.places(playlist, user)[: LONGEST_SET + 1]]
        if len(tracks) > LONGEST_SET:
            tracks, ordered = tracks[:LONGEST_SET], LONGEST_SET
    else:
        form = QueueForm(request.GET)
        if not form.is_valid():
            return garbled(request, "It should end in numbers of tracks with commas between them.")
        tracks = visible_tracks(request, form.cleaned_data["ids"])
    found = questions.dj_order(tracks, Asker.of(user))
    results = [questions.Result(step.track, 0.0, (), _transition(step)) for step in found.steps]
    start = ("playlist", playlist.pk) if playlist else ("tracks", ",".join(f"{track.pk}" for track in tracks[:ANCHORS]))
    smoother = int(100 * (1 - found.cost / found.cost_before)) if found.cost_before else 0
    context: dict[str, Any] = {"playlist": playlist, "answer": found, "results": results, "radio_from": start}
    context |= {"smoother": smoother, "ordered": ordered}
    return render(request, "recommender/dj.html", context)


def _transition(step: questions.DjStep) -> str:
    change = step.transition
    if change is None:
        return f"First track, {step.camelot}" if step.camelot else "First track"
    keys = change.keys + (" (clash)" if change.clashes else "") if change.keys else "key unknown"
    tempo = "no beat to match"
    if change.stretch is not None:
        percent = round(change.stretch * 100, 1)
        tempo = f"{percent:+.1f} % tempo" if percent else "same tempo"
        tempo += COUNTED[change.octave] + ("" if change.in_reach else ", out of reach")
    return f"{keys} · {tempo} · {change.quality}"


def _tracks(request: HttpRequest, name: str) -> list[Track]:
    given = request.GET.getlist(name)[: 2 * PARTS]
    return visible_tracks(request, [int(one) for one in given if naming.is_number(one)])


def _offered(user: User) -> list[Track]:
    """Something to begin with: what was heard last, or else what is new."""
    return listening.recent(user, OFFERED) or list(Track.objects.visible_to(user).for_lists()[:OFFERED])


def _picking(request: Request) -> bool:
    """Whether only the list of tracks to choose from is asked for."""
    return request.htmx.target == "picked"


def _picker(
    request: Request, kept: Iterable[tuple[str, str]], links: dict[str, Callable[[int], str]]
) -> dict[str, Any]:
    user, find = listener(request), request.GET.get("find", "").strip()[:200]
    found: Sequence[Track] = search.find(find, user, tracks=PICKED, others=0).tracks if find else _offered(user)
    picked = [
        {"track": track, "links": [(label, address(track.pk)) for label, address in links.items()]} for track in found
    ]
    return {"find": find, "kept": list(kept), "picked": picked}
