"""The front door, and the demo library behind it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import trigger_client_event

from accounts.requests import Request, listener, wants_fragment
from catalog import naming
from catalog.models import Track
from recommender import analysis, index_versions, jobs, keeping, listening
from recommender.models import Analysis, Job
from recommender.phrases import LONGEST_TEXT
from recommender.questions import tastes
from recommender.views.wishes import SHELF

NEWEST, RECENT = 12, 6
ENOUGH = 6  # tracks from which a list of recommendations is worth drawing
NEVER = (Analysis.State.FAILED, Analysis.State.QUARANTINED)  # sound effects, damaged files: nothing to begin with
GROWN = "library:grown"  # what the page hears when it is worth drawing anew
EXAMPLES = ("calm piano", "energetic electronic", "sad strings", "fast drums", "dark ambient")


@require_GET
def home(request: Request) -> HttpResponse:
    """A question, what was begun and played last, and the newest; an invitation while there is nothing."""
    user = listener(request)
    begun = keeping.unfinished(user, RECENT)
    recent = [track for track in listening.recent(user, 2 * RECENT) if track not in begun]
    everything = Track.objects.visible_to(user).for_lists()
    newest = list(everything.exclude(analysis__state__in=NEVER)[:NEWEST]) or list(everything[:NEWEST])
    asks, work = index_versions.active() is not None, _work(request) if analysis.unfinished() else {}
    return render(
        request,
        "recommender/home.html",
        {
            "newest": newest,
            "begun": begun,
            "recent": recent[:RECENT],
            "examples": EXAMPLES,
            "longest": LONGEST_TEXT,
            "to_come": range(SHELF),
            "hint": "" if begun or recent or keeping.liked(user).exists() else tastes.NO_TASTE,
            "asks": asks,
            "work": work,
            "asking": _asking(work["finished"], bare=not asks) if work else "",
            "job": _demo_job(),
        },
    )


@require_GET
def progress(request: Request) -> HttpResponse:
    """How far the analysis is, as a fragment that asks again until nothing waits.

    `seen`: how many tracks were heard when the page was drawn. When there are twice as many, and when all are heard, it
    is told to draw its recommendations anew; a page from before the first answer (`bare`) is fetched as a whole.
    """
    work, bare, given = _work(request), "bare" in request.GET, request.GET.get("seen", "")
    seen = int(given) if naming.is_number(given) else 0
    enough = max(2 * seen, ENOUGH) if work["waiting"] else seen + 1
    grown = work["finished"] >= enough and index_versions.active() is not None
    unlucky = 0 if work["waiting"] else analysis.unlucky_for(listener(request))
    context = {
        "work": work,
        "unlucky": unlucky,
        "analysed": work["finished"] - unlucky,
        "polled": True,
        "anew": bare and grown,
        "asking": _asking(work["finished"] if grown else seen, bare=bare),
    }
    answer = render(request, "recommender/_progress.html", context)
    return trigger_client_event(answer, GROWN) if grown and not bare else answer


@require_http_methods(["GET", "POST"])
def demo(request: Request) -> HttpResponse:
    """Start fetching the demo library (curators), or tell how far it is."""
    if not listener(request).is_staff:
        raise PermissionDenied
    job = jobs.ask(Job.Kind.DEMO, listener(request)) if request.method == "POST" else _demo_job()
    if not wants_fragment(request):
        return redirect("home")
    return render(request, "recommender/_demo.html", {"job": job, "polled": True})


def _demo_job() -> Job | None:
    return jobs.latest(Job.Kind.DEMO)


def _asking(seen: int, *, bare: bool) -> str:
    return urlencode({"seen": seen, **({"bare": 1} if bare else {})})


def _work(request: Request) -> dict[str, Any]:
    """Of the tracks that this listener may see: how many others keep to themselves is nobody's business."""
    found = analysis.progress_for(listener(request))
    waiting = found.total - found.finished
    left = _roughly(found.seconds_left) if found.seconds_left else ""
    return {"waiting": waiting, "total": found.total, "finished": found.finished, "left": left}


def _roughly(seconds: float) -> str:
    """A time as people say it: "about 12 minutes"."""
    for size, unit in ((3600, "hour"), (60, "minute")):
        if seconds >= 1.5 * size:
            return f"about {round(seconds / size)} {unit}s"
    return "about a minute" if seconds >= 45 else "less than a minute"
