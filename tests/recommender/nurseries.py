"""The processes of a sandbox, as the kernel sees them."""

from __future__ import annotations

from pathlib import Path


def children_of(pid: int) -> list[int]:
    """Living children of a process, whichever thread started them."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for child in task.read_text().split()
        if is_alive(int(child))
    ]


def nurseries_of(pid: int) -> list[int]:
    """Nurseries among the children of a process."""
    return [one for one in children_of(pid) if b"sandbox.nursery" in Path(f"/proc/{one}/cmdline").read_bytes()]


def is_alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
