"""A person corrects what was heard in a track."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requests import Request, listener
from catalog.models import Track
from recommender import corrections
from recommender.list_forms import CorrectionForm
from recommender.models import Measurement


@require_http_methods(["GET", "POST"])
def correct(request: Request, track_id: int) -> HttpResponse:
    """Correct tempo and key: its owner, and curators for public tracks.

    Template recommender/correct.html: `track`, `form`, `heard` (what was measured: `bpm` and `key`).
    """
    track = get_object_or_404(Track.objects.editable_by(listener(request)).for_lists(), pk=track_id)
    row = get_object_or_404(Measurement, track=track)
    form = CorrectionForm(request.POST or None, corrected=row.corrected)
    if request.method == "POST" and form.is_valid():
        corrections.correct(track, bpm=form.cleaned_data["bpm"], key=form.cleaned_data["key"])
        return redirect(track)
    heard = row.heard or {"bpm": row.bpm, "key": [row.key_tonic, row.key_mode]}
    context = {"track": track, "form": form, "heard": heard}
    return render(request, "recommender/correct.html", context)
