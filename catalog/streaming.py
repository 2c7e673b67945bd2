"""The sound of a track over HTTP: signed addresses and byte ranges.

Who may hear a track is checked when its address is signed and, with one query, when it is used; another one finds the
forms in which it is there. An address belongs to one person: it is useless to another one, and ends after half a day.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.signing import BadSignature, Signer
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header, parse_etags

from accounts import limits
from accounts.models import User
from catalog import formats, naming, renditions, storage
from catalog.byte_ranges import Span, Unsatisfiable, asked_span
from catalog.models import Track
from catalog.renditions import Sound

LIFETIME = 12 * 3600  # seconds, at least
STEP = 3600  # addresses change once an hour only, so that a browser's cache knows them again
LACKS = "lacks"  # cookie: what the browser does not play, such as "ogg.webm"
# Tracks that are converted because of one person's browser, seven CPU-seconds each: a quarter of an hour holds five.
CONVERSIONS = limits.Limit(30, limits.QUARTER)
FIRST_CHUNK, CHUNK = 64 << 10, 256 << 10  # bytes: a small first one, so that playing begins at once

_signer = Signer(salt="catalog.streaming")


def stream_url(track: Track, user: User) -> str:
    """Address of a track's sound, for at least LIFETIME. The caller has checked that this person may hear it."""
    expires = (int(time.time()) // STEP + 1) * STEP + LIFETIME
    return reverse("stream", args=[_signer.sign(f"{track.pk}.{user.pk}.{expires}")])


@dataclass(frozen=True, slots=True)
class Address:
    """What a signed address stands for."""

    track: Track
    since: float  # seconds: the beginning of the hour in which it was signed


def opened(token: str, user: User) -> Address | None:
    """What a signed address stands for, if it is this person's, still valid, and the track still visible."""
    try:
        track_id, user_id, expires = (int(part) for part in _signer.unsign(token).split("."))
    except BadSignature:
        return None
    if user_id != user.pk or expires < time.time():
        return None
    tracks = Track.objects.visible_to(user).select_related("artist").prefetch_related("renditions")
    found = tracks.filter(pk=track_id).first()
    return Address(found, expires - LIFETIME - STEP) if found else None


def lacking(request: HttpRequest) -> frozenset[str]:
    """Media types that the browser does not play, as player.js tells in a cookie; everything plays renditions.PLAIN."""
    told = {f"audio/{kind}" for kind in request.COOKIES.get(LACKS, "").split(".")}
    return frozenset(told.intersection(formats.MEDIA_TYPES.values()) - {formats.MEDIA_TYPES[renditions.PLAIN]})


def respond(request: HttpRequest, address: Address, *, download: bool = False) -> HttpResponseBase:
    """Send a track's file or the part that was asked for; with X_ACCEL_REDIRECT nginx sends it instead of us."""
    track, lacked = address.track, lacking(request)
    if not download and renditions.lacks_form(track, lacked) and (waiting := _converted(request, track)):
        return waiting
    sound = renditions.original_of(track) if download else renditions.sound_of(track, address.since, lacked)
    if settings.X_ACCEL_REDIRECT:
        response: HttpResponseBase = HttpResponse(headers={"X-Accel-Redirect": _internal(sound.path)})
    elif f'"{sound.sha256}"' in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponseNotModified()
    else:
        response = _answer(request, sound)
    return _with_headers(response, track, sound, download=download)


def refused(request: HttpRequest, tracks: Iterable[Track]) -> tuple[set[int], int]:
    """Which of these tracks (with their renditions) the browser cannot play before this person may have more of them
    converted, and in how many seconds that is.
    """
    wait = limits.wait_of(_share(request), CONVERSIONS)
    lacked = lacking(request) if wait else frozenset()
    barred = {one.pk for one in tracks if renditions.lacks_form(one, lacked) and not renditions.plain_of(one)}
    return barred, wait


def _converted(request: HttpRequest, track: Track) -> HttpResponse | None:
    """Have a track converted for this browser, within this person's share; nothing when that has failed before.

    Accepted, no more: nothing plays the answer, so the player asks the queue, which says what there is to wait for.
    """
    wished = renditions.plain_of(track)
    if wished and wished.failed:
        return None
    if not wished:
        if wait := limits.count(_share(request), CONVERSIONS):
            return _later(429, wait, "You have had many tracks converted in a short time.")
        renditions.want_plain(track)
    return _later(202, 5, "This sound is being converted for your browser.")


def _share(request: HttpRequest) -> str:
    return f"conversion:{limits.person(request)}"


def _later(status: int, seconds: int, text: str) -> HttpResponse:
    headers = {"Cache-Control": "no-store", "Retry-After": str(seconds)}
    return HttpResponse(text, status=status, content_type="text/plain", headers=headers)


def _internal(path: Path) -> str:
    """Where nginx finds the file: the location `/protected/` of deploy/nginx.conf is an alias of the media folder."""
    return f"/protected/{path.relative_to(settings.MEDIA_DIR).as_posix()}"


def _answer(request: HttpRequest, sound: Sound) -> HttpResponseBase:
    path = sound.path
    if not path.is_file():
        return HttpResponse("The file of this track is missing on the server.", status=404, content_type="text/plain")
    size = path.stat().st_size
    try:
        span = asked_span(_range_header(request, sound), size)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse()
    else:
        if not connection.in_atomic_block:
            connection.close()  # a listener takes minutes to hear a track: too long to hold one
        response = StreamingHttpResponse(_body(request, path, span or Span(0, size)))
    if span is None:
        response["Content-Length"] = str(size)
        return response
    response.status_code = 206
    response["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
    response["Content-Length"] = str(span.stop - span.start)
    return response


def _range_header(request: HttpRequest, sound: Sound) -> str:
    """The Range header, if it counts: for GET only, and only while the file is the one that If-Range speaks of."""
    condition = request.headers.get("If-Range")
    if request.method != "GET" or condition not in (None, f'"{sound.sha256}"'):
        return ""
    return request.headers.get("Range", "")


def _with_headers(response: HttpResponseBase, track: Track, sound: Sound, *, download: bool) -> HttpResponseBase:
    name = naming.clean(f"{track.artist} - {track.title}" if track.artist else track.title, 200)
    disposition = content_disposition_header(download, f"{name}.{sound.extension}")
    response["Content-Disposition"] = disposition or "inline"
    if response.status_code != 404:
        response["Content-Type"] = sound.media_type
    response["ETag"] = f'"{sound.sha256}"'
    response["Accept-Ranges"] = "bytes"
    unmade = renditions.awaited(track) and not download  # other bytes will come at this address soon
    response["Cache-Control"] = "no-store" if unmade else f"private, max-age={STEP}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"  # whatever hides in the file, it runs nowhere
    return response


def _body(request: HttpRequest, path: Path, span: Span) -> AsyncIterator[bytes] | Iterator[bytes]:
    if isinstance(request, ASGIRequest):
        return _read_in_thread(path, span)
    return storage.chunks(path, span.start, span.stop, CHUNK)


async def _read_in_thread(path: Path, span: Span) -> AsyncIterator[bytes]:
    """Read a file without holding up the event loop, one piece at a time, as fast as the listener takes them."""
    stream = await asyncio.to_thread(path.open, "rb")
    try:
        await asyncio.to_thread(stream.seek, span.start)
        left, size = span.stop - span.start, FIRST_CHUNK
        while left > 0 and (piece := await asyncio.to_thread(stream.read, min(size, left))):
            left -= len(piece)
            size = CHUNK
            yield piece
    finally:
        stream.close()
