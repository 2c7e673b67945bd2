"""What it costs to take music in: the site's own worker on a database and an index that are thrown away.

Real worker processes, real cells, real index server. Nothing of the site is touched: the child processes get a data
folder, a database and an index of their own. The yardsticks run in the same minutes on the same files, so that ratios
hold on a machine that others use as well.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.bench import engines

STAGES = ("decode", "mel", "tempo", "key", "loudness", "outline", "tags", "encoder", "store", "index")
REFERENCE_SECONDS = 240.0  # the track that everybody quotes
CPU_TARGET, RATIO_TARGET = 2.5, 4.0
DECODE_BOUND_TARGET = 0.9  # with a GPU: there the encoder must not be what the cells wait for
MANAGE = (sys.executable, "manage.py")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
FOREIGN = ("DATABASE_URL", "REDIS_URL", "MILVUS_URI", "MILVUS_TOKEN", "SEGUE_MEDIA", "DJANGO_SETTINGS_MODULE")

Say = Callable[[str], None]
Report = dict[str, Any]


class BenchFailed(Exception):
    """A child process did not do its part; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    paths: Sequence[Path]
    encoder: str
    models: Path
    workers: Sequence[int]  # worker processes at once, one run for each number
    cells: int  # of each worker
    yardsticks: int  # files for decode-only and naive; 0 = no yardsticks at all


