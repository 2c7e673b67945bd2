"""Which tracks need a rendition, who makes it, and which file is sent.

What no browser plays is rendered when it comes in. What most play and one does not, as Safari before 18.4 does not play
Ogg, is rendered when that one first asks for it, in a form that plays everywhere.

The row is the queue: whoever claims it holds a lease and counts the attempt before opening the file, so a file that
takes a worker down is given up after three.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from catalog import formats, storage
from catalog.models import Rendition, Track

NOT_PLAYED = frozenset({"aiff", "aif", "aifc", "wma", "asf", "mka"})  # extensions that browsers refuse
NOT_DECODED = frozenset({"alac"})  # codecs that they refuse in containers which they know
PLAYED_LATE = frozenset({"wav"})  # browsers play them, but only once they have read much of them
WEBM, FLAC = "webm", "flac"  # what is made for all browsers: of what they refuse, of what they play late
PLAIN = "mp3"  # what is made for a browser that lacks a format
LEAST, MOST = 256 << 10, 200 << 20  # bytes of a file that is played late: less is there soon, more fits into no cell
LEASE = timedelta(minutes=20)
MAX_ATTEMPTS = 3
LOST = "the worker was lost three times"


@dataclass(frozen=True, slots=True)
class Sound:
    """The file that is sent for a track."""

    sha256: str
    extension: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return storage.path_of(self.sha256, self.extension)

    @property
    def media_type(self) -> str:
        """What it is sent as."""
        return formats.MEDIA_TYPES[self.extension]


def sound_of(track: Track, since: float = math.inf, lacking: Container[str] = ()) -> Sound:
    """What is played of a track at an address of the time `since` (seconds) in a browser that lacks some media types.

    Who hears the file meanwhile hears it to its end: a rendition of what browsers play anyway is for later addresses.
    """
    rows = [row for row in track.renditions.all() if row.sha256]
    made = {row.extension: Sound(row.sha256, row.extension) for row in rows}
    forms = [made.get(WEBM, original_of(track))]
    if any(row.extension == FLAC and (row.made_at is None or row.made_at.timestamp() <= since) for row in rows):
        forms.insert(0, made[FLAC])
    played = [form for form in forms if form.media_type not in lacking]
    return played[0] if played else made.get(PLAIN, forms[0])


def original_of(track: Track) -> Sound:
    """What is downloaded: always the file that came in."""
    return Sound(track.sha256, track.extension)


def awaited(track: Track) -> bool:
    """Whether something else will be played of a track than its file, which browsers refuse."""
    return any(row.extension == WEBM and not row.sha256 and not row.failed for row in track.renditions.all())


def lacks_form(track: Track, lacking: Container[str]) -> bool:
    """Whether a browser that lacks some media types plays nothing of what there is of a track."""
    return sound_of(track, lacking=lacking).media_type in lacking


def plain_of(track: Track) -> Rendition | None:
    """The wish for a form that plays everywhere, if anybody had it."""
    return next((row for row in track.renditions.all() if row.extension == PLAIN), None)


def want_plain(track: Track) -> None:
    """Have a form made that plays everywhere; may be called again."""
    Rendition.objects.get_or_create(track=track, extension=PLAIN)


def want(track: Track, codec: str = "") -> bool:
    """Write down that a track needs a rendition, if it does; may be called again. Returns whether it does."""
    refused = track.extension in NOT_PLAYED or codec in NOT_DECODED
    late = track.extension in PLAYED_LATE and LEAST <= track.size <= MOST
    if refused or late:
        Rendition.objects.get_or_create(track=track, extension=WEBM if refused else FLAC)
    return refused or late


def want_missing() -> int:
    """Write it down for tracks that are older than this code; returns for how many."""
    late = Q(extension__in=PLAYED_LATE, size__gte=LEAST, size__lte=MOST)
    older = Track.objects.filter(Q(extension__in=NOT_PLAYED) | late).exclude(renditions__extension__in=[WEBM, FLAC])
    return sum(want(track) for track in older)


def unmade(track_ids: Iterable[int], lacking: Collection[str] = ()) -> set[int]:
    """Those of these tracks that a browser will play once a worker has made their renditions, and not before."""
    forms = [WEBM, PLAIN] if lacking else [WEBM]
    unfinished = Rendition.objects.filter(sha256="", failed="", attempts__lt=MAX_ATTEMPTS)
    rows = unfinished.filter(track_id__in=track_ids, extension__in=forms)
    return set(rows.values_list("track_id", flat=True))


def waiting() -> QuerySet[Rendition]:
    """What nobody works on."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return Rendition.objects.filter(free, sha256="", failed="", attempts__lt=MAX_ATTEMPTS)


def claim() -> Rendition | None:
    """Take the next one, newest wish first; None when there is none. Of two workers, one gets it."""
    _bury()
    for found in waiting().order_by("-pk")[:10]:
        values = {"attempts": F("attempts") + 1, "lease_until": timezone.now() + LEASE}
        if waiting().filter(pk=found.pk, attempts=found.attempts).update(**values):
            return Rendition.objects.select_related("track").get(pk=found.pk)
    return None


def _bury() -> None:
    """Give up what took its last worker down with it: nobody else would, and listeners would wait for ever."""
    lost = Rendition.objects.filter(sha256="", failed="", attempts__gte=MAX_ATTEMPTS, lease_until__lt=timezone.now())
    lost.update(failed=LOST, lease_until=None)


def keep(claimed: Rendition, data: bytes) -> None:
    """Store what was made. Raises storage.StoreFull."""
    sha256 = hashlib.sha256(data).hexdigest()
    with transaction.atomic():  # the file is there, young for the janitor, before its row can be seen
        storage.put(data, storage.path_of(sha256, claimed.extension))
        values = {"sha256": sha256, "size": len(data), "made_at": timezone.now(), "lease_until": None}
        Rendition.objects.filter(pk=claimed.pk).update(**values)


def postpone(claimed: Rendition) -> None:
    """Let this attempt not count, since the file is not to blame; the next one is due when the lease has run out."""
    Rendition.objects.filter(pk=claimed.pk).update(attempts=F("attempts") - 1)


def give_up(claimed: Rendition, why: str) -> None:
    """Write down that there will be none."""
    Rendition.objects.filter(pk=claimed.pk).update(failed=why[:300] or "unknown", lease_until=None)
