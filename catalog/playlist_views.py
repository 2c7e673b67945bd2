"""Pages of playlists. A playlist belongs to one person; to everybody else it does not exist, unless it was shared."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import Request, is_ours, listener, wants_fragment
from catalog import naming, playlist_files, playlists
from catalog.forms import AddForm, ImportForm, KeepForm, MoveForm, PlaylistForm
from catalog.models import Playlist, PlaylistEntry, Track

ROWS = 100  # of a playlist on one page: they weigh 460 KB, or 36 KB compressed


@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """The playlists of the listener, and a form for another one.

    Template catalog/playlists.html: `playlists` (each with `entry_count`), `form`, `import_form`.
    """
    form = PlaylistForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return redirect(playlists.create(listener(request), form.cleaned_data["title"]))
    return _index(request, form=form)


@require_POST
def bring(request: HttpRequest) -> HttpResponse:
    """Make a playlist out of an M3U8 file, with the tracks of the library that it names."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _index(request, import_form=form)
    found = playlist_files.matched(form.text, listener(request))
    if not found.tracks:
        form.add_error("file", f"None of the {len(found.missing)} tracks that it names is in the library.")
        return _index(request, import_form=form)
    title = found.title or form.name
    playlist = playlists.create(listener(request), title, found.tracks)
    messages.success(request, f"{len(found.tracks)} of {len(found.tracks) + len(found.missing)} tracks were found.")
    if found.missing:
        shown = ", ".join(found.missing[:10]) + (" and others" if len(found.missing) > 10 else "")
        messages.warning(request, f"Not in the library: {shown}.")
    return redirect(playlist)


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Make a playlist out of a queue or a list (`title`, `ids`), as far as the listener may hear its tracks."""
    form = KeepForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("a title and ids, track numbers with commas between them, are needed")
    user = listener(request)
    tracks = Track.objects.visible_to(user).in_order(form.cleaned_data["ids"])
    playlist = playlists.create(user, form.cleaned_data["title"], tracks)
    messages.success(request, f"Saved as “{playlist}”.")
    return redirect(playlist)


@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, playlist_id: int) -> HttpResponse:
    """One playlist with everything that its owner may do; a POST gives it another title.

    Template catalog/playlist.html: `playlist`, `entries` (a page of them), `ids`, `later`, `seconds`, `form`,
    `formats`, and `link` once it is shared.
    """
    playlist = _mine(request, playlist_id)
    form = PlaylistForm(request.POST or None, initial={"title": playlist.title})
    if request.method == "POST" and form.is_valid():
        playlists.rename(playlist, form.cleaned_data["title"])
        return redirect(playlist)
    context = _part(request, playlist) | {
        "playlist": playlist,
        "form": form,
        "formats": list(playlist_files.FORMATS),
    }
    if playlist.token:
        context["link"] = request.build_absolute_uri(reverse("playlist-shared", args=[playlist.token]))
    return render(request, "catalog/playlist.html", context)


@require_GET
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """A playlist for whoever has its link: the tracks that they may hear, nothing to change.

    Template catalog/shared.html: `playlist`, `entries` (a page of them), `tracks`, `ids`, `later`, `seconds`.
    """
    playlist = get_object_or_404(playlists.shared(token))
    part = _part(request, playlist)
    tracks = [entry.track for entry in part["entries"]]
    return render(request, "catalog/shared.html", part | {"playlist": playlist, "tracks": tracks})


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, playlist_id: int) -> HttpResponse:
    """Ask, then delete a playlist. Template catalog/playlist_remove.html: `playlist`."""
    playlist = _mine(request, playlist_id)
    if request.method == "POST":
        playlist.delete()
        return redirect("playlists")
    return render(request, "catalog/playlist_remove.html", {"playlist": playlist})


@require_POST
def share(request: HttpRequest, playlist_id: int) -> HttpResponse:
    """Share a playlist by link, or with `off` no longer."""
    playlist = _mine(request, playlist_id)
    if "off" in request.POST:
        playlists.unshare(playlist)
    else:
        playlists.share(playlist)
    return redirect(playlist)


@require_POST
def append(request: Request, playlist_id: int) -> HttpResponse:
    """Append the suggestions that were chosen (`track`, repeated): what the listener may hear and the playlist lacks.

    A row that asks for itself is told so in place of its button.
    """
    playlist = _mine(request, playlist_id)
    chosen = [int(text) for text in request.POST.getlist("track") if naming.is_number(text)][:500]
    lacking = Track.objects.visible_to(listener(request)).exclude(entries__playlist=playlist)
    count = playlists.add(playlist, lacking.in_order(chosen))
    if wants_fragment(request):
        return render(request, "catalog/_appended.html", {"count": count})
    messages.success(request, f"{count} track{'' if count == 1 else 's'} added.")
    return redirect(playlist)


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, track_id: int) -> HttpResponse:
    """Choose a playlist for a track, or name another one; then back to where the listener was.

    Template catalog/playlist_add.html: `track`, `playlists`, `form`, `back`.
    """
    user = listener(request)
    track = get_object_or_404(Track.objects.visible_to(user).for_lists(), pk=track_id)
    back = _back(request, track)
    mine = playlists.of(user)
    form = AddForm(request.POST or None, playlists=mine)
    if request.method == "POST" and form.is_valid():
        playlist = form.cleaned_data["playlist"] or playlists.create(user, form.cleaned_data["title"])
        if playlists.add(playlist, [track]):
            messages.success(request, f"“{track}” is in “{playlist}”.")
        else:
            messages.warning(request, f"“{playlist}” is full.")
        return redirect(back)
    context = {"track": track, "playlists": mine, "form": form, "back": back}
    return render(request, "catalog/playlist_add.html", context)


@require_POST
def move(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Put an entry at another place, `to` = 0 for the first."""
    entry = _my_entry(request, entry_id)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("to must be a place, 0 for the first")
    place = form.cleaned_data["to"]
    playlists.move(entry, place, listener(request))
    return _back_to(entry.playlist, place)


