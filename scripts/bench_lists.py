"""How fast searching and listing are in a large library: rows only, made up, in a database that is thrown away.

python scripts/bench_lists.py [--tracks 100000]
DATABASE_URL=postgres://... python scripts/bench_lists.py      an empty database
"""

# ruff: noqa: PLC0415, T201 - Django loads after its database was chosen, and this prints a report
from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
CONSONANTS, VOWELS = "bdfgklmnprstv", "aeiou"
QUERIES = ("lo", "lom", "lomi", "lomina", "lomnia", "bade kilo", "bade klio", "zyx", "b", "the")
REPEATS = 7


def word(chance: random.Random) -> str:
    """A word that nobody has heard, of two to four syllables."""
    syllables = [chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(chance.randint(2, 4))]
    return "".join(syllables).capitalize()


def fill(count: int) -> object:
    """Make a library: an artist to fifty tracks, an album to ten; returns a listener."""
    from django.utils import timezone

    from accounts.models import User
    from catalog import search_text
    from catalog.models import Album, Artist, Track
    from recommender.models import Measurement

    chance = random.Random(1)
    names = list(dict.fromkeys(f"{word(chance)} {word(chance)}" for _ in range(count // 50 + 1)))
    artists = Artist.objects.bulk_create([Artist(name=name, search=search_text.stored(name)) for name in names])
    albums = []
    for number in range(count // 10 + 1):
        title, artist = f"{word(chance)} {number}", chance.choice(artists)
        albums.append(Album(title=title, artist=artist, search=search_text.stored(title, artist.name)))
    albums = Album.objects.bulk_create(albums)
    tracks = []
    for number in range(count):
        album = albums[number // 10]
        title = " ".join(word(chance) for _ in range(chance.randint(1, 3)))
        tracks.append(
            Track(
                title=title, artist=album.artist, album=album, sha256=f"{number:064x}", extension="mp3", size=1,
                original_name="a.mp3", seconds=chance.uniform(60, 600), year=chance.randint(1950, 2026),
                genre=chance.choice(("Rock", "Jazz", "Folk", "Techno")), added_at=timezone.now(),
                search=search_text.stored(title, album.artist.name, album.title),
            )
        )  # fmt: skip
    tracks = Track.objects.bulk_create(tracks, batch_size=2000)
    empty = dict.fromkeys(("tempo_posterior", "key_profile", "peaks", "energy"), b"")
    numbers = dict.fromkeys(
        ("tempo_clarity", "tempo_stability", "beat_phase", "key_strength", "loudness", "loudness_range", "true_peak"),
        0.5,
    )
    Measurement.objects.bulk_create(
        [
            Measurement(
                track=track, bpm=chance.uniform(60, 180), key_tonic=chance.randrange(12), key_mode="minor",
                moods={"energy": chance.random(), "joy": chance.random()}, codec="mp3", decoder="none",
                sample_rate=44100, channels=2, **numbers, **empty,
            )
            for track in tracks
        ],
        batch_size=2000,
    )  # fmt: skip
    return User.objects.create_user("ada")


def timed(work: Callable[[], object]) -> str:
    """Median and worst of some calls, and the mean of their CPU time here."""
    taken, spent = [], time.process_time()
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    spent = 1000 * (time.process_time() - spent) / REPEATS
    return f"{statistics.median(taken):6.1f} ms   worst {max(taken):6.1f} ms   CPU {spent:6.1f} ms"


def main() -> None:
    """Make the library, then ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=100_000)
    count = parser.parse_args().tracks
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"SEGUE_DATA": folder, "DJANGO_SETTINGS_MODULE": "config.settings", "SEGUE_LOG_LEVEL": "WARNING"}
        import django
        from django.core.management import call_command

        django.setup()
        from django.test import Client

        from catalog import search

        call_command("migrate", verbosity=0)
        user = fill(count)
        call_command("collectstatic", verbosity=0, interactive=False)
        client = Client(headers={"host": "localhost"})
        client.force_login(user)
        for query in QUERIES:
            found = search.find(query, user, tracks=6, others=3)
            taken = timed(lambda q=query: search.find(q, user, tracks=6, others=3))
            print(f"{query:60} {taken}   {len(found.tracks)} tracks")
        for address in ADDRESSES:
            assert client.get(address).status_code == 200, address
            print(f"{address:60} {timed(lambda a=address: client.get(a))}")
        deep = "/tracks/?sort=bpm"
        for _ in range(40):
            deep = "/tracks/?" + unescape(
                re.findall(r'href="\?([^"]*after=[^"]*)"', client.get(deep).content.decode())[0]
            )
        print(f"{'page 41 of /tracks/?sort=bpm':60} {timed(lambda: client.get(deep))}")


ADDRESSES = (
    "/search/?q=lomina",
    "/tracks/",
    "/tracks/?sort=title",
    "/tracks/?sort=artist",
    "/tracks/?sort=album",
    "/tracks/?sort=bpm",
    "/tracks/?sort=-length",
    "/tracks/?sort=bpm&bpm_min=120&bpm_max=124&mood=joy&genre=jazz",
    "/tracks/?q=lomi&sort=title",
    "/artists/",
    "/albums/",
    "/kinds/",
)


if __name__ == "__main__":
    main()
