"""What tests do on pages, and what they see there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, Route, expect

from accounts.models import User

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PASSWORD = "correct horse battery"
BEGUN = datetime(2030, 1, 1, tzinfo=UTC)
# Halfway from one colour to another is no contrast that anybody has to read. What moves for ever is not waited for.
MOVED = """() => Promise.allSettled(document.getAnimations()
  .filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime))
  .map(({ finished }) => finished)).then(() => null)"""


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}{reverse('login')}")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{site}/")


def enter(page: Page, site: str) -> None:
    """Be signed in already: what most tests are not about, and the slow part of many."""
    client = Client()
    client.force_login(User.objects.get(username="ada"))
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])


def violations(page: Page) -> list[str]:
    """What axe finds on the page, one line each."""
    page.evaluate(MOVED)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    # Chosen in the page: all that is as it should be takes five times as long on its way here as axe takes to look.
    found = page.evaluate("async (rules) => (await axe.run({ runOnly: rules })).violations", RULES)
    return [
        f"{page.url} {rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> list[str]:
    """A page that scrolls sideways is broken on a phone (WCAG 1.4.10)."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{page.url} is {wide} px too wide"] if wide > 0 else []


def swept(page: Page, site: str, addresses: dict[str, str], look: str) -> list[str]:
    """What is wrong with the pages at these addresses; their pictures are called by name and look."""
    problems = []
    for name, address in addresses.items():
        page.goto(site + address)
        problems += violations(page) + overflow(page)
        photograph(page, f"{name}-{look}")
    return problems


def painted(places: NDArray[np.uint16], width: float, height: float) -> NDArray[np.float64]:
    """Where the map paints its points [shape=(n, 2)] on a canvas that shows all of them."""
    there = places / 65535
    low, high = there.min(axis=0), there.max(axis=0)
    scale = 0.94 * float(np.min([width, height] / np.maximum(high - low, 0.2)))
    return (there - (low + high) / 2) * scale + np.array([width / 2, height / 2])


def until(page: Page, condition: str, seconds: float = 15) -> None:
    """Wait until an expression holds. Playwright's own wait_for_function needs eval, which our policy forbids."""
    for _ in range(int(seconds * 20)):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"waited {seconds} s for {condition}")


def stop_the_clock(page: Page) -> None:
    """From now on timers of the page, whose clock was installed at BEGUN, run when a test winds it forward.

    What is shown for two seconds is read on a busy machine, too, and what should not wait for a timer cannot.
    """
    page.clock.pause_at(BEGUN + timedelta(hours=1))


def settled(page: Page) -> None:
    """Wait until what was asked for has its place on the page: a press on what is just replaced reaches nobody."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


@contextmanager
def opened(menu: Locator) -> Iterator[None]:
    """In here something opens a menu: afterwards it lies where there is room, of which browsers tell a moment late."""
    menu.evaluate("""menu => {
        menu.heard = new Promise((done) => menu.addEventListener("toggle", () => done(), { once: true }));
    }""")
    yield
    menu.evaluate("menu => menu.heard")


def stopwatch(page: Page) -> Callable[[], float]:
    """What it returns tells how many seconds of CPU the page has worked since: a busy machine does not prolong them."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked() -> float:
        figures = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
        return float(figures["TaskDuration"])

    began = worked()
    return lambda: worked() - began


def held(page: Page, address: str | re.Pattern[str]) -> list[Route]:
    """Requests to an address wait here until a test lets them go on."""
    waiting: list[Route] = []
    page.route(address, lambda route: waiting.extend([route]))
    return waiting


def finger(page: Page) -> Callable[..., None]:
    """What it returns puts a finger down ("Start"), moves it to x and y ("Move"), and lifts it ("End", "Cancel")."""
    devtools = page.context.new_cdp_session(page)

    def touch(how: str, *at: float) -> None:
        points = [dict(zip(("x", "y"), at, strict=True))] if at else []
        devtools.send("Input.dispatchTouchEvent", {"type": f"touch{how}", "touchPoints": points})

    return touch


def slide(touch: Callable[..., None], x: float, first: float, last: float) -> None:
    """Put a finger down and move it up or down in steps, as fingers do."""
    touch("Start", x, first)
    for step in range(1, 5):
        touch("Move", x, first + (last - first) * step / 4)


def carry(page: Page, grip: Locator, to: Locator) -> Callable[[], None]:
    """Take a row by its grip with a finger and carry it over another one; what comes back lets go of it."""
    grip.wait_for()  # it is seen from when it can be taken
    start, end = grip.bounding_box(), to.bounding_box()
    assert start
    assert end
    touch = finger(page)
    slide(touch, start["x"] + start["width"] / 2, start["y"] + 20, end["y"] + 20)
    return lambda: touch("End")


def photograph(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep a picture of the page for people, if SEGUE_SHOTS names a folder."""
    if folder := os.environ.get("SEGUE_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)
