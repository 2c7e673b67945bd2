"""Tracks as rows: those that somebody may hear, in the order that somebody named."""

from __future__ import annotations

import pytest

from accounts.models import User
from catalog.models import Track
from tests.rows import a_track

pytestmark = pytest.mark.django_db


def test_tracks_come_in_the_order_in_which_they_are_named(owner: User, other: User) -> None:
    first, second, hidden = a_track("First"), a_track("Second"), a_track("Hidden", owner=other, private=True)
    named = [second.pk, hidden.pk, first.pk, 12_345, second.pk]
    assert Track.objects.visible_to(owner).in_order(named) == [second, first, second]
    assert Track.objects.visible_to(owner).in_order(iter(())) == []
