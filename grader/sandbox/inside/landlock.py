"""Landlock: a process that may read the named files and folders and write none.

It needs nothing installed, and cannot be taken off again. The numbers and structures
are those of the kernel's header ``linux/landlock.h``.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from .kernel import checked, libc, no_new_privileges

# The same numbers on every machine.
CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 1, 1 << 2, 1 << 3
# all that version 3 knows, which is the first to see `truncate`
_EVERYTHING = (1 << 15) - 1
_O_PATH = 0o10000000


def version() -> int:
    """The version of Landlock that the kernel has switched on, 0 for none."""
    return max(0, libc().syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1))


def rules(allowed: Iterable) -> int:
    """A set of rules: these files and folders may be read, nothing may be written.

    Parameters
    ----------
    allowed : iterable of path
        What does not exist is left out.

    Returns
    -------
    int
        A file descriptor for `only_readable`.
    """
    attribute = ctypes.c_uint64(_EVERYTHING)
    syscall = libc().syscall
    ruleset = checked(
        "Landlock",
        syscall(CREATE_RULESET, ctypes.byref(attribute), ctypes.c_size_t(8), 0),
    )
    for path in allowed:
        try:
            folder = os.open(path, _O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        is_folder = stat.S_ISDIR(os.fstat(folder).st_mode)
        access = _READ_FILE | _READ_FOLDER if is_folder else _READ_FILE
        if str(path) == os.devnull:
            access |= _WRITE_FILE
        rule = struct.pack("=Qi", access, folder)
        checked("Landlock", syscall(_ADD_RULE, ruleset, 1, rule, 0))
        os.close(folder)
    return ruleset


def only_readable(ruleset: int) -> None:
    """Put this process, for good, under a set of rules, and close the set."""
    no_new_privileges()
    checked("Landlock", libc().syscall(_RESTRICT_SELF, ruleset, 0))
    # an answer could add to it, and the next task would be under wider rules
    os.close(ruleset)
