"""seccomp: a process that the kernel refuses what no answer needs.

Refused are new processes and threads, signals to others, the network, changes of
files' owners and modes, and what only root may do. It cannot be taken off again. The
numbers are those of the kernel's headers ``linux/seccomp.h`` and ``asm/unistd.h``.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

from .kernel import checked, libc, no_new_privileges

# The numbers of the calls on each machine; None where it has no such call.
_MACHINES = {"x86_64": 0, "aarch64": 1}
_ARCHITECTURE = (0xC000003E, 0xC00000B7)  # AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64
_FORBIDDEN = {
    # other processes and threads (NumPy needs none), and other programs in this process
    "clone": (56, 220),
    "clone3": (435, 435),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "setpriority": (141, 140),
    "sched_setaffinity": (203, 122),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "ioprio_set": (251, 30),
    # the network
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    # what stays when a process has gone
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # what Landlock does not see
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
    "inotify_init": (253, None),  # would tell the names of what others read and write
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    # ways out of the limits
    "setrlimit": (160, 164),
    "prlimit64": (302, 261),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "modify_ldt": (154, None),
    "perf_event_open": (298, 241),
    "reboot": (169, 142),
}
_KILL, _TGKILL, _FCNTL, _IOCTL = (62, 129), (234, 131), (72, 25), (16, 29)
# F_SETOWN, F_SETSIG, F_SETOWN_EX: a signal to another, sent by the kernel
_OWNERS = (8, 10, 15)
# FIOSETOWN, SIOCSPGRP, and TIOCSTI: to type at a terminal
_OWNERS_TOO = (0x8901, 0x8902, 0x5412)

# Instructions of the kernel's packet filter, and what a filter answers.
LOAD, IF_EQUAL, IF_BITS, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # REFUSE | errno
# where they are in struct seccomp_data (little-endian)
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2


def why_not() -> str:
    """Why the two filters cannot be used here, or "" if they can."""
    if sys.platform != "linux":
        return "they are Linux's"
    if (
        platform.machine() not in _MACHINES
        or sys.byteorder != "little"
        or sys.maxsize < 2**32
    ):
        return f"they are not written for {platform.machine()}"
    return ""


def forbid_system_calls() -> None:
    """Refuse this process, for good, the calls listed above."""
    no_new_privileges()
    _drop_capabilities()
    install(_program(os.getpid(), _MACHINES[platform.machine()]))


def install(program: bytes) -> None:
    """Have the kernel run a filter at each call from now on."""
    buffer = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    pointer = ctypes.byref(Program(len(program) // 8, ctypes.addressof(buffer)))
    checked(
        "seccomp", libc().prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, pointer, 0, 0)
    )


def _program(pid, machine):
    """The filter, as bytes: each instruction is a code, two jumps, and a number."""
    refuse = step(RETURN, REFUSE | errno.EPERM)
    allow = step(RETURN, ALLOW)
    steps = [
        step(LOAD, MACHINE),
        step(IF_EQUAL, _ARCHITECTURE[machine], 1, 0),
        refuse,  # a call in the manner of another machine, with other numbers
        step(LOAD, NUMBER),
    ]
    if machine == 0:
        steps += [step(IF_BITS, 0x40000000, 0, 1), refuse]  # x32: other numbers again
    for numbers in _FORBIDDEN.values():
        if numbers[machine] is not None:
            steps += [step(IF_EQUAL, numbers[machine], 0, 1), refuse]
    for numbers, position, values, then, otherwise in (
        (_KILL, 0, [pid], allow, refuse),
        (_TGKILL, 0, [pid], allow, refuse),
        (_FCNTL, 1, _OWNERS, refuse, allow),
        (_IOCTL, 1, _OWNERS_TOO, refuse, allow),
    ):
        by_argument = [step(LOAD, ARGUMENTS + 8 * position)]
        for value in values:
            by_argument += [step(IF_EQUAL, value, 0, 1), then]
        by_argument.append(otherwise)
        steps += [step(IF_EQUAL, numbers[machine], 0, len(by_argument)), *by_argument]
    return b"".join([*steps, allow])


def step(code: int, number: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction of a filter: how far to jump over those that follow."""
    return struct.pack("<HBBI", code, if_true, if_false, number)


def _drop_capabilities():
    """Root without its powers, should the grader run as root."""
    version_3, this_process = 0x20080522, 0
    header, none = struct.pack("<Ii", version_3, this_process), bytes(24)
    checked("capset", libc().capset(header, none))
