"""How long somebody waits for an upload: over HTTP, from the press of the button to measurements and neighbours.

    SEGUE_PASSWORD=... python scripts/time_uploads.py http://127.0.0.1:8000 --user ada FILE... [--repeats 3]

The site must be running, with a worker. Each file is uploaded privately, watched as the page
watches it, and removed. Printed: seconds until it was stored (it plays from then on), until it was analysed, and the
load of this machine. A file that the listener has already is no measurement and is named.
"""

# ruff: noqa: T201 - this prints a report
from __future__ import annotations

import argparse
import os
import re
import sys
import time
from pathlib import Path

from playwright.sync_api import APIRequestContext, APIResponse, sync_playwright

PATIENCE = 120.0  # seconds for one file
GLANCE = 0.1
FIELD = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
ENDED = re.compile(r"state--(done|failed)")


def main() -> None:
    """Sign in, upload, watch, remove."""
    parser = argparse.ArgumentParser(description="How long somebody waits for an upload.")
    parser.add_argument("site", help="address of a running site")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--user", required=True, help="who uploads; the password is in SEGUE_PASSWORD")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    site = options.site.rstrip("/")
    with sync_playwright() as engine:
        request = engine.request.new_context(base_url=site, extra_http_headers={"Referer": site + "/"})
        entry = {"username": options.user, "password": os.environ.get("SEGUE_PASSWORD", "")}
        if "/login/" in send(request, "/login/", entry).url:
            sys.exit("The site did not let this person in.")
        for path in options.files * options.repeats:
            print(waited(request, path))


def send(request: APIRequestContext, page: str, fields: dict[str, str], path: Path | None = None) -> APIResponse:
    """Fill in the form of a page; a file goes along under its own name."""
    token = FIELD.search(request.get(page).text())
    if token is None:
        sys.exit(f"{page} holds no form.")
    filled = fields | {"csrfmiddlewaretoken": token[1]}
    if path is None:
        return request.post(page, form=filled)
    sound = {"name": path.name, "mimeType": "application/octet-stream", "buffer": path.read_bytes()}
    return request.post(page, multipart={**filled, "files": sound})


def waited(request: APIRequestContext, path: Path) -> str:
    """One line of the report."""
    begun = time.monotonic()
    answer = send(request, "/upload/", {"visibility": "private"}, path).text()
    stored = time.monotonic() - begun
    found = re.search(r"/tracks/(\d+)/", answer)
    if found is None or "outcome--duplicate" in answer:
        return f"{path.name}: refused, or already here"
    state = None
    while state is None and time.monotonic() - begun < PATIENCE:
        time.sleep(GLANCE)
        state = ENDED.search(request.get(f"/tracks/{found[1]}/state/", headers={"HX-Request": "true"}).text())
    took = time.monotonic() - begun
    send(request, f"/tracks/{found[1]}/remove/", {})
    load = os.getloadavg()[0]
    return f"{path.name}: stored {stored:.2f} s, {state[1] if state else 'not analysed'} {took:.2f} s, load {load:.1f}"


if __name__ == "__main__":
    main()
