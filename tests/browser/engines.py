"""Firefox and WebKit, driven over their own protocols, since Playwright's builds of them are no packages of Debian.

Firefox speaks Marionette (a length, a colon and JSON over TCP), WebKitGTK the WebDriver standard (JSON over HTTP); the
commands are the same.
"""

from __future__ import annotations

import json
import os
import socket
import urllib.request
from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from tests.processes import free_port, listens, running, wait_until

FIREFOX = "/usr/bin/firefox-esr"
MINI_BROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), Path("MiniBrowser"))
PREFERENCES = {
    "media.autoplay.default": 0,  # nobody presses anything with a real hand
    "webgl.force-enabled": True,  # in software
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
}
COMMANDS = {  # what is wanted -> Marionette's name for it, WebDriver's address
    "go": ("WebDriver:Navigate", "url"),
    "run": ("WebDriver:ExecuteScript", "execute/sync"),
    "find": ("WebDriver:FindElement", "element"),
    "press": ("WebDriver:ElementClick", "element/{id}/click"),
    "write": ("WebDriver:ElementSendKeys", "element/{id}/value"),
    "back": ("WebDriver:Back", "back"),
}


class Engine(ABC):
    """A window of a browser."""

    @abstractmethod
    def _send(self, command: str, parameters: dict[str, Any]) -> Any:
        """Have one of COMMANDS done; what came of it."""

    @abstractmethod
    def picture(self) -> bytes:
        """What is seen, as PNG."""

    def go(self, address: str) -> None:
        """Open a page."""
        self._send("go", {"url": address})

    def run(self, script: str) -> Any:
        """Run the body of a function in the page; what it returns."""
        return self._send("run", {"script": script, "args": []})

    def press(self, selector: str) -> None:
        """Click on an element."""
        self._send("press", {"id": self._find(selector)})

    def write(self, selector: str, text: str) -> None:
        """Type into an element."""
        self._send("write", {"id": self._find(selector), "text": text})

    def back(self) -> None:
        """Press the button of that name."""
        self._send("back", {})

    def until(self, expression: str, seconds: float = 30.0) -> None:
        """Wait until it holds; AssertionError if it does not."""
        wait_until(lambda: self.run(f"return Boolean({expression})"), seconds, expression)

    def _find(self, selector: str) -> str:
        found: dict[str, str] = self._send("find", {"using": "css selector", "value": selector})
        return next(iter(found.values()))


class Firefox(Engine):
    """Firefox over Marionette."""

    def __init__(self, port: int) -> None:
        self._stream = socket.create_connection(("127.0.0.1", port), timeout=60).makefile("rwb")
        self._read()  # it says who it is
        self._ask("WebDriver:NewSession", {})

    def _send(self, command: str, parameters: dict[str, Any]) -> Any:
        return self._ask(COMMANDS[command][0], parameters)

    def picture(self) -> bytes:
        return b64decode(self._ask("WebDriver:TakeScreenshot", {"full": False}))

    def _ask(self, name: str, parameters: dict[str, Any]) -> Any:
        message = json.dumps([0, 0, name, parameters]).encode()
        self._stream.write(b"%d:%b" % (len(message), message))
        self._stream.flush()
        _, _, error, result = self._read()
        assert error is None, error
        return result.get("value") if isinstance(result, dict) else result

    def _read(self) -> Any:
        length = b""
        while (one := self._stream.read(1)) != b":":
            assert one, "Firefox has ended"
            length += one
        return json.loads(self._stream.read(int(length)))


class WebKit(Engine):
    """WebKitGTK's small browser over WebDriver."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}/session"
        options = {"binary": str(MINI_BROWSER), "args": ["--automation", "--autoplay-policy=allow"]}
        wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}
        self._address += "/" + self._ask("", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def _send(self, command: str, parameters: dict[str, Any]) -> Any:
        return self._ask("/" + COMMANDS[command][1].format_map(parameters), parameters)

    def picture(self) -> bytes:
        return b64decode(self._ask("/screenshot", None))

    def _ask(self, path: str, parameters: dict[str, Any] | None) -> Any:
        body = None if parameters is None else json.dumps(parameters).encode()
        request = urllib.request.Request(self._address + path, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except HTTPError as error:
            raise AssertionError(error.read().decode()) from error


@contextmanager
def _screen(folder: Path) -> Iterator[dict[str, str]]:
    """A screen that nobody sees: the environment of a program that shows itself there, with a home of its own."""
    number = folder / "screen"
    shown = ["sh", "-c", f"exec Xvfb -displayfd 3 -screen 0 1280x900x24 -nolisten tcp 3>{number}"]
    with running(shown, log=folder / "screen.log"):
        wait_until(lambda: number.exists() and number.read_text().strip(), 20, "the screen")
        own = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "LIBGL_ALWAYS_SOFTWARE": "1"}
        yield {**os.environ, **own, "DISPLAY": f":{number.read_text().strip()}"}


@contextmanager
def _loudspeaker(folder: Path) -> Iterator[dict[str, str]]:
    """A sound device that nobody hears, without which Firefox plays nothing: how a program finds it."""
    place = folder / "pulse" / "native"
    modules = ["module-null-sink", "module-native-protocol-unix auth-anonymous=1"]
    device = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", *(f"--load={module}" for module in modules)]
    own = {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    with running(device, log=folder / "pulse.log", env={**os.environ, **own}):
        wait_until(place.exists, 20, "the sound device")
        yield {"PULSE_SERVER": f"unix:{place}"}


@contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    """Firefox with a profile of its own."""
    port, profile = free_port(), folder / "profile"
    profile.mkdir()
    chosen = PREFERENCES | {"marionette.port": port}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in chosen.items()]
    (profile / "user.js").write_text("\n".join(lines))
    browser = [FIREFOX, "--marionette", "--profile", profile, "--no-remote"]
    with (
        _screen(folder) as screen,
        _loudspeaker(folder) as sound,
        running(browser, log=folder / "firefox.log", env=screen | sound),
    ):
        wait_until(lambda: listens(port), 60, "Firefox")
        yield Firefox(port)


@contextmanager
def webkit(folder: Path) -> Iterator[Engine]:
    """WebKitGTK's small browser."""
    port = free_port()
    driver = ["WebKitWebDriver", f"--port={port}"]
    with _screen(folder) as screen, running(driver, log=folder / "webkit.log", env=screen):
        wait_until(lambda: listens(port), 60, "WebKit")
        yield WebKit(port)


ENGINES = {"firefox": firefox, "webkit": webkit}
