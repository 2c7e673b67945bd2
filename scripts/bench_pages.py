"""How fast the pages that ask are in a large library: the whole stack from the request to the finished page.

    python scripts/bench_pages.py [--tracks 100000] [--data DIR] [--repeats 20] [--json OUT]
    MILVUS_URI=http://... python scripts/bench_pages.py        the same, asking a server

Rows, vectors and a listener with a past are made up in a folder that is thrown away (kept with --data). Without
MILVUS_URI the vectors in the database are searched exactly, as the site does when no index answers. Printed for each
page: median and 95th percentile of the wall time, and the CPU time of this process.
"""

# ruff: noqa: PLC0415, T201 - Django loads after its database was chosen, and this prints a report
from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from scripts import bench_lists

LIKES, PLAYS, LOVED, DAYS = 60, 400, 3, 90
CHUNK = 2_000
TYPED = ("lo", "lom", "lomina", "lomnia", "bade kilo")
BOX = {"HX-Request": "true", "HX-Target": "found"}  # what the box in the header sends


def fill(count: int) -> object:
    """The library of bench_lists with everything that questions read; returns its listener."""
    from recommender import query
    from recommender.bench import imagined
    from recommender.facets import reference
    from recommender.models import IndexedVector, IndexVersion, Measurement

    listener = bench_lists.fill(count)
    layout = query.present_layout(reference.shipped())
    made = imagined.imagine(count, layout)
    version = IndexVersion.objects.create(
        collection="tracks_1_bench", encoder="musicnn", layout=layout.to_json(), fingerprint=layout.fingerprint,
        dim=layout.dim, state=IndexVersion.State.ACTIVE, settled=count,
    )  # fmt: skip
    generator = np.random.default_rng(1)
    ids = list(Measurement.objects.order_by("track_id").values_list("track_id", flat=True))
    for low in range(0, count, CHUNK):
        some = ids[low : low + CHUNK]
        Listened(generator).write(some)
        IndexedVector.objects.bulk_create(
            IndexedVector(version=version, track_id=pk, vector=made.vectors[low + place].astype("<f4").tobytes())
            for place, pk in enumerate(some)
        )
    settle(ids)
    draw(version, ids, generator)
    listen(listener, ids, made, generator)
    return listener


def settle(ids: Sequence[int]) -> None:
    """Every track was analysed."""
    from django.utils import timezone

    from recommender.models import Analysis

    now = timezone.now()
    done = {"state": Analysis.State.DONE, "queued_at": now, "started_at": now, "finished_at": now}
    Analysis.objects.bulk_create((Analysis(track_id=pk, **done) for pk in ids), batch_size=CHUNK)


def draw(version: Any, ids: Sequence[int], generator: np.random.Generator) -> None:
    """A map with places by chance."""
    from recommender import mapfile
    from recommender.mapfile import Places
    from recommender.models import TrackMap

    numbers = np.array(ids, np.uint32)
    xy = mapfile.quantised(generator.random((len(ids), 2)).astype(np.float32))
    shade = generator.integers(0, 256, len(ids)).astype(np.uint8)
    order = mapfile.coarse_first(xy, numbers)
    regions = [{"name": f"Neighbourhood {n}", "x": x, "y": y} for n, (x, y) in enumerate(generator.random((12, 2)))]
    packed = mapfile.pack(Places(numbers[order], xy[order], shade[order]))
    TrackMap.objects.create(version=version, places=packed, regions=regions, tracks=len(ids))


