"""Which files a cell may read: the one that it was given, and the libraries. Linux 5.13 and later, through Landlock.

The filter on system calls sees numbers, not paths: it refuses to write, but lets a decoder that a file has taken over
read whatever its user may, the database and the key of the site among it. Landlock decides by path and needs no
privileges.
"""

from __future__ import annotations

import ctypes
import os
import platform
import stat
import struct
import sys
import sysconfig
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # system calls, the same on every machine
_ASK_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
# How many rights a version knows: to execute, write, read, list, make and remove; to move; truncate; call devices.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_PR_SET_NO_NEW_PRIVS = 38
_LIBC = ctypes.CDLL(None, use_errno=True)
_CODE = Path(__file__).resolve().parents[1]  # not the folder above, which may hold the data as well
_SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo")


def restrict(readable: Iterable[Path]) -> bool:
    """Let this process open nothing but `readable`, the libraries and itself; False where the kernel cannot."""
    version = _version()
    if version < 1:
        return False
    handled = (1 << _RIGHTS.get(version, _RIGHTS[max(_RIGHTS)])) - 1
    attributes = struct.pack("=Q", handled)
    ruleset = _LIBC.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return False
    try:
        for path in (*readable, *_libraries(), Path("/proc/self")):
            _allow(ruleset, path)
        if _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            return False
        return bool(_LIBC.syscall(_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def stands() -> bool:
    """Whether this process is restricted: everybody else may list the root folder."""
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
    except PermissionError:
        return True
    return False


def _version() -> int:
    if sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"}:
        return 0
    return int(_LIBC.syscall(_CREATE, None, ctypes.c_size_t(0), _ASK_VERSION))


def _allow(ruleset: int, path: Path) -> None:
    """Let a file, or a folder with all in it, be read. What does not exist needs no permission."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        rule = struct.pack("=Qi", _READ_FILE | (_READ_FOLDER if folder else 0), descriptor)
        _LIBC.syscall(_ADD, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)


@cache
def _libraries() -> tuple[Path, ...]:
    """Where Python, its packages and our own code lie; asked for in the nursery, so that every cell has it."""
    python = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    packages = {part for part in sys.path if part.endswith(("site-packages", "dist-packages", "lib-dynload", ".zip"))}
    base = {str(Path(sys.base_prefix) / "lib"), os.environ.get("NUMBA_CACHE_DIR", "")}
    found = {Path(part).resolve() for part in (python | packages | base) - {"", None}}
    return (*sorted(found), _CODE, *map(Path, (*_SYSTEM, *_DEVICES)))
