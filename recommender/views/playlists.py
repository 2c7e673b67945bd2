"""What recommendations do for playlists."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from catalog import playlists
from catalog.models import Playlist
from recommender.forms import usual_weights
from recommender.questions import blend
from recommender.views.lookup import Request, listener

SEEDS = 30  # entries that the question starts from: the last ones, a playlist has a direction
SUGGESTIONS = 12
VARIETY = 0.3
NOTHING_ELSE = "Everything that goes with it is already in it."


@require_GET
def extend(request: Request, playlist_id: int) -> HttpResponse:
    """Tracks that go with a playlist and are not in it, for its owner to choose from.

    Template recommender/extend.html: `playlist`, `answer`.
    """
    user = listener(request)
    playlist = get_object_or_404(Playlist, pk=playlist_id, owner=user)
    tracks = [entry.track for entry in playlists.entries(playlist, user)]
    here = {track.pk for track in tracks}
    seeds = tracks[-SEEDS:]
    spare = len(here) - len(seeds)  # those that are no seed may be answered
    answer = blend(seeds, [], usual_weights(), user, k=SUGGESTIONS + max(spare, 0), variety=VARIETY)
    fresh = [result for result in answer.results if result.track.pk not in here][:SUGGESTIONS]
    context = {"playlist": playlist, "answer": {"results": fresh, "problem": answer.problem or NOTHING_ELSE}}
    return render(request, "recommender/extend.html", context)
