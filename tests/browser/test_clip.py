"""Asking with a clip in a real browser: a microphone, no microphone, a file, and the pages as everybody sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from catalog.models import Track
from recommender import clips, tasks
from recommender.models import Clip, Job
from tests import sounds
from tests.browser.pages import enter, held, photograph, sign_in, swept
from tests.browser.windows import FLAGS, Complaints
from tests.rows import a_measurement

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def a_clip(owner: User, state: str, name: str = "Recording", code: str = "") -> Clip:
    job = Job.objects.create(kind=Job.Kind.CLIP, asked_by=owner, state=state)
    clip = Clip.objects.create(
        job=job, owner=owner, name=name, file=f"{job.pk}.webm", error_code=code, expires_at=timezone.now() + clips.KEPT
    )
    if state == "done":
        clips.finish(clip, a_measurement(bpm=120.0, sound=0, seconds=10.0), "musicnn")
    return clip


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_about_clips_violates_a_rule(
    live_server: LiveServer,
    open_window: Callable[..., Page],
    library: list[Track],
    curator: User,
    theme: str,
    width: int,
) -> None:
    heard, waiting = a_clip(curator, "done"), a_clip(curator, "running", "Whistled in the kitchen")
    failed = a_clip(curator, "failed", "Hum", "too_short")
    page = open_window(theme=theme, width=width)
    sign_in(page, live_server.url)
    problems = []
    addresses = {"clip": reverse("clip"), "clip-gone": reverse("clip-answer", args=[heard.pk + 99])}
    for name, clip in (("heard", heard), ("waiting", waiting), ("failed", failed)):
        addresses[f"clip-{name}"] = reverse("clip-answer", args=[clip.pk])
    problems += swept(page, live_server.url, addresses, f"{theme}-{width}")
    assert problems == [], "\n".join(problems)


def test_a_microphone_that_is_refused_is_explained_and_a_file_still_works(
    live_server: LiveServer, open_window: Callable[..., Page], library: list[Track], curator: User, tmp_path: Path
) -> None:
    page = open_window()
    enter(page, live_server.url)
    page.goto(live_server.url + reverse("clip"))
    page.click("[data-record]")
    expect(page.locator("#record-words")).to_contain_text("drop a file")
    photograph(page, "clip-refused")
    page.locator("#clip-file").set_input_files(_letter(tmp_path))
    expect(page.get_by_role("alert").first).to_contain_text("that is not what it contains")
    page.locator("#clip-file").set_input_files(sounds.write(tmp_path / "Whistle.wav", sounds.song(5)))
    expect(page.locator("#clip-state")).to_contain_text("Waiting for a worker")
    tasks.do_job(Clip.objects.get().job_id)
    expect(page.locator("#neighbours .track")).to_have_count(8)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    page.locator("#w-tempo").fill("1")
    page.wait_for_url("**tempo=1*")
    page.locator("#neighbours [data-play]").first.click()
    expect(page.locator("#player")).to_be_visible()


def test_a_file_that_is_chosen_before_the_page_is_ready_is_heard_as_well(
    site: str, open_window: Callable[..., Page], library: list[Track], tmp_path: Path
) -> None:
    page = open_window()
    sign_in(page, site)
    late = held(page, "**/record*.js")
    with page.expect_request("**/record*.js"):
        page.goto(site + reverse("clip"))
    page.locator("#clip-file").set_input_files(sounds.write(tmp_path / "Whistle.wav", sounds.song(5)))
    late[0].continue_()
    expect(page.locator("#clip-state")).to_contain_text("Waiting for a worker")


def _letter(folder: Path) -> Path:
    path = folder / "Letter.mp3"
    path.write_text("Dear curator, " * 500)
    return path


def test_ten_seconds_of_the_microphone_become_neighbours(
    live_server: LiveServer,
    chromium: Browser,
    complaints: Complaints,
    library: list[Track],
    curator: User,
    tmp_path: Path,
) -> None:
    music = sounds.wav(tmp_path / "room.wav", sounds.song(30, bpm=120), rate=sounds.RATE)
    fake = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={music}"]
    hearing = chromium.browser_type.launch(
        executable_path="/usr/bin/chromium", args=[*FLAGS, *fake, "--use-fake-ui-for-media-stream"]
    )
    try:
        page = hearing.new_context(permissions=["microphone"]).new_page()
        complaints.listen_to(page)
        enter(page, live_server.url)
        page.goto(live_server.url + reverse("clip"))
        page.click("[data-record]")
        expect(page.locator("[data-record-label]")).to_have_text("Stop")
        page.wait_for_timeout(4000)
        photograph(page, "clip-recording", whole=False)
        expect(page.locator("#clip-state")).to_contain_text("Waiting for a worker")
        tasks.do_job(Clip.objects.get().job_id)
        expect(page.locator("#neighbours .track")).to_have_count(8)
        heard = clips.measurement(Clip.objects.get())
        assert heard is not None
        assert 9.0 < heard.seconds < 11.5
        assert heard.tempo.bpm == pytest.approx(120, rel=0.02) or heard.tempo.bpm == pytest.approx(60, rel=0.02)
        photograph(page, "clip-recorded")
    finally:
        hearing.close()
