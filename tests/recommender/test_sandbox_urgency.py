"""Who goes first among cells, and who gives way."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from recommender.sandbox import Cell, Crew, Limits
from recommender.sandbox.walls import YIELDING
from tests import misbehaviour
from tests.processes import wait_until
from tests.recommender.nurseries import children_of, nurseries_of

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the priorities of other systems are read otherwise")
services = pytest.mark.services


@services
def test_what_is_urgent_goes_first_and_into_one_cell_more() -> None:
    Cell().run(misbehaviour.sleep, 0.0)
    with Crew[tuple[float], int](misbehaviour.sleep, cells=1) as crew:
        for number in range(3):
            crew.start((2.0 + number / 10,))
        assert (crew.room, crew.spare) == (-1, True)  # what is not urgent waits for the one cell
        crew.start((0.1,), urgent=True)
        assert not crew.spare  # there is one more, not two
        crew.start((0.2,), urgent=True)
        order = [call[0] for _ in range(5) for call, _ in crew.ready()]
        assert order == [0.1, 0.2, 2.0, 2.1, 2.2]
        assert (crew.room, crew.busy) == (2, False)


@services
def test_who_asks_is_not_kept_longer_than_he_wants() -> None:
    with Crew[tuple[float], int](misbehaviour.sleep, cells=1) as crew:
        crew.start((60.0,))
        begin = time.monotonic()
        assert crew.ready(0.1) == []
        assert crew.busy
        assert time.monotonic() - begin < 5
    assert not crew.busy


def ranks() -> dict[float, object]:
    """How far two cells stepped back that nobody waits for, and one between them that somebody waits for."""
    with Crew[tuple[float], int](misbehaviour.niceness, cells=3, background=Limits(gives_way=True)) as crew:
        crew.start((0.0,))
        assert crew.ready() == [((0.0,), os.nice(0))]
        crew.start((2.0,))  # runs already when somebody comes
        crew.start((1.0,), urgent=True)
        crew.start((0.5,))  # begins while somebody waits
        found: dict[float, object] = {}
        while crew.busy:
            found |= {seconds: outcome for (seconds,), outcome in crew.ready()}
    return found


@services
@LINUX
def test_what_nobody_waits_for_gives_way_while_somebody_waits_also_under_a_worker_that_gives_way_itself() -> None:
    usual = os.nice(0) + 3
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=os.nice, initargs=(3,)) as worker:
        found = worker.submit(ranks).result(60)
    assert found == {2.0: usual + YIELDING, 1.0: usual, 0.5: usual + YIELDING}


@services
@LINUX
def test_what_nobody_waits_for_gives_way_to_other_workers_and_comes_forth_again() -> None:
    usual = os.nice(0)
    Cell().run(misbehaviour.sleep, 0.0)
    (nursery,) = nurseries_of(os.getpid())
    group = Path(f"/proc/{nursery}/autogroup")

    def stands_at(niceness: int, *, when_asked: bool) -> bool:
        crew.step_back(when_asked)
        return not group.exists() or int(group.read_text().split()[-1]) == niceness

    with Crew[tuple[float], int](misbehaviour.niceness, cells=3, background=Limits(gives_way=True)) as crew:
        crew.start((2.0,))
        wait_until(lambda: children_of(nursery), 3, "the cell")
        wait_until(lambda: stands_at(YIELDING, when_asked=True), 3, "the group to give way")
        crew.start((1.0,), urgent=True)  # somebody waits here as well: then the group may not
        wait_until(lambda: stands_at(0, when_asked=True), 3, "the group to come forth")
        found: dict[tuple[float], object] = {}
        while crew.busy:
            found.update(crew.ready())
        wait_until(lambda: stands_at(YIELDING, when_asked=True), 3, "the group to give way again")
        wait_until(lambda: stands_at(0, when_asked=False), 3, "the group to come forth again")
    assert found == {(2.0,): usual + YIELDING, (1.0,): usual}
