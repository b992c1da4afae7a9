"""Which of the three protections from an answer to use on this machine."""

import shutil
import sys
from functools import cache

from grader.sandbox.inside import landlock, seccomp
from grader.sandbox.process import Sandbox, Unusable
from grader.sandbox.promises import PROTECTIONS


def protection(wanted: str | None = None) -> str:
    """The name of the protection to use: the wanted one, or the strongest there is.

    Raises
    ------
    ValueError
        If there is no protection of that name.
    Unusable
        If the one that is wanted does not work here.
    """
    if wanted is None:
        return next(
            name for name in PROTECTIONS if name == "process" or not why_not(name)
        )
    if wanted not in PROTECTIONS:
        raise ValueError(
            f"protection must be one of {', '.join(PROTECTIONS)}, not {wanted!r}"
        )
    if reason := why_not(wanted):
        raise Unusable(f"the protection {wanted!r} does not work here: {reason}")
    return wanted


@cache
def why_not(protection: str) -> str:
    """Why a protection cannot be used on this machine, or ""; it is tried, once."""
    if sys.platform == "emscripten":
        return "a browser has no processes"
    if protection != "process" and (reason := seccomp.why_not()):
        return f"it needs the kernel's filters, and {reason}"
    if protection == "bubblewrap" and not shutil.which("bwrap"):
        return "the program bwrap is not installed"
    if protection == "landlock" and landlock.version() < 3:
        return "the kernel does not offer Landlock 3 or newer"
    try:
        with Sandbox(protection) as sandbox:
            sandbox.open().close()
    except Unusable as error:
        return str(error)
    return ""
