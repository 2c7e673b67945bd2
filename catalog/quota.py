"""How much one person may keep here."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Sum

from accounts.models import User
from catalog.models import Track

GIGABYTE = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What somebody keeps and may keep. The same file in the hands of two people counts for both."""

    used: int  # bytes
    most: int
    tracks: int
    most_tracks: int

    def takes(self, size: int) -> bool:
        """Whether another file of so many bytes still fits."""
        return self.used + size <= self.most and self.tracks < self.most_tracks

    @property
    def share(self) -> float:
        """How much is used, 0..1, of whatever is nearer to its end."""
        return min(max(self.used / self.most, self.tracks / self.most_tracks), 1.0)

    def __str__(self) -> str:
        size = f"{self.used / GIGABYTE:.1f} of {self.most / GIGABYTE:g} GB"
        return f"{size}, {self.tracks:,} of {self.most_tracks:,} tracks"


def of(user: User | None) -> Allowance | None:
    """What somebody may keep; None without a limit: curators, administrators, and what belongs to nobody."""
    if user is None or user.is_staff or user.is_superuser:
        return None
    kept = Track.objects.filter(owner=user).aggregate(bytes=Sum("size"), tracks=Count("pk"))
    return Allowance(kept["bytes"] or 0, settings.QUOTA_BYTES, kept["tracks"], settings.QUOTA_TRACKS)


def locked(user: User | None) -> Allowance | None:
    """The same, and nobody else adds to it before the transaction ends: two uploads at once count each other."""
    if user is not None:
        User.objects.select_for_update().get(pk=user.pk)
    return of(user)
