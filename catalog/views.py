"""Pages of the catalogue. Each view parses, asks one function, and renders; others' private tracks answer 404."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts.models import User
from accounts.requests import Request, listener, two_answers, wants_fragment
from catalog import covers, intake, naming, playlists, quota, search, streaming
from catalog.forms import TrackForm, UploadForm
from catalog.intake import Duplicate, Refused, Stored
from catalog.models import Album, Artist, Track

PAGE, NAMES, SHELF = 50, 200, 60
LONGEST_QUERY = 200
DAY, YEAR = 86_400, 31_536_000  # seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file of an upload, for the template."""

    name: str
    kind: str  # "stored" | "duplicate" | "refused"
    track: Track | None = None
    code: str = ""
    message: str = ""


@require_http_methods(["GET", "POST"])
def upload(request: Request) -> HttpResponse:
    """Take several files in and say of each what became of it.

    Template catalog/upload.html: `form`, `allowance` (quota.Allowance), `outcomes` (list of Outcome, empty at first).
    An htmx request that is not for the whole page is answered with catalog/_outcomes.html: `outcomes` and, if no file
    was sent, `form` with its errors.
    """
    user = listener(request)
    form = UploadForm(*_sent(request), user=user)
    outcomes: list[Outcome] = []
    if request.method == "POST" and form.is_valid():
        outcomes = [_take_in(file, user, form.chosen_visibility) for file in form.cleaned_data["files"]]
    template = "catalog/_outcomes.html" if wants_fragment(request) else "catalog/upload.html"
    context = {"form": form, "outcomes": outcomes, "allowance": quota.of(user)}
    return two_answers(render(request, template, context))


@require_GET
def find(request: Request) -> HttpResponse:
    """Search as somebody types.

    Template catalog/search.html: `q`, `found`. The box in the header is answered with catalog/_found.html, a few rows
    of each kind.
    """
    q = naming.clean(request.GET.get("q", ""), LONGEST_QUERY)
    part = bool(request.htmx) and request.htmx.target == "found"
    most = {"tracks": 6, "others": 3} if part else {}
    found = search.find(q, listener(request), **most)
    template = "catalog/_found.html" if part else "catalog/search.html"
    response = render(request, template, {"q": q, "found": found})
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_GET
def artists(request: Request) -> HttpResponse:
    """Artists of whom the listener may hear something, in the order of their names.

    Template catalog/artists.html: `artists` (each with `track_count`), `page`, `letter`, `letters`, `unnamed` (how many
    tracks name nobody).
    """
    visible = Track.objects.visible_to(listener(request))
    heard = Artist.objects.filter(Exists(visible.filter(artist=OuterRef("pk"))))
    letter = _letter(request)
    page = _page(request, heard.filter(search__startswith=f" {letter}").order_by("search", "pk"), NAMES)
    found = list(page.object_list)
    per_artist = visible.filter(artist__in=found).order_by().values_list("artist").annotate(Count("pk"))
    counts = dict(per_artist)
    named = [{"artist": one, "track_count": counts.get(one.pk, 0)} for one in found]
    context = {
        "artists": named,
        "page": page,
        "letter": letter,
        "letters": ascii_lowercase,
        "unnamed": 0 if letter or page.has_next() else visible.filter(artist=None).count(),
    }
    return render(request, "catalog/artists.html", context)


@require_GET
def albums(request: Request) -> HttpResponse:
    """Albums of which the listener may hear something, in the order of their titles.

    Template catalog/albums.html: `albums`, `page`, `letter`, `letters`.
    """
    visible = Track.objects.visible_to(listener(request))
    heard = Album.objects.filter(Exists(visible.filter(album=OuterRef("pk")))).select_related("artist")
    letter = _letter(request)
    page = _page(request, heard.filter(search__startswith=f" {letter}").order_by("search", "pk"), SHELF)
    context = {"albums": list(page.object_list), "page": page, "letter": letter, "letters": ascii_lowercase}
    return render(request, "catalog/albums.html", context)


@require_GET
def artist(request: Request, artist_id: int) -> HttpResponse:
    """One artist: albums and tracks. Somebody of whom the listener may hear nothing does not exist.

    Template catalog/artist.html: `artist`, `albums`, `tracks`, `page`, `ids`, `later`.
    """
    visible = Track.objects.visible_to(listener(request))
    found = get_object_or_404(Artist, pk=artist_id)
    by = visible.filter(Q(artist=found) | Q(album__in=found.albums.values("pk")))  # each half has its index
    if not by.exists():
        raise Http404
    albums = Album.objects.filter(tracks__in=by).select_related("artist").distinct().order_by("-year", "title")
    ordered = by.order_by("album__year", "album__title", "disc_number", "track_number", "title", "pk")
    return render(request, "catalog/artist.html", {"artist": found, "albums": albums, **_paged(request, ordered)})