def listen(listener: Any, ids: Sequence[int], made: Any, generator: np.random.Generator) -> None:
    """A past of some months: likes around a few tracks, and whatever was played."""
    from django.utils import timezone

    from recommender.models import Listen

    loved = made.vectors[generator.choice(len(ids), LOVED, replace=False)]
    liked = np.argsort(-(loved @ made.vectors.T), axis=1)[:, : LIKES // LOVED].ravel()
    chosen = [ids[place] for place in liked] + [int(pk) for pk in generator.choice(ids, PLAYS, replace=False)]
    kinds = [Listen.Kind.LIKED] * len(liked) + [Listen.Kind.FINISHED] * PLAYS
    Listen.objects.bulk_create(
        Listen(user=listener, track_id=pk, kind=kind) for pk, kind in zip(chosen, kinds, strict=True)
    )
    rows = list(Listen.objects.filter(user=listener))
    for row, days in zip(rows, generator.uniform(0, DAYS, len(rows)), strict=True):
        row.at = timezone.now() - timedelta(days=float(days))  # written as now when it is made
    Listen.objects.bulk_update(rows, ["at"], batch_size=100)


class Listened:
    """Rows as an analysis leaves them, of made-up sound."""

    def __init__(self, generator: np.random.Generator) -> None:
        from recommender.facets import reference

        self.generator, self.usual = generator, reference.shipped()

    def write(self, ids: Sequence[int]) -> None:
        """Measurements and embeddings of these tracks."""
        from recommender.measurement import GRID
        from recommender.models import Embedding, Measurement

        flat = np.full(len(GRID), 1 / len(GRID), "<f4").tobytes()
        Measurement.objects.filter(track_id__in=ids).update(
            tempo_posterior=flat, key_profile=np.full(24, 1 / 24, "<f4").tobytes(),
            moods=dict.fromkeys(self.usual.moods, 0.5), peaks=bytes(1600), energy=bytes(256),
        )  # fmt: skip
        shape = (len(ids), len(self.usual.mean))
        heard = self.generator.normal(self.usual.mean, self.usual.deviation, shape).astype("<f4")
        shape = (len(ids), len(self.usual.logit_mean))
        tags = self.generator.normal(self.usual.logit_mean, self.usual.logit_deviation, shape).astype("<f4")
        Embedding.objects.bulk_create(
            Embedding(track_id=pk, encoder="musicnn", version="made up", vector=one.tobytes(), tag_logits=two.tobytes())
            for pk, one, two in zip(ids, heard, tags, strict=True)
        )


def main() -> None:
    """Make the library, then ask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--data", type=Path, help="keep the library here, and use it when it is there already")
    parser.add_argument("--repeats", type=int, default=20, help="of each page, each time another one")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    threadpool_limits(1)  # as in the web process, see config/asgi.py
    with nullcontext(str(asked.data)) if asked.data else tempfile.TemporaryDirectory() as folder:
        os.environ |= {"SEGUE_DATA": folder, "DJANGO_SETTINGS_MODULE": "config.settings"}
        import django
        from django.core.management import call_command

        django.setup()
        logging.disable(logging.CRITICAL)  # without an index every question says so
        from accounts.models import User

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        listener = User.objects.filter(username="ada").first() or fill(asked.tracks)
        report = ask(listener, asked.repeats)
        if asked.json:
            asked.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def ask(listener: Any, repeats: int) -> dict[str, Any]:
    """Time every page."""
    from django.test import Client

    from recommender import index_versions
    from recommender.models import Measurement

    client = Client(headers={"host": "localhost"})
    client.force_login(listener)
    version = index_versions.active()
    assert version is not None
    ids = list(Measurement.objects.order_by("?").values_list("track_id", flat=True)[: 4 * repeats])
    began = time.perf_counter()
    first = client.get(f"/tracks/{ids[0]}/")
    print(f"the first question of a process: {time.perf_counter() - began:.2f} s, {first.status_code}")
    report: dict[str, Any] = {}
    for name, visit in pages(client, ids):
        report[name] = timed(visit, repeats)
        print(f"{name:34}" + "".join(f"{key} {value:7.1f}   " for key, value in report[name].items()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process: {peak:.0f} MiB")
    return report | {"peak_mib": peak}


def pages(client: Any, ids: Sequence[int]) -> list[tuple[str, Callable[[int], Any]]]:
    """What is asked, the n-th time."""

    def of(address: str) -> Callable[[int], Any]:
        return lambda n: client.get(address.format(ids[n], ids[-n - 1]))

    words = ("calm piano", "fast metal, no vocals", "sad strings 90 bpm", "techno", "happy acoustic guitar")
    return [
        ("track with neighbours", of("/tracks/{0}/")),
        ("neighbours, tempo slider at its end", of("/tracks/{0}/?sound=0&mood=0&tempo=1")),
        ("blend, bounds on tempo and year", of("/blend/?track={0}&track={1}&bpm_min=90&bpm_max=130&year_min=1980")),
        ("blend, style", of("/blend/?track={0}&style=jazz")),
        ("words", lambda n: client.get("/words/", {"q": words[n % len(words)]})),
        ("path of 8", of("/path/?from={0}&to={1}&steps=8")),
        ("radio, begun", of("/radio/?from=track:{0}")),
        ("for you", lambda n: client.get("/for-you/", {"boldness": n / 100})),
        ("one mix of the day", of("/mixes/1/")),
        ("map", of("/map/")),
        ("map, points", of("/map/points/")),
        ("home", of("/")),
        ("home, how far the analysis is", of("/progress/")),
        ("home, the shelf that comes later", of("/for-you/shelf/")),
        ("artist", lambda n: client.get(f"/artists/{n + 1}/")),
        ("liked", of("/liked/")),
        ("search, as it is typed", lambda n: client.get("/search/", {"q": TYPED[n % len(TYPED)]}, headers=BOX)),
    ]


def timed(visit: Callable[[int], Any], repeats: int) -> dict[str, float]:
    """Milliseconds: median and 95th percentile of the wall, mean of the CPU."""
    visit(0)
    walls, spent = [], time.process_time()
    for number in range(repeats):
        start = time.perf_counter()
        answer = visit(number)
        walls.append(1000 * (time.perf_counter() - start))
        assert answer.status_code == 200, answer
    spent = 1000 * (time.process_time() - spent) / repeats
    p95 = statistics.quantiles(walls, n=20)[-1]
    return {"median": statistics.median(walls), "p95": p95, "cpu": spent}


if __name__ == "__main__":
    main()
