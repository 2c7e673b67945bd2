"""How Chromium is started, and what its windows complain about."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


@dataclass
class Complaints:
    """What the console of the browser said that it should not have."""

    heard: list[str] = field(default_factory=list)

    def listen_to(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.heard.append(f"{page.url}: {error}"))

    def forgive(self, *parts: str) -> None:
        """Forget what contains one of these, because the test made the browser say it; everything else still counts."""
        self.heard = [one for one in self.heard if not any(part in one for part in parts)]

    def _console(self, message: ConsoleMessage) -> None:
        expected = "status of 404" in message.text  # the page of an address that does not exist
        expected |= "GPU stall due to ReadPixels" in message.text  # taking a picture of a canvas
        # A newer question took the place of one that had no answer yet: htmx writes of it as of an error. Of a request
        # that failed it writes more than this.
        expected |= message.text.startswith(("htmx:afterRequest", "htmx:sendAbort"))
        if message.type in {"error", "warning"} and not expected:
            self.heard.append(message.text)
