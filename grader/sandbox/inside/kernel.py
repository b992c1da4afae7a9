"""What the two filters of Linux share: the C library, its errors, and no way back."""

import ctypes
import os

_PR_SET_NO_NEW_PRIVS = 38


def libc() -> ctypes.CDLL:
    """The C library of this process."""
    found = ctypes.CDLL(None, use_errno=True)
    found.syscall.restype = ctypes.c_long
    return found


def checked(what: str, result: int) -> int:
    """The result of a call to the kernel; raises `OSError` if it failed."""
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def no_new_privileges() -> None:
    """Give up, for good, what other programs would get by being started."""
    checked("no_new_privs", libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
