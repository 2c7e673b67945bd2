"""The environment, read once and in one place; a wrong value is remembered for a system check, not raised.

Order: the process environment, then what a running `manage.py up` wrote down about its children, then the default.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


class Env:
    """Typed reads of environment variables. `problems` collects (variable, what is wrong, what to do)."""

    def __init__(self, services: Path | None = None) -> None:
        self.problems: list[tuple[str, str, str]] = []
        self.read: dict[str, str] = {}
        self._services = _written_services(services)

    def text(self, name: str, default: str = "") -> str:
        """The variable as it stands; `NAME_FILE` names a file to read it from (container secrets)."""
        value = os.environ.get(name)
        if value is None and (path := os.environ.get(f"{name}_FILE")):
            value = self._from_file(name, Path(path))
        if value is None:
            value = self._services.get(name, default)
        self.read[name] = value
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """On or off."""
        value = self.text(name, "1" if default else "0").strip().lower()
        if value in TRUE or value in FALSE:
            return value in TRUE
        self.problems.append((name, f"{value!r} is neither on nor off", "use 1 or 0"))
        return default

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number between `low` and `high`."""
        value = self.text(name, str(default)).strip()
        if value.removeprefix("-").isdecimal() and low <= int(value) <= high:
            return int(value)
        problem = f"{value!r} is not a whole number from {low} to {high}"
        self.problems.append((name, problem, "correct it or leave it out"))
        return default

    def choice(self, name: str, default: str, options: tuple[str, ...]) -> str:
        """One of a few words."""
        value = self.text(name, default)
        if value in options:
            return value
        self.problems.append((name, f"{value!r} is not known", f"use one of: {', '.join(options)}"))
        return default

    def words(self, name: str, default: str = "") -> list[str]:
        """A comma-separated list."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def address(self, name: str, schemes: Mapping[str, str]) -> str:
        """The address of a server, empty when none was named.

        `schemes` are those that can be used, each with an example of an address. What somebody typed is not repeated:
        it may hold a password.
        """
        value = self.text(name).strip()
        scheme = value.partition("://")[0].lower()
        if not value:
            return ""
        if scheme not in schemes or "://" not in value:
            problem = f"an address that begins with {' or '.join(f'{one}://' for one in schemes)} is needed"
        elif (wrong := _no_server(value, scheme)) is not None:
            problem = wrong
        else:
            return value
        self.problems.append((name, problem, f"write it like {schemes.get(scheme) or next(iter(schemes.values()))}"))
        return ""

    def networks(self, name: str) -> list[IPv4Network | IPv6Network]:
        """A comma-separated list of addresses and networks, such as `10.0.0.0/8`."""
        found = []
        for word in self.words(name):
            try:
                found.append(ip_network(word))
            except ValueError:
                self.problems.append((name, f"{word!r} is neither an address nor a network", "write 10.0.0.0/8"))
        return found

    def _from_file(self, name: str, path: Path) -> str | None:
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            self.problems.append((f"{name}_FILE", f"cannot read {path}: {error.strerror}", "name a readable file"))
            return None


def _no_server(address: str, scheme: str) -> str | None:
    """What is wrong with a server's address, if anything is."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        return f"the address makes no sense: {error}".replace("\n", " ")
    if port == 0:
        return "port 0 is nobody's"
    return None if scheme == "sqlite" or parts.hostname or len(parts.path) > 1 else "the address names no server"


def usable_folder(name: str, path: Path) -> Path:
    """The folder, made if it is missing. Nothing works without it, so the program ends here when it cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        wrong = "" if os.access(path, os.W_OK) else os.strerror(errno.EACCES)
    except OSError as error:
        wrong = error.strerror or str(error)
    if wrong:
        sys.exit(f"{name}: cannot write in {path}: {wrong}. Name a folder that the user who runs Segue may write in.")
    return path


def _written_services(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # nobody is running, or it was killed while writing
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