def run(plan: Plan, say: Say) -> Report:
    """Measure everything in a plan.

    Raises
    ------
    BenchFailed
        With the words of the process that failed.
    recommender.errors.IndexUnavailable
        When the index server does not start.
    """
    report: Report = {"files": len(plan.paths), "cells": plan.cells, "cores": os.cpu_count(), "runs": {}}
    report |= {"cells_alone": {}} if plan.yardsticks else {}
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as scratch:
        folder = Path(scratch)
        waiting = _prepare(folder, plan)
        for count in plan.workers:
            found = _one_run(folder, plan, count)
            if absent := len(plan.paths) - found["tracks"] - sum(found["left_out"].values()):
                found["left_out"]["refused or twice there"] = absent
            report["runs"][str(count)] = found
            say(_line(f"{count} worker{'s' * (count > 1)}", found))
            if plan.yardsticks:
                alone = report["cells_alone"][str(count)] = cells_alone(plan, count, waiting)
                say(_line(f"their {plan.cells * count} cells alone", alone))
    if plan.yardsticks:
        chosen = plan.paths[:: max(1, len(plan.paths) // plan.yardsticks)][: plan.yardsticks]
        for kind in ("decode", "naive"):
            report[kind] = yardstick(kind, chosen, plan.models)
            say(_line(f"{kind} ({report[kind]['tracks']} files)", report[kind]))
    report["ratios"] = ratios(report)
    return report


def _environment(folder: Path, plan: Plan, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    own = {"SEGUE_DATA": str(folder), "SEGUE_MODELS": str(plan.models), "SEGUE_CELLS": str(plan.cells)}
    return {**kept, **own, "DJANGO_SETTINGS_MODULE": "config.settings", "SEGUE_LOG_LEVEL": "WARNING", **more}


def _prepare(folder: Path, plan: Plan) -> list[Path]:
    """A database with every file waiting in it that passes the gate; returns these files, as the worker finds them."""
    links = folder / "files"
    links.mkdir()
    for number, path in enumerate(plan.paths):
        (links / f"{number:06}{path.suffix}").symlink_to(path.resolve())
    for arguments in (["migrate", "-v0"], ["import_folder", str(links)]):
        made = subprocess.run(  # noqa: S603 - ourselves
            [*MANAGE, *arguments, "--skip-checks"], cwd=engines.ROOT, env=_environment(folder / "data", plan),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode not in (0, 1):  # 1: some files were refused at the gate
            raise BenchFailed(made.stderr[-2000:])
    return sorted(path for path in (folder / "data" / "media" / "files").rglob("*") if path.is_file())


def _one_run(folder: Path, plan: Plan, count: int) -> Report:
    data = folder / f"run-{count}"
    data.mkdir()
    for path in (folder / "data").glob("segue.sqlite3*"):
        shutil.copy(path, data)
    with engines.lite_server() as (uri, token, index_cpu), ExitStack() as stack:
        servers = {"MILVUS_URI": uri, "MILVUS_TOKEN": token}
        environment = _environment(data, plan, SEGUE_MEDIA=str(folder / "data" / "media"), **servers)
        workers = [stack.enter_context(_worker(environment)) for _ in range(count)]
        for one in workers:
            assert one.stdout is not None
            if one.stdout.readline().strip() != "ready":
                raise BenchFailed("a worker did not start; is there a model? (manage.py fetch_models)")
        before = index_cpu()
        for one in workers:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        parts = [_answer(one) for one in workers]
        return _summed(parts, index_cpu() - before)


def _worker(environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - ourselves
        [*MANAGE, "analyse", "--json", "--on-enter"],
        cwd=engines.ROOT, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def _answer(worker: subprocess.Popen[str]) -> Report:
    assert worker.stdout is not None
    lines = worker.stdout.read().strip().splitlines()
    if worker.wait() != 0 or not lines:
        raise BenchFailed(f"a worker ended with status {worker.returncode}")
    found: Report = json.loads(lines[-1])
    return found


def _summed(parts: Sequence[Report], index_server: float) -> Report:
    """One report of several workers that ran at the same time."""
    wall = max(one["ended"] for one in parts) - min(one["began"] for one in parts)
    found: Report = {
        "tracks": max(one["done"] for one in parts),
        "left_out": max((one["left_out"] for one in parts), key=lambda codes: sum(codes.values())),
        "audio_seconds": max(one["audio_seconds"] for one in parts),
        "wall": wall,
        "cpu_stages": _total(one["cpu"] for one in parts),
        "wall_stages": _total(one["wall"] for one in parts),
        "cpu_total": sum(one["cpu_worker"] + one["cpu_cells"] for one in parts),
        "cpu_index_server": index_server,
        "worker_mib": max(one["worker_mib"] for one in parts),
        "cell_mib": max(one["cell_mib"] for one in parts),
    }
    found["cpu_stages"]["rest"] = max(0.0, found["cpu_total"] - sum(found["cpu_stages"].values()))
    found["tracks_per_minute"] = found["tracks"] / wall * 60
    found["cores_busy"] = (found["cpu_total"] + index_server) / wall
    return found | per_audio(found)


def yardstick(kind: str, paths: Sequence[Path], models: Path) -> Report:
    """Run `bench.yardsticks` over files, in one process with one thread.

    Raises BenchFailed when none of them could be measured.
    """
    made = _alone("yardsticks", kind, str(models), *(str(path.resolve()) for path in paths))
    lines = [json.loads(line) for line in made.stdout.splitlines()]
    good = [line for line in lines if "error" not in line]
    if not good:
        told = made.stderr[-2000:] or json.dumps(lines)
        raise BenchFailed(f"the yardstick {kind!r} ended with status {made.returncode}: {told}")
    found: Report = {
        "tracks": len(good),
        "left_out": dict(Counter(line["error"] for line in lines if "error" in line)),
        "audio_seconds": sum(line["seconds"] for line in good),
        "wall": sum(line["wall"] for line in good),
        "cpu_stages": _total(line["cpu"] for line in good),
        "wall_stages": _total(line["wall_stages"] for line in good),
        "cpu_total": sum(line["cpu_total"] for line in good),
        "worker_mib": max(line["peak_bytes"] for line in good) >> 20,
    }
    found["tracks_per_minute"] = found["tracks"] / found["wall"] * 60
    return found | per_audio(found)


def cells_alone(plan: Plan, workers: int, files: Sequence[Path]) -> Report:
    """Run `bench.cells` over all files, with as many cells as so many workers have together.

    Raises BenchFailed when nothing came of it.
    """
    paths = json.dumps([str(path) for path in files])
    made = _alone("cells", plan.encoder, str(plan.models), str(plan.cells * workers), given=paths)
    if made.returncode != 0:
        raise BenchFailed(f"the cells alone ended with status {made.returncode}: {made.stderr[-2000:]}")
    found: Report = json.loads(made.stdout)
    found["tracks_per_minute"] = found["tracks"] / found["wall"] * 60
    return found | per_audio(found)


def _alone(module: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", f"recommender.bench.{module}", *arguments], cwd=engines.ROOT,
        env={**os.environ, **ONE_THREAD}, input=given, capture_output=True, text=True, check=False,
    )  # fmt: skip


def per_audio(found: Report) -> Report:
    """The same figures per minute of sound, per track, and for a track of `REFERENCE_SECONDS`."""
    minutes, tracks = max(found["audio_seconds"] / 60, 1e-9), max(found["tracks"], 1)
    spent = {"cpu": found["cpu_stages"], "wall": found["wall_stages"]}
    return {
        f"{clock}_per_{unit}": {name: seconds / count for name, seconds in stages.items()}
        for clock, stages in spent.items()
        for unit, count in (("minute", minutes), ("track", tracks))
    } | {
        "cpu_total_per_minute": found["cpu_total"] / minutes,
        "cpu_total_per_track": found["cpu_total"] / tracks,
        "cpu_240": found["cpu_total"] / minutes * REFERENCE_SECONDS / 60,
    }


def ratios(report: Report) -> Report:
    """How our way compares, in CPU seconds per minute of sound; and how several workers compare with one."""
    runs = report["runs"]
    first = next(iter(runs.values()))
    ours = first["cpu_total_per_minute"]
    pace = {count: one["tracks_per_minute"] for count, one in runs.items()}
    found: Report = {"speed_up": {count: one / first["tracks_per_minute"] for count, one in pace.items()}}
    if "cells_alone" in report:
        bound = {count: one["tracks_per_minute"] for count, one in report["cells_alone"].items()}
        found["of_decode_bound"] = {count: one / bound[count] for count, one in pace.items() if bound[count]}
    if "naive" in report:
        naive = report["naive"]
        found["naive_to_ours"] = naive["cpu_total_per_minute"] / ours
        alone = naive["cpu_total_per_minute"] - naive["cpu_per_minute"]["second network"]
        found["naive_with_one_network_to_ours"] = alone / ours
        found["ours_to_decode_only"] = ours / report["decode"]["cpu_total_per_minute"]
    return found


def _total(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for name, seconds in part.items():
            total[name] = total.get(name, 0.0) + seconds
    return total


def _line(name: str, found: Report) -> str:
    known = [stage for stage in STAGES if stage in found["cpu_stages"]]
    rest = [stage for stage in found["cpu_stages"] if stage not in known]
    stages = "  ".join(f"{stage} {found['cpu_per_track'][stage]:.3f}" for stage in known + rest)
    memory = f"worker {found['worker_mib']} MiB" + (f", cell {found['cell_mib']} MiB" if "cell_mib" in found else "")
    busy = f", {found['cores_busy']:.2f} cores busy" if "cores_busy" in found else ""
    lacking = ", ".join(f"{count} {why}" for why, count in found["left_out"].items())
    lacks = f"\n  left out: {lacking}" if lacking else ""
    return (
        f"{name}: {found['cpu_total_per_track']:.2f} CPU-s a track, {found['cpu_total_per_minute']:.3f} a minute of "
        f"sound, {found['cpu_240']:.2f} for 240 s; {found['tracks_per_minute']:.1f} tracks a minute{busy}; {memory}\n"
        f"  CPU-s a track: {stages}{lacks}"
    )


def conclusions(report: Report) -> list[str]:
    """The ratios in words, beside what was aimed at."""
    found = report["ratios"]
    first = next(iter(report["runs"].values()))
    lines = [f"a track of 240 s costs {first['cpu_240']:.2f} CPU-s (aim: at most {CPU_TARGET})"]
    if "naive_to_ours" in found:
        lines += [
            f"the naive way costs {found['naive_to_ours']:.1f} times as much (aim: {RATIO_TARGET:.0f})",
            f"the naive way with one of the two networks: {found['naive_with_one_network_to_ours']:.1f} times as much",
            f"decoding alone is {1 / found['ours_to_decode_only']:.0%} of what we need",
        ]
    lines += [
        f"{count} worker{'s' * (count != '1')}: {ratio:.0%} of the pace of the cells alone "
        f"(aim with a GPU: {DECODE_BOUND_TARGET:.0%})"
        for count, ratio in found.get("of_decode_bound", {}).items()
    ]
    lines += [f"{count} workers: {ratio:.2f} times one" for count, ratio in found["speed_up"].items() if count != "1"]
    return lines
