"""The three protections from an answer: what each stops, and which to use here."""

import shutil
import sys
from functools import cache

from grader.sandbox.inside import landlock, seccomp
from grader.sandbox.process import Sandbox, Unusable

# From the strongest to the weakest, and what the report says of each.
PROTECTIONS = {
    "bubblewrap": (
        "The answers ran under bubblewrap: without network, seeing only Python and "
        "NumPy, and with limits on time and memory."
    ),
    "landlock": (
        "The answers ran in a process of their own, which the kernel kept from the"
        " network and from all files but Python's and NumPy's, with limits on time and"
        " memory."
    ),
    "process": (
        "The answers ran in a process of their own with limits on"
        f" {'time and memory' if sys.platform == 'linux' else 'time'}, but not shut off"
        " from files, the network and other processes."
    ),
}

# What a hostile answer may try. Where it is stopped, it costs its own task only; which
# protection does not stop it stands below. The tests try each, on Linux, and the page
# for teachers draws this table. (Windows and macOS, which have only the last
# protection, do not limit the memory either.)
HARMS = (
    "loops or sleeps for ever, ignores signals",
    "ends its process: sys.exit, os._exit, SIGKILL, a crash in C",
    "takes 100 GB, all of the stack, or the disk",
    "prints megabytes, leaves an alarm behind",
    "returns NaN, too much, another dtype or shape",
    "returns lazy objects, or some that equal everything",
    "patches NumPy, Python or pytest",
    "imports the library, which has the answer",
    "forges replies, or breaks the connection to the grader",
    "does any of this while it is imported",
    "starts other processes, or threads without end",
    "opens a socket",
    "reads the solution from disk",
    "writes over the tests and the results",
    "kills the grader",
)
NOT_STOPPED: dict[str, tuple[str, ...]] = {
    "bubblewrap": (),
    "landlock": (),
    "process": (
        "starts other processes, or threads without end",
        "opens a socket",
        "reads the solution from disk",
        "writes over the tests and the results",
        "kills the grader",
    ),
}


def describe(protection: str) -> str:
    """One sentence on a protection, for a report."""
    return PROTECTIONS[protection]


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
