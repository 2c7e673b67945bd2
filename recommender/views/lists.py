"""The library from above: all tracks, sorted and narrowed down, and the kinds of music among them."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.requests import Request, listener, two_answers
from catalog.models import Track, TrackQuerySet
from recommender import browse
from recommender import kinds as held
from recommender.kinds import Kind
from recommender.list_forms import BrowseForm

KEPT_SECONDS = 300  # what was counted for one person, unless tracks come or go before


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds of one sort, for the template."""

    title: str
    hint: str
    page: str
    radio: str
    kinds: list[Kind]

    @property
    def bars(self) -> list[tuple[Kind, float]]:
        """Each kind and how long its bar is, 0..1: that of the most frequent one fills its place."""
        most = max((kind.share for kind in self.kinds), default=0.0)
        return [(kind, kind.share / most if most else 0.0) for kind in self.kinds]


@require_GET
def tracks(request: Request) -> HttpResponse:
    """All tracks that the listener may hear; the address holds what was chosen.

    Template recommender/lists.html: `form`, `page` (browse.Page), `count`, `genres`, `beginning` (the first page).
    """
    form = BrowseForm(request.GET)
    visible = Track.objects.visible_to(listener(request))
    narrowed = form.narrowing.of(visible)
    cursor = request.GET.get("after", "")
    context = {
        "form": form,
        "page": browse.page(narrowed, form.order, cursor),
        "beginning": not cursor,
        "count": narrowed.count(),
        "genres": browse.genres(visible),
    }
    return two_answers(render(request, "recommender/lists.html", context))


@require_GET
def kinds(request: Request) -> HttpResponse:
    """What kinds of music the library holds, each leading to its tracks and to a radio.

    Template recommender/kinds.html: `groups`, each with `title`, `hint`, `page` (the name of the address that shows a
    kind), `radio` (what its radio begins with) and `kinds`.
    """
    user = listener(request)
    visible = Track.objects.visible_to(user)
    now = visible.order_by().aggregate(count=Count("pk"), last=Max("pk"))
    groups = cache.get_or_set(f"kinds:{user.pk}:{now['count']}:{now['last']}", lambda: _groups(visible), KEPT_SECONDS)
    return render(request, "recommender/kinds.html", {"groups": groups})


def _groups(visible: TrackQuerySet) -> list[Group]:
    groups = [
        Group(
            "Moods",
            "Stronger than in three quarters of all music.",
            "tracks",
            "words",
            held.moods(visible),
        ),
        Group("Tempo", "By beats per minute.", "tracks", "words", held.tempi(visible)),
        Group(
            "Instruments and voices",
            "Estimated from a sample, most common first.",
            "words",
            "words",
            held.instruments(visible, settings.ENCODER),
        ),
        Group("Genres", "From the tags of the files.", "tracks", "genre", held.genres(visible)),
        Group("Decades", "From the tags of the files.", "tracks", "", held.decades(visible)),
    ]
    return [group for group in groups if group.kinds]
