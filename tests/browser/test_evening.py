"""An evening with Segue, as one story: real worker, real index server, real browser, from the first visit on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests import sounds
from tests.browser.pages import photograph, until
from tests.browser.playing import NOW, neighbours, plays_on
from tests.running_site import site

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.slow]

ANALYSIS_SECONDS = 240_000  # milliseconds, for all files, on a busy machine with two cores
PASSWORD = "a long evening with music"
SECONDS = 40.0


@pytest.fixture
def invitation(tmp_path: Path) -> Iterator[str]:
    """`manage.py up` on an empty folder: the address with which somebody becomes the administrator."""
    with site(tmp_path / "data") as up:
        link = re.search(r"administrator: (\S+)", up.said)
        assert link, up.said
        yield link[1]


@pytest.fixture
def music(tmp_path: Path) -> list[Path]:
    """A seed, one that shares its sound and key, one that shares its tempo, others, and one that is no music at all."""
    folder = tmp_path / "music"
    folder.mkdir()
    hiss = sounds.noise(SECONDS, level=0.05)
    pieces: dict[str, np.ndarray] = {
        "Seed.mp3": sounds.song(SECONDS, bpm=120, tonic=0),
        "Same sound.ogg": sounds.song(SECONDS, bpm=87, tonic=0),
        "Same beat.flac": sounds.clicks(120, SECONDS) + hiss,
        "Slow hiss.opus": sounds.clicks(66, SECONDS) + hiss,
        "Fast drone.wav": sounds.clicks(165, SECONDS) + sounds.sine(110, SECONDS),
    }
    files = [sounds.write(folder / name, samples) for name, samples in pieces.items()]
    (folder / "Letter.mp3").write_bytes(b"Dear curator, this is not music. " * 100)
    return [*files, folder / "Letter.mp3"]


def become_administrator(page: Page, link: str) -> None:
    page.goto(link)
    photograph(page, "evening-setup")
    page.fill("[name=username]", "ada")
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.get_by_role("button", name="Add the demo library")).to_be_visible()


def upload(page: Page, files: list[Path]) -> None:
    page.get_by_role("link", name="Upload", exact=True).click()
    page.locator("#files").set_input_files(files)
    expect(page.locator(".outcome")).to_have_count(len(files), timeout=30_000)
    expect(page.locator(".outcome--refused")).to_have_count(1)
    expect(page.locator(".outcome--stored").get_by_text("Analysed")).to_have_count(
        len(files) - 1, timeout=ANALYSIS_SECONDS
    )
    expect(page.locator("[data-upload-sum]")).to_have_text(
        f"{len(files)} of {len(files)} files are done: {len(files) - 1} analysed, 1 not taken in"
    )
    photograph(page, "evening-uploaded")


def steer(page: Page, **weights: float) -> None:
    """Move sliders, and wait until the page shows what they gave."""
    for name, value in weights.items():
        page.locator(f"#w-{name}").fill(str(value))
    query = "".join(f"(?=.*[?&]{name}={value:g}(&|$))" for name, value in weights.items())
    page.wait_for_url(re.compile(query))


def test_upload_analyse_steer_play_and_walk_about(
    invitation: str, music: list[Path], open_window: Callable[..., Page]
) -> None:
    page = open_window()
    become_administrator(page, invitation)
    upload(page, music)

    page.get_by_role("link", name="Seed", exact=True).click()
    expect(page.locator("h1")).to_have_text("Seed")
    expect(page.locator(".chip", has_text="BPM").first).to_have_text(re.compile(r"(60|120)\.\d BPM"))
    expect(page.locator("#neighbours .track")).to_have_count(4)
    expect(page.locator("#neighbours")).not_to_contain_text("Exact search")
    photograph(page, "evening-track")

    steer(page, sound=1, mood=0, tempo=0, key=0)
    assert neighbours(page)[0] == "Same sound"
    steer(page, sound=0, tempo=1)
    expect(page.locator("#neighbours .track__title").first).to_have_text("Same beat")
    expect(page.locator("#neighbours .track__why").first).to_contain_text(re.compile("60|120"))
    steered = page.url

    page.evaluate("document.querySelectorAll('audio').forEach((one) => { one.marked = true })")
    page.locator("#neighbours [data-play]").first.click()
    until(page, f"{NOW} > 0.5")
    expect(page.locator("#player-title")).to_have_text("Same beat")
    page.locator("#player-seek").fill("20")
    until(page, f"{NOW} > 20.3")
    page.get_by_role("link", name="Tracks", exact=True).click()
    expect(page.locator("h1")).to_have_text("Tracks")
    plays_on(page)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Seed")
    assert neighbours(page)[0] == "Same beat"
    plays_on(page)
    page.go_forward()
    expect(page.locator("h1")).to_have_text("Tracks")
    plays_on(page)
    page.keyboard.press("n")
    expect(page.locator("#player-title")).not_to_have_text("Same beat")
    plays_on(page)
    until(page, f"{NOW} > 5.5")  # long enough to count as played
    photograph(page, "evening-playing", whole=False)

    title = page.locator("#player-title").inner_text()
    page.reload()
    expect(page.locator("#player-title")).to_have_text(title)
    until(page, f"{NOW} > 4")
    assert page.evaluate("document.getElementById('audio').paused")
    page.keyboard.press(" ")
    until(page, "!document.getElementById('audio').paused")
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", name="Continue listening")).to_be_visible()
    expect(page.locator(".shelf").first).to_contain_text(title)

    page.goto(steered)
    page.locator(".hero [data-play]").click()
    page.get_by_role("button", name="Queue", exact=True).click()
    expect(page.locator(".queue__item .track__title")).to_have_text(["Seed", *neighbours(page)])
    page.get_by_role("button", name="Radio", exact=True).click()
    expect(page.locator("#queue-radio")).to_be_visible()  # the queue before it began with the same track
    expect(page.locator("#player-title")).to_have_text("Seed")
    page.get_by_role("button", name="Next track", exact=True).click()
    expect(page.locator("#player-title")).not_to_have_text("Seed")
    page.get_by_role("button", name="Like Seed").click()  # belongs to the radio that plays
    expect(page.get_by_role("button", name="Like Seed")).to_have_attribute("aria-pressed", "true")

    steer_without_scripts(open_window(java_script_enabled=False), steered)


def steer_without_scripts(page: Page, steered: str) -> None:
    page.goto(steered)
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    assert neighbours(page)[0] == "Same beat"
    page.locator("#w-tempo").fill("0")
    page.locator("#w-sound").fill("1")
    page.get_by_role("button", name="Apply").click()
    assert neighbours(page)[0] == "Same sound"
