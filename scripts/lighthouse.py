"""Lighthouse over the pages of a running site, as a signed-in listener, on a phone and on a desk.

    python scripts/lighthouse.py http://127.0.0.1:8000 --user ada --password "correct horse" [--page home ...]

Needs Node and Debian's chromium. Lighthouse itself is fetched by npx at the first run and is no part of the project.
Prints a score 0..100 for each category and the weight of each page, then what loses points; the exit code is 1 when a
page misses an aim of docs/frontend.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

LIGHTHOUSE = "npx --yes lighthouse@12.8.2"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
AIMS = {"performance": 0.95, "accessibility": 1.0, "best-practices": 1.0}
HEAVIEST = 150_000  # bytes of a page, without sound
GOOD = 0.9  # an audit above this is not worth a line
TRIES = 3  # on a busy machine Lighthouse misses the beginning of a page now and then


@contextmanager
def signed_in(site: str, user: str, password: str) -> Iterator[tuple[Page, int]]:
    """A browser in which somebody is signed in, and the port at which Lighthouse finds it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        window = playwright.chromium.launch_persistent_context(
            profile, executable_path="/usr/bin/chromium", args=[*FLAGS, f"--remote-debugging-port={port}"]
        )
        page = window.new_page()
        page.goto(f"{site}/login/")
        page.fill("[name=username]", user)
        page.fill("[name=password]", password)
        page.click("main button[type=submit]")
        page.wait_for_url(f"{site}/")
        yield page, port
        window.close()


def addresses(page: Page, site: str) -> dict[str, str]:
    """The pages that are looked at, the door last: it is shown to strangers."""

    def first(shown: str, pattern: str) -> str:
        page.goto(site + shown)
        found = re.search(f'href="({pattern})"', page.content())
        if found is None:
            raise SystemExit(f"{shown} lists nothing: the site needs music")
        return found[1]

    return {
        "home": "/",
        "track": first("/tracks/?sort=bpm", r"/tracks/\d+/"),
        "tracks": "/tracks/",
        "kinds": "/kinds/",
        "words": "/words/?q=calm+piano",
        "album": first("/albums/", r"/albums/\d+/"),
        "map": "/map/",
        "login": "/login/",
    }


def measure(address: str, form: str, port: int, command: list[str]) -> dict[str, Any]:
    """Lighthouse's report on one page."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = [f"--only-categories={','.join(AIMS)}", "--disable-storage-reset", "--quiet", "--output=json"]
        preset = ["--preset=desktop"] if form == "desktop" else []
        call = [*command, address, f"--port={port}", f"--output-path={report}", *options, *preset]
        environment = os.environ | {"CHROME_PATH": "/usr/bin/chromium"}
        for _ in range(TRIES):
            if subprocess.run(call, check=False, env=environment).returncode == 0:  # noqa: S603 - given by who calls
                break
        else:
            raise SystemExit(f"Lighthouse could not look at {address}")
        found: dict[str, Any] = json.loads(report.read_text())
    return found


def losses(report: dict[str, Any]) -> list[str]:
    """What counts and was not good, one line each."""
    counted = {
        ref["id"] for category in report["categories"].values() for ref in category["auditRefs"] if ref["weight"]
    }
    return [
        f"    {audit['id']} {audit['score']:.2f}: {audit.get('displayValue', audit['title'])}"
        for name, audit in report["audits"].items()
        if name in counted and audit["score"] is not None and audit["score"] < GOOD
    ]


def main() -> int:
    """Measure page after page; 1 when one misses an aim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--page", action="append", help="only this one; may be repeated")
    parser.add_argument("--form", choices=("mobile", "desktop"), help="only on a phone, or only on a desk")
    parser.add_argument("--lighthouse", default=LIGHTHOUSE, help=f"the command, by default {LIGHTHOUSE}")
    asked = parser.parse_args()
    site, missed = asked.site.rstrip("/"), False
    sys.stdout.write("page form performance accessibility best-practices kilobytes\n")
    with signed_in(site, asked.user, asked.password) as (page, port):
        for name, path in addresses(page, site).items():
            if asked.page and name not in asked.page:
                continue
            if name == "login":
                page.context.clear_cookies()
            for form in [asked.form] if asked.form else ["mobile", "desktop"]:
                page.context.new_cdp_session(page).send("Network.clearBrowserCache")
                report = measure(site + path, form, port, asked.lighthouse.split())
                scores = {category: report["categories"][category]["score"] or 0.0 for category in AIMS}
                weight = report["audits"]["total-byte-weight"]["numericValue"]
                row = [name, form, *(f"{100 * score:.0f}" for score in scores.values()), f"{weight / 1000:.0f}"]
                sys.stdout.write("\n".join([" ".join(row), *losses(report), ""]))
                sys.stdout.flush()
                missed |= weight > HEAVIEST or any(scores[category] < aim for category, aim in AIMS.items())
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