@require_POST
def take_out(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Take one entry out of its playlist."""
    entry = _my_entry(request, entry_id)
    place = playlists.place_of(entry, listener(request))
    playlists.remove(entry)
    return _back_to(entry.playlist, place)


@require_GET
def export(request: HttpRequest, playlist_id: int, kind: str) -> HttpResponse:
    """A playlist as a file."""
    if kind not in playlist_files.FORMATS:
        raise Http404
    playlist = _mine(request, playlist_id)
    chosen = playlist_files.FORMATS[kind]
    tracks = [entry.track for entry in playlists.entries(playlist, listener(request))]
    response = HttpResponse(chosen.write(playlist.title, tracks), content_type=chosen.media_type)
    response["Content-Disposition"] = content_disposition_header(True, f"{playlist.title}.{kind}") or "attachment"
    return response


def _index(request: HttpRequest, **forms: Any) -> HttpResponse:
    context = {"form": PlaylistForm(), "import_form": ImportForm(), "playlists": playlists.of(listener(request))}
    return render(request, "catalog/playlists.html", context | forms)


def _part(request: HttpRequest, playlist: Playlist) -> dict[str, Any]:
    """A page of its entries, ids of all tracks and of those after it, with which the player goes on; how long it is."""
    places = playlists.places(playlist, listener(request))
    page = Paginator(places, ROWS).get_page(request.GET.get("page"))
    ids = list(places.values_list("track_id", flat=True))
    later = ",".join(map(str, ids[page.end_index() :]))
    return {"entries": page, "ids": ids, "later": later, "seconds": playlists.seconds(playlist, listener(request))}


def _back_to(playlist: Playlist, place: int) -> HttpResponse:
    """To the page of the playlist on which a place is."""
    page = place // ROWS + 1
    return redirect(f"{playlist.get_absolute_url()}?page={page}" if page > 1 else playlist.get_absolute_url())


def _mine(request: HttpRequest, playlist_id: int) -> Playlist:
    return get_object_or_404(Playlist, pk=playlist_id, owner=listener(request))


def _my_entry(request: HttpRequest, entry_id: int) -> PlaylistEntry:
    entries = PlaylistEntry.objects.select_related("playlist")
    return get_object_or_404(entries, pk=entry_id, playlist__owner=listener(request))


def _back(request: HttpRequest, track: Track) -> str:
    """The page that the listener came from, as far as it is one of ours."""
    address = request.POST.get("back") or request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    elsewhere = is_ours(request, address) and "/playlists/add/" not in address
    return address if elsewhere else track.get_absolute_url()