@require_GET
def album(request: Request, album_id: int) -> HttpResponse:
    """One album in its order. An album of which the listener may hear nothing does not exist.

    Template catalog/album.html: `album`, `tracks`, `page`, `ids`, `later`, `seconds`.
    """
    visible = Track.objects.visible_to(listener(request)).filter(album_id=album_id)
    found = get_object_or_404(Album.objects.select_related("artist"), pk=album_id)
    ordered = visible.order_by("disc_number", "track_number", "title", "pk")
    context = _paged(request, ordered)
    if not context["tracks"]:
        raise Http404
    context["seconds"] = visible.aggregate(all=Sum("seconds"))["all"] or 0.0
    return render(request, "catalog/album.html", {"album": found, **context})


@require_http_methods(["GET", "POST"])
def edit(request: Request, track_id: int) -> HttpResponse:
    """Correct what is said about a track: its owner, and curators for public tracks.

    Template catalog/edit.html: `track`, `form`.
    """
    user = listener(request)
    editable = Track.objects.editable_by(user).select_related("artist", "album__artist")
    track = get_object_or_404(editable, pk=track_id)
    form = TrackForm(*_sent(request), track=track, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(intake.edit_track(track, form.edit))
        except Track.DoesNotExist as gone:
            raise Http404 from gone
        except intake.AlreadyPublic:
            form.add_error(None, "The same file is already shared with everybody, in another track.")
    return render(request, "catalog/edit.html", {"track": track, "form": form})


@require_http_methods(["GET", "POST"])
def remove(request: Request, track_id: int) -> HttpResponse:
    """Ask, then delete a track: its owner, and curators for public tracks; with `aside` a curator only hides it.

    Template catalog/remove.html: `track`, `curator`.
    """
    user = listener(request)
    track = get_object_or_404(Track.objects.editable_by(user).for_lists(), pk=track_id)
    curator = user.is_staff and user.has_perm("catalog.change_track")
    if request.method == "POST" and curator and "aside" in request.POST:
        intake.set_aside(Track.objects.filter(pk=track.pk))
        messages.success(request, f"“{track}” is set aside. At the curators' desk it can be brought back.")
        return redirect("tracks")
    if request.method == "POST":
        intake.remove_track(track)
        return redirect("tracks")
    return render(request, "catalog/remove.html", {"track": track, "curator": curator})


@require_safe
def stream(request: Request, token: str) -> HttpResponseBase:
    """The sound of a track; `?download=1` saves it as a file."""
    address = streaming.opened(token, listener(request))
    if address is None:
        raise Http404
    return streaming.respond(request, address, download="download" in request.GET)


@require_safe
def cover(request: Request, track_id: int) -> HttpResponseBase:
    """The cover of a track, 600 pixels at most, 160 with `?size=small`; kept for a year when `?v=` names its hash."""
    track = get_object_or_404(Track.objects.visible_to(listener(request)).exclude(cover=""), pk=track_id)
    path = covers.path_of(track.cover, small=request.GET.get("size") == "small")
    if not path.is_file():
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="image/webp")
    lasting = bool(request.GET.get("v")) and track.cover.startswith(request.GET["v"])
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable" if lasting else f"private, max-age={DAY}"
    response["ETag"] = f'"{path.stem}"'
    return response


def _sent(request: HttpRequest) -> tuple[Any, Any]:
    """What a form is bound to: fields and files of a POST, even an empty one."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _take_in(file: Any, user: User, visibility: Track.Visibility) -> Outcome:
    match intake.add_track(file, original_name=file.name, owner=user, visibility=visibility, urgent=True):
        case Stored(track):
            return Outcome(file.name, "stored", track)
        case Duplicate(track, published):
            message = "It was private, and is now shared with everybody." if published else ""
            return Outcome(file.name, "duplicate", track, message=message)
        case Refused(code, message):
            return Outcome(file.name, "refused", code=code, message=message)


def _letter(request: HttpRequest) -> str:
    """The letter that names have to begin with, if one was chosen."""
    letter = request.GET.get("letter", "")
    return letter if len(letter) == 1 and letter in ascii_lowercase else ""


def _page(request: HttpRequest, rows: QuerySet[Any], size: int) -> Page[Any]:
    return Paginator(rows, size).get_page(request.GET.get("page"))


def _paged(request: HttpRequest, found: QuerySet[Track]) -> dict[str, Any]:
    """A page of tracks, and the ids of all of them, of which the player goes on with those that come after it."""
    page = _page(request, found.select_related("artist", "album"), PAGE)
    ids = list(found.values_list("pk", flat=True)[: playlists.MOST_ENTRIES])
    later = ",".join(map(str, ids[page.end_index() :]))
    return {"tracks": list(page.object_list), "page": page, "ids": ids, "later": later}
