"""Whatever happens in a cell stays in the cell, and the worker learns how it ended."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recommender.errors import AnalysisError, CellDied, Code
from recommender.sandbox import Cell, Limits, frames, run_many
from tests import misbehaviour
from tests.processes import ROOT, wait_until
from tests.recommender.nurseries import children_of, is_alive, nurseries_of

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the walls of other systems are lower")
services = pytest.mark.services


# -- what leaves the cell --------------------------------------------------------------------------------------------


def test_every_kind_of_value_passes_unchanged() -> None:
    sent = misbehaviour.parcel(5)

    got = frames.unpack(misbehaviour.Parcel, frames.pack(sent))

    assert replace(got, array=None, halves=None) == replace(sent, array=None, halves=None)
    assert np.array_equal(got.array, sent.array)
    assert got.array.dtype == np.float32
    assert got.halves.dtype == np.float16


def test_a_final_answer_passes_as_itself() -> None:
    with pytest.raises(AnalysisError, match="too_short: 1 s"):
        frames.unpack(int, frames.pack_error(AnalysisError(Code.TOO_SHORT, "1 s")))


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff" * 8, b"\x02" + bytes(7) + b"{}", pickle.dumps(os.system), frames.pack(7)[:-1], frames.pack([1, 2])],
)
def test_nonsense_does_not_pass(data: bytes) -> None:
    with pytest.raises(frames.BrokenFrame):
        frames.unpack(misbehaviour.Parcel, data)


@pytest.mark.parametrize(
    "change",
    [
        {"number": float("nan")},
        {"count": 1.5},
        {"words": 7},
        {"array": np.array([np.inf], np.float32)},
        {"array": np.zeros(3, np.float64)},
        {"array": np.array(["x"], dtype="U1")},
        {"nothing": "something"},
    ],
)
def test_values_of_another_type_do_not_pass(change: dict[str, object]) -> None:
    forged = replace(misbehaviour.parcel(3), **change)

    with pytest.raises(frames.BrokenFrame):
        frames.unpack(misbehaviour.Parcel, frames.pack(forged))


# -- how cells end ---------------------------------------------------------------------------------------------------


@services
def test_a_result_comes_back() -> None:
    got = Cell().run(misbehaviour.parcel, 50_000)

    assert got.count == 50_000
    assert got.array.shape == (1, 50_000)


@services
def test_a_final_answer_comes_back() -> None:
    with pytest.raises(AnalysisError) as refusal:
        Cell().run(misbehaviour.refuse)

    assert (refusal.value.code, refusal.value.detail) == (Code.SILENT, "hush")


@services
@pytest.mark.parametrize(
    ("function", "arguments", "code", "words"),
    [
        (misbehaviour.eat_memory, (), Code.CELL_MEMORY, "MiB"),
        (misbehaviour.sleep, (60.0,), Code.CELL_TIMEOUT, "not done after"),
        (misbehaviour.crash, (), Code.CELL_CRASHED, "SIGSEGV"),
        (misbehaviour.leave, (7,), Code.CELL_CRASHED, "exit code 7"),
        (misbehaviour.leave, (0,), Code.CELL_CRASHED, "not a int"),
        (misbehaviour.blunder, (), Code.CELL_CRASHED, "RuntimeError: this was not foreseen"),
        (misbehaviour.resign, (), Code.CELL_CRASHED, "exit code"),
        (misbehaviour.flood, (2 << 20,), Code.CELL_CRASHED, "more than"),
        (misbehaviour.wrong_type, (), Code.CELL_CRASHED, "seven"),
        (misbehaviour.not_finite, (), Code.CELL_CRASHED, "not finite"),
    ],
)
def test_every_death_has_its_code(
    function: Callable[..., object], arguments: tuple[object, ...], code: Code, words: str
) -> None:
    # The clock on the wall is for the one that sleeps: on a busy machine a second of CPU takes many of those.
    wall = 2 if function is misbehaviour.sleep else 120
    cell = Cell(Limits(cpu_seconds=1, wall_seconds=wall, output_bytes=1 << 20))

    with pytest.raises(CellDied) as death:
        cell.run(function, *arguments)

    assert death.value.code == code
    assert words in death.value.detail
    assert Cell().run(misbehaviour.parcel, 1).count == 1  # the next one lives


@services
def test_what_uses_up_its_cpu_is_refused_for_good() -> None:
    with pytest.raises(AnalysisError, match="more than 1 s of CPU") as refusal:
        Cell(Limits(cpu_seconds=1)).run(misbehaviour.spin)

    assert refusal.value.code == Code.TOO_COSTLY


# -- many at once, and sudden ends -----------------------------------------------------------------------------------


@services
def test_cells_run_side_by_side_and_results_come_as_they_are_ready() -> None:
    Cell().run(misbehaviour.sleep, 0.0)

    found = list(run_many(misbehaviour.sleep, [(3.0,), (0.1,), (0.2,), (0.3,)], cells=2))

    assert [call[0] for call, _ in found][-1] == 3.0  # the others went by beside it
    assert all(isinstance(outcome, int) for _, outcome in found)


@services
def test_deaths_among_many_are_values() -> None:
    calls = [(function,) for function in ("connect", "nonsense")]

    found = dict(run_many(misbehaviour.attempt, [(*call, "127.0.0.1:1") for call in calls]))

    assert isinstance(found["nonsense", "127.0.0.1:1"], CellDied)
    assert isinstance(found["connect", "127.0.0.1:1"], str)


@services
@LINUX
@pytest.mark.parametrize("how", ["stop", "close"])
def test_work_in_progress_can_be_given_up_at_once(how: str) -> None:
    stop = threading.Event()
    stream = run_many(misbehaviour.sleep, [(0.0,), (60.0,), (60.0,)], cells=2, stop=stop)
    next(stream)
    begin = time.monotonic()

    if how == "stop":
        threading.Timer(0.2, stop.set).start()
        assert list(stream) == []
    else:
        stream.close()

    assert time.monotonic() - begin < 30  # seconds, of sixty
    assert stop.is_set() == (how == "stop")  # it belongs to the caller
    (nursery,) = nurseries_of(os.getpid())
    wait_until(lambda: not children_of(nursery), 30, "the cells to die")


@services
def test_threads_share_a_cell() -> None:
    cell, counts = Cell(), []

    threads = [
        threading.Thread(target=lambda n=n: counts.append(cell.run(misbehaviour.parcel, n).count)) for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(counts) == list(range(12))


@services
@LINUX
def test_a_nursery_that_was_killed_is_replaced() -> None:
    Cell().run(misbehaviour.parcel, 1)
    (nursery,) = nurseries_of(os.getpid())
    os.kill(nursery, signal.SIGKILL)

    assert Cell().run(misbehaviour.parcel, 2).count == 2


@services
@LINUX
def test_a_cell_that_is_given_up_is_gone_at_once() -> None:
    with pytest.raises(CellDied):
        Cell(Limits(wall_seconds=0.3)).run(misbehaviour.sleep, 60.0)

    (nursery,) = nurseries_of(os.getpid())
    wait_until(lambda: not children_of(nursery), 30, "the cell to die")


@services
@LINUX
@pytest.mark.parametrize("victim", ["worker", "nursery"])
def test_nothing_outlives_a_kill(victim: str) -> None:
    script = (
        "from recommender.sandbox import Cell; from tests import misbehaviour; Cell().run(misbehaviour.sleep, 60.0)"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: nurseries_of(worker.pid) and children_of(nurseries_of(worker.pid)[0]), what="a cell")
        (nursery,) = nurseries_of(worker.pid)
        (cell,) = children_of(nursery)
        os.kill(worker.pid if victim == "worker" else nursery, signal.SIGKILL)
        wait_until(lambda: not is_alive(cell) and not is_alive(nursery), 30, "all to end")
    finally:
        worker.kill()
        worker.wait()
