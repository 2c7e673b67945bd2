"""What recommendations do for playlists."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.requests import Request, listener
from catalog import playlists
from catalog.models import Playlist
from recommender.forms import WeightsForm
from recommender.questions import Asker, extend_playlist
from recommender.views.knobs import FilterForm, facet_knobs, tuned
from recommender.views.lookup import answer, joined

SUGGESTIONS = 12


@require_GET
def extend(request: Request, playlist_id: int) -> HttpResponse:
    """Tracks that go with a playlist and are not in it, for its owner to choose from.

    Template recommender/extend.html: `playlist`, `answer`; `steered`, whether anything can be chosen among.
    """
    user = listener(request)
    playlist = get_object_or_404(Playlist, pk=playlist_id, owner=user)
    tracks = [entry.track for entry in playlists.entries(playlist, user)]
    form, narrow = WeightsForm(request.GET), FilterForm(request.GET)
    found = extend_playlist(tracks, form.weights, Asker.of(user), narrow.filters, k=SUGGESTIONS)
    knobs = facet_knobs(form)
    context = {
        "playlist": playlist,
        "answer": found,
        "steered": bool(found.results) or narrow.filters.active,
        "form": form,
        "knobs": knobs,
        "tuned": tuned(knobs, form, narrow.said),
        "filter_form": narrow,
    }
    return answer(request, "recommender/extend.html", context, joined(form.query, narrow.filters.query))
