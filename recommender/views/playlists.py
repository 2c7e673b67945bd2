"""What recommendations do for playlists."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.requests import Request, listener
from catalog import playlists
from catalog.models import Playlist
from recommender.forms import usual_weights
from recommender.questions import Asker, extend_playlist

SUGGESTIONS = 12


@require_GET
def extend(request: Request, playlist_id: int) -> HttpResponse:
    """Tracks that go with a playlist and are not in it, for its owner to choose from.

    Template recommender/extend.html: `playlist`, `answer`.
    """
    user = listener(request)
    playlist = get_object_or_404(Playlist, pk=playlist_id, owner=user)
    tracks = [entry.track for entry in playlists.entries(playlist, user)]
    answer = extend_playlist(tracks, usual_weights(), Asker.of(user), k=SUGGESTIONS)
    return render(request, "recommender/extend.html", {"playlist": playlist, "answer": answer})
