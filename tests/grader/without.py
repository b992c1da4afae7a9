"""Runs a command as on a machine that lacks some of the protections from answers.

    python tests/grader/without.py bubblewrap,landlock -- pytest tests/grader

bubblewrap fails as it does in a container that allows no namespaces, and the kernel
answers the calls of Landlock as one that was built without it, to this command and to
all that it starts. Without "nothing", the command runs as it is.
"""

import errno
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from grader.sandbox.inside import kernel, landlock, seccomp

BWRAP = "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"


def without_bubblewrap(folder):
    """Put another bwrap before the one of the system."""
    bwrap = Path(folder, "bwrap")
    bwrap.write_text(BWRAP, encoding="utf-8")
    bwrap.chmod(bwrap.stat().st_mode | stat.S_IXUSR)
    os.environ["PATH"] = os.pathsep.join([folder, os.environ["PATH"]])


def without_landlock():
    """Have the kernel say that it knows no Landlock."""
    step = seccomp.step
    program = b"".join(
        [
            step(seccomp.LOAD, seccomp.NUMBER),
            step(seccomp.IF_EQUAL, landlock.CREATE_RULESET, 0, 1),
            step(seccomp.RETURN, seccomp.REFUSE | errno.ENOSYS),
            step(seccomp.RETURN, seccomp.ALLOW),
        ]
    )
    kernel.no_new_privileges()
    seccomp.install(program)
    assert landlock.version() == 0


def main(arguments):
    end = arguments.index("--")
    lacking, command = set(",".join(arguments[:end]).split(",")), arguments[end + 1 :]
    if unknown := lacking - {"nothing", "bubblewrap", "landlock"}:
        sys.exit(f"there is no protection {', '.join(unknown)} to do without")
    if "landlock" in lacking:
        without_landlock()
    with tempfile.TemporaryDirectory() as folder:
        if "bubblewrap" in lacking:
            without_bubblewrap(folder)
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
