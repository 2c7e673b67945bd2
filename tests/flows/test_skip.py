"""Journey 4: skips and likes steer a radio while it plays."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from catalog.models import Track
from recommender import index_versions, outbox
from recommender.index.exact import ExactIndex
from recommender.models import Listen
from tests.flows.reading import radio_of, text, titles
from tests.rows import a_library


def test_a_skip_moves_the_radio_away_from_what_was_skipped(index: ExactIndex, sofa: Client) -> None:
    tracks = a_library([90 + number for number in range(24)], sounds=3)
    outbox.send(index_versions.ensure_current())
    sound_of = {track.title: number % 3 for number, track in enumerate(tracks)}

    start = text(sofa.get(reverse("radio"), {"from": f"track:{tracks[0].pk}"}))
    address = radio_of(start)
    heard = [tracks[0].title]
    upcoming = [title for title in titles(start) if title not in heard]
    unwanted = sound_of[upcoming[0]]
    expected = sum(sound_of[title] == unwanted for title in upcoming[:5])
    for _ in range(3):
        if (skipped := next((title for title in upcoming if sound_of[title] == unwanted), None)) is None:
            break  # nothing of it comes any more
        report = {"track": Track.objects.get(title=skipped).pk, "kind": "skipped", "seconds": 4}
        upcoming = titles(text(sofa.post(address, report)))
        heard.append(skipped)
        assert not set(heard) & set(upcoming)
    assert sum(sound_of[title] == unwanted for title in upcoming[:5]) < expected
    assert Listen.objects.filter(kind="skipped").exclude(radio="").count() == len(heard) - 1 > 0
