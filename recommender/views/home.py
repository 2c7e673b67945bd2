"""The front door, and the demo library behind it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from catalog.models import Track
from recommender import analysis, index_versions, jobs, keeping, listening
from recommender.models import Analysis, Job
from recommender.questions import tastes
from recommender.views.lookup import Request, listener, wants_fragment
from recommender.views.wishes import SHELF

NEWEST, RECENT = 12, 6
EXAMPLES = ("calm piano", "energetic electronic", "sad strings", "fast drums", "dark ambient")


@require_GET
def home(request: Request) -> HttpResponse:
    """A question, what was begun and played last, and the newest; an invitation while there is nothing."""
    user = listener(request)
    begun = keeping.unfinished(user, RECENT)
    recent = [track for track in listening.recent(user, 2 * RECENT) if track not in begun]
    newest = list(Track.objects.visible_to(user).for_lists()[:NEWEST])
    return render(
        request,
        "recommender/home.html",
        {
            "newest": newest,
            "begun": begun,
            "recent": recent[:RECENT],
            "examples": EXAMPLES,
            "to_come": range(SHELF),
            "hint": "" if begun or recent or keeping.liked(user).exists() else tastes.NO_TASTE,
            "asks": index_versions.active() is not None,
            "work": _work(request),
            "job": _demo_job(),
        },
    )


@require_GET
def progress(request: Request) -> HttpResponse:
    """How far the analysis is, as a fragment that asks again until nothing waits.

    `bare`: the page was drawn before anything could be asked; when all is heard the fragment fetches the rest of it.
    """
    context = {"work": _work(request), "polled": True, "bare": "bare" in request.GET}
    return render(request, "recommender/_progress.html", context)


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


def _work(request: Request) -> dict[str, int]:
    """Of the tracks that this listener may see: how many others keep to themselves is nobody's business."""
    states = analysis.progress_of(Q(track__in=Track.objects.visible_to(listener(request)))).states
    total = sum(states.values())
    waiting = states[Analysis.State.QUEUED] + states[Analysis.State.RUNNING]
    return {"waiting": waiting, "total": total, "finished": total - waiting}
