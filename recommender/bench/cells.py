"""What the cells of a worker deliver when nobody encodes or stores: the pace that an encoder must not slow down.

Run as `python -m recommender.bench.cells ENCODER MODELS CELLS`, with a JSON list of paths on standard input: a
process of its own, as a worker is. One line of JSON comes out.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recommender import encoders, pipeline, sandbox
from recommender.encoders.base import Windows
from recommender.measurement import Heard
from recommender.stopwatch import Stopwatch

MIB = 1 << 20


def measure(paths: Sequence[Path], wanted: Windows, cells: int) -> dict[str, Any]:
    """Hear every file, so many at a time, and keep nothing but what it cost."""
    pipeline.warm_up()
    watch, left_out = Stopwatch(), Counter[str]()
    seconds: list[float] = []
    began, spent = time.perf_counter(), _spent()
    for _path, outcome in pipeline.hear_many(paths, wanted, cells):
        if isinstance(outcome, Heard):
            watch.add(outcome.costs.cpu, outcome.costs.wall, outcome.costs.peak_bytes)
            seconds.append(outcome.decoded.seconds)
        else:
            left_out[str(outcome.code)] += 1
    wall, cpu = time.perf_counter() - began, _spent() - spent
    return {
        "tracks": len(seconds),
        "left_out": dict(left_out),
        "audio_seconds": sum(seconds),
        "wall": wall,
        "cpu_stages": {**watch.cpu, "rest": max(0.0, cpu - sum(watch.cpu.values()))},
        "wall_stages": dict(watch.wall),
        "cpu_total": cpu,
        "worker_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // MIB,
        "cell_mib": watch.peak_bytes // MIB,
        "cores_busy": cpu / wall,
    }


def _spent() -> float:
    return time.process_time() + sandbox.spent()


def main() -> None:
    """Measure the files of standard input."""
    name, models, cells = sys.argv[1:]
    wanted = encoders.load(name, Path(models)).windows
    found = measure([Path(path) for path in json.load(sys.stdin)], wanted, int(cells))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
