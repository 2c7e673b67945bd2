"""Which tracks need a rendition, who makes it, and which file is sent.

What no browser plays is rendered when it comes in. What most play and one does not, as Safari before 18.4 does not play
Ogg, is rendered when that one first asks for it, in a form that plays everywhere.

The row is the queue: whoever claims it holds a lease and counts the attempt before opening the file, so a file that
takes a worker down is given up after three.
"""

from __future__ import annotations

import hashlib
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
EXTENSION = "webm"  # what is made for all browsers
PLAIN = "mp3"  # what is made for one that lacks a format
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


def sound_of(track: Track, lacking: Container[str] = ()) -> Sound:
    """What is played of a track in a browser that lacks some media types: its file, or what was made of it."""
    made = {row.extension: Sound(row.sha256, row.extension) for row in track.renditions.all() if row.sha256}
    usual = made.get(EXTENSION, original_of(track))
    return made.get(PLAIN, usual) if usual.media_type in lacking else usual


def original_of(track: Track) -> Sound:
    """What is downloaded: always the file that came in."""
    return Sound(track.sha256, track.extension)


def awaited(track: Track) -> bool:
    """Whether something else will be played of a track than its file, which browsers refuse."""
    return any(row.extension == EXTENSION and not row.sha256 and not row.failed for row in track.renditions.all())


def want_plain(track: Track, lacking: Container[str]) -> bool:
    """Have a form made that plays everywhere if such a browser needs one; returns whether it must wait for that."""
    if sound_of(track, lacking).media_type not in lacking:
        return False
    wanted, _ = Rendition.objects.get_or_create(track=track, extension=PLAIN)
    return not wanted.failed


def want(track: Track, codec: str = "") -> bool:
    """Write down that a track needs a rendition, if it does; may be called again. Returns whether it does."""
    needed = track.extension in NOT_PLAYED or codec in NOT_DECODED
    if needed:
        Rendition.objects.get_or_create(track=track, extension=EXTENSION)
    return needed


def want_missing() -> int:
    """Write it down for tracks that are older than this code; returns for how many."""
    lacking = list(Track.objects.filter(extension__in=NOT_PLAYED).exclude(renditions__extension=EXTENSION))
    return sum(want(track) for track in lacking)


def unmade(track_ids: Iterable[int], lacking: Collection[str] = ()) -> set[int]:
    """Those of these tracks that a browser will play once a worker has made their renditions."""
    forms = [EXTENSION, PLAIN] if lacking else [EXTENSION]
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
        Rendition.objects.filter(pk=claimed.pk).update(sha256=sha256, size=len(data), lease_until=None)


def postpone(claimed: Rendition) -> None:
    """Let this attempt not count, since the file is not to blame; the next one is due when the lease has run out."""
    Rendition.objects.filter(pk=claimed.pk).update(attempts=F("attempts") - 1)


def give_up(claimed: Rendition, why: str) -> None:
    """Write down that there will be none."""
    Rendition.objects.filter(pk=claimed.pk).update(failed=why[:300] or "unknown", lease_until=None)
