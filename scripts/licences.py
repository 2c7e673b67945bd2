"""Prints the table of docs/licences.md: every package that requirements.txt brings, with the licence it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
SAME = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "3-Clause BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def plain(name: str) -> str:
    """Name of a distribution as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence(distribution: Distribution) -> str:
    """What the metadata declare: the expression, else the classifiers, else the first line of the old field."""
    meta = distribution.metadata
    if expression := meta.get("License-Expression"):
        return expression
    classifiers = [line.split("::")[-1].strip() for line in meta.get_all("Classifier") or [] if "License ::" in line]
    old = (meta.get("License") or "not declared").strip().splitlines()[0]
    return " / ".join(SAME.get(name, name) for name in classifiers) or old


def resolution(requirements: Path) -> dict[str, Distribution]:
    """Every installed distribution that the file needs, directly or not, by plain name."""
    installed = {plain(one.metadata["Name"]): one for one in distributions()}
    lines = (line.split("#")[0].strip() for line in requirements.read_text().splitlines())
    waiting = [(plain(one.name), frozenset(one.extras)) for one in map(Requirement, filter(None, lines))]
    found: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        step = waiting.pop()
        if step in found or step[0] not in installed:
            continue
        found.add(step)
        waiting += _needs(installed[step[0]], step[1])
    return {name: installed[name] for name, _ in sorted(found, key=lambda step: step[0])}


def _needs(distribution: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for text in distribution.requires or []:
        needed = Requirement(text)
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            yield plain(needed.name), frozenset(needed.extras)


if __name__ == "__main__":
    for name, one in resolution(ROOT / "requirements.txt").items():
        print(f"| {name} | {one.version.split('+')[0]} | {licence(one)} |")  # noqa: T201 - its purpose
