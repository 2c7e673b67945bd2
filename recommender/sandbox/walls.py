"""What a cell may not do, put up from inside before the first byte of a stranger is read.

Limits of the kernel on every Unix; on Linux also a filter on system calls (no sockets, no processes, nothing written,
renamed or deleted) and a network namespace of its own. Nothing here needs privileges; what this machine does not allow
is left out, and `protections` tells what stands.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from recommender.sandbox import landlock

MIB = 1024 * 1024
YIELDING = 10  # niceness beside the worker's own: a tenth of the share of one who does not give way


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may cost."""

    memory_bytes: int = 512 * MIB  # beyond what the libraries take
    cpu_seconds: int = 120
    wall_seconds: float = 180.0
    output_bytes: int = 32 * MIB  # of result
    open_files: int = 32
    gives_way: bool = False  # it has a lower priority once told so, and while cells of the same nursery run that do not


# -- kernel limits ----------------------------------------------------------------------------------------------------


def set_limits(limits: Limits) -> None:
    """Bound memory, CPU and files of this process for good."""
    caps = {
        resource.RLIMIT_AS: _address_space() + limits.memory_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, cap in caps.items():
        resource.setrlimit(kind, (cap, cap))
    # The soft limit sends SIGXCPU, which tells why; the hard one only kills.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
    if _LINUX:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _address_space() -> int:
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 1024 * MIB


# -- Linux: prctl, namespaces, seccomp --------------------------------------------------------------------------------

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 1, 38, 22, 2
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_LINUX = sys.platform == "linux"
_LIBC = ctypes.CDLL(None, use_errno=True)

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column below, AUDIT_ARCH_*
_ABSENT = -1
# Numbers of the system calls that a decoder has no business with: (x86_64, aarch64).
_DENIED = {
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "accept4": (288, 242), "bind": (49, 200),
    "listen": (50, 201), "socketpair": (53, 199), "fork": (57, _ABSENT), "vfork": (58, _ABSENT), "clone": (56, 220),
    "clone3": (435, 435), "execve": (59, 221), "execveat": (322, 281), "kill": (62, 129), "tkill": (200, 130),
    "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "ptrace": (101, 117),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "creat": (85, _ABSENT), "openat2": (437, 437),
    "truncate": (76, 45), "rename": (82, _ABSENT), "renameat": (264, 38), "renameat2": (316, 276),
    "link": (86, _ABSENT), "linkat": (265, 37), "symlink": (88, _ABSENT), "symlinkat": (266, 36),
    "unlink": (87, _ABSENT), "unlinkat": (263, 35), "mkdir": (83, _ABSENT), "mkdirat": (258, 34),
    "rmdir": (84, _ABSENT), "mknod": (133, _ABSENT), "mknodat": (259, 33), "chmod": (90, _ABSENT), "fchmod": (91, 52),
    "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, _ABSENT), "lchown": (94, _ABSENT),
    "fchown": (93, 55), "fchownat": (260, 54), "setxattr": (188, 5), "mount": (165, 40), "umount2": (166, 39),
    "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "keyctl": (250, 219), "add_key": (248, 217),
    "perf_event_open": (298, 241), "shmget": (29, 194), "memfd_create": (319, 279),
}  # fmt: skip
_OPENS = {"open": ((2, _ABSENT), 1), "openat": ((257, 56), 2)}  # number, which argument holds the flags
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_X32 = 0x40000000  # calls of x86-64's other interface start here

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies, however it dies."""
    if _LINUX:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def leave_network() -> bool:
    """Move this process into a network namespace without any interface; False where the kernel forbids it."""
    if not _LINUX:
        return False
    # The plain call first: with a user namespace root would lose its right to read other people's files.
    return any(_LIBC.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def filter_calls() -> bool:
    """Refuse the calls of `_DENIED` and all opening for writing from now on; False where the kernel cannot."""
    if not _LINUX or platform.machine() not in _MACHINES:
        return False
    code = _filter(*_MACHINES[platform.machine()])
    program = _Program(len(code) // 8, code)
    if _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(_LIBC.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter(column: int, architecture: int) -> bytes:
    """Classic BPF; jumps count instructions from the next one, low halves of arguments come first."""

    def step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, operand)

    steps = [
        step(_LOAD, _ARCH), step(_EQUAL, architecture, 1, 0), step(_RETURN, _KILL),
        step(_LOAD, _NUMBER), step(_AT_LEAST, _X32, 0, 1), step(_RETURN, _KILL),
    ]  # fmt: skip
    for numbers in _DENIED.values():
        if numbers[column] != _ABSENT:
            steps += [step(_EQUAL, numbers[column], 0, 1), step(_RETURN, _REFUSE)]
    for numbers, argument in _OPENS.values():
        if numbers[column] != _ABSENT:
            steps += [
                step(_EQUAL, numbers[column], 0, 4), step(_LOAD, _ARGUMENTS + 8 * argument),
                step(_ANY_BIT, _WRITING, 0, 1), step(_RETURN, _REFUSE), step(_RETURN, _ALLOW),
            ]  # fmt: skip
    return b"".join([*steps, step(_RETURN, _ALLOW)])


def protections() -> dict[str, bool]:
    """Which walls stand in a cell: call it inside one, as `Cell().run(protections)` does."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    devices = Path("/proc/self/net/dev")
    return {
        "memory": resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY,
        "cpu": resource.getrlimit(resource.RLIMIT_CPU)[0] != resource.RLIM_INFINITY,
        "files": resource.getrlimit(resource.RLIMIT_FSIZE)[0] == 0,
        "system calls": "Seccomp:\t2" in lines,
        "other files": landlock.stands(),
        "network": devices.exists() and len(devices.read_text().splitlines()) <= 3,  # two of heading, one loopback
    }
