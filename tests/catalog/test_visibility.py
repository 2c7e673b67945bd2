"""Who may see a track: one rule, and its opposite."""

from __future__ import annotations

import pytest
from django.utils import timezone

from catalog.models import Track
from tests.rows import a_track, a_user


@pytest.mark.django_db
def test_what_is_hidden_from_somebody_is_all_that_they_may_not_see() -> None:
    ada, eve = a_user("ada"), a_user("eve")
    for number, (owner, private) in enumerate([(None, False), (ada, False), (ada, True), (eve, False), (eve, True)]):
        a_track(f"Piece {number}", owner=owner, private=private)
    Track.objects.filter(pk__in=[a_track("Aside").pk, a_track("Mine, aside", owner=ada).pk]).update(
        set_aside_at=timezone.now()
    )
    for viewer in (ada, eve):
        seen, hidden = Track.objects.visible_to(viewer), Track.objects.hidden_from(viewer)
        assert set(seen) | set(hidden) == set(Track.objects.all())
        assert not set(seen) & set(hidden)
        assert hidden.count() == 3
