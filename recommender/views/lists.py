"""Lists of the library: all tracks, sorted and narrowed down by what was heard in them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.models import Track
from recommender import browse
from recommender.list_forms import BrowseForm
from recommender.views.lookup import Request, listener, two_answers


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
