"""Parts of a page that ask for themselves after their listener was signed out: they say so, and become no door."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Page, expect

from catalog.models import Track
from tests.browser.pages import enter
from tests.browser.windows import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_search_box_radio_and_upload_say_that_somebody_was_signed_out(
    site: str, open_window: Callable[..., Page], library: list[Track], complaints: Complaints, tmp_path: Path
) -> None:
    page = open_window()
    enter(page, site)
    page.goto(site + library[3].get_absolute_url())
    Session.objects.all().delete()
    page.locator("#search").press_sequentially("piece 3")
    expect(page.locator("#toast")).to_contain_text("You were signed out.")
    expect(page.locator("#found")).to_be_empty()
    page.get_by_role("button", name="Radio", exact=True).click()
    expect(page.locator("#player-status")).to_contain_text("you were signed out.")
    page.get_by_role("link", name="Tracks", exact=True).click()
    expect(page.locator("h1")).to_have_text("Sign in")

    enter(page, site)
    page.goto(site + reverse("upload"))
    Session.objects.all().delete()
    sound = tmp_path / "piece.ogg"
    sound.write_bytes(b"OggS")
    page.locator("#files").set_input_files(sound)
    expect(page.locator(".outcome")).to_contain_text("You were signed out.")
    expect(page.locator("h1")).to_have_count(1)
    complaints.forgive("status of 401", "Response Status Error Code 401")
