"""What each of the three protections from an answer stops, in words."""

import sys

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

# What the report says where a page runs its reader's own answers, and protects nobody.
IN_THE_PAGE = {"browser": "The answers ran in this page, with a limit on time."}


def describe(protection: str) -> str:
    """One sentence on a protection, or on "browser", for a report."""
    return (PROTECTIONS | IN_THE_PAGE)[protection]
