"""The processes that answers run in, and how far each is shut off from the machine."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from grader.engine import visible
from grader.engine.inside import filters, server
from grader.engine.inside.wire import Channel

# Whether to start the process once and fork it for each task, which takes a
# millisecond, or to start one for each task, which takes a tenth of a second. Only
# Linux forks safely.
FORKS = sys.platform == "linux"
STARTING = 20.0  # seconds for a process to start, on a machine that has much else to do
BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); from inside.server import main;"
    " main(*sys.argv[2:])"
)
ENVIRONMENT = {
    name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
}
KEPT = ("SYSTEMROOT", "LD_LIBRARY_PATH")  # without these, some Pythons do not start

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
NOT_STOPPED = {
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


class Unusable(Exception):
    """A protection that does not work here, and why."""


def describe(protection):
    """One sentence on a protection, for a report."""
    return PROTECTIONS[protection]


def protection(wanted=None):
    """The name of the protection to use: the strongest that works here, or the one that
    is wanted.

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
def why_not(protection):
    """Why a protection cannot be used on this machine, or "" if it can. It is tried,
    once."""
    if protection != "process" and filters.why_not():
        return f"it needs two filters of the kernel, and {filters.why_not()}"
    if protection == "bubblewrap" and not shutil.which("bwrap"):
        return "the program bwrap is not installed"
    if protection == "landlock" and filters.landlock_version() < 3:
        return "the kernel does not offer Landlock 3 or newer"
    try:
        with Sandbox(protection) as sandbox:
            sandbox.open().close()
    except Unusable as error:
        return str(error)
    return ""


class Sandbox:
    """A process that runs one student's answers, each task in a child of its own.

    Parameters
    ----------
    protection : str
        One of `PROTECTIONS`.
    memory : int
        Bytes that an answer may use.
    seconds : int
        Of processor time that one task may use.
    """

    def __init__(self, protection, memory=2**30, seconds=120):
        self.protection = protection
        self.memory = memory
        self.seconds = seconds
        self._folder = self._process = self._control = None
        self._serves = False

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(
            prefix="answers-", ignore_cleanup_errors=True
        )
        return self

    def __exit__(self, *_):
        try:
            self.kill()
        finally:
            self._folder.cleanup()
            self._folder = None

    def open(self):
        """A `Channel` to a fresh child; raises `Unusable` if there can be none."""
        if self._folder is None or self._serves:
            raise RuntimeError(
                "a sandbox is entered by `with`, and then serves one task at a time"
            )
        ours, theirs = socket.socketpair()
        channel = Channel(ours)
        try:
            with theirs:
                self._hand_over(theirs)
            said = channel.receive(STARTING)
        except (OSError, EOFError) as error:
            said = self._last_words() or f"it did not start ({type(error).__name__})"
        if said != "ready":
            channel.close()
            self.kill()
            raise Unusable(said)
        self._serves = True
        return channel

    def end(self):
        """End the child; its exit status, negative for a signal, or None if nothing is
        known."""
        self._serves = False
        if self._process is None:
            return None
        try:
            if not FORKS:
                return self._process.wait(timeout=1)
            self._control.sendall(b"e")
            status = self._control.recv(server.STATUS.size)
            return os.waitstatus_to_exitcode(*server.STATUS.unpack(status))
        except (OSError, struct.error, subprocess.TimeoutExpired):
            return None
        finally:
            if not FORKS:
                self.kill()

    def kill(self):
        """End all processes at once; `open` starts anew."""
        self._serves = False
        if self._process is None:
            return
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):  # gone already
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._process.stderr.close()
        if self._control is not None:
            self._control.close()
        self._process = self._control = None

    def _hand_over(self, task_socket):
        if not FORKS:
            return self._start(task_socket)
        if self._process is None:
            self._control, theirs = socket.socketpair()
            self._control.settimeout(STARTING)
            with theirs:
                self._start(theirs)
        socket.send_fds(self._control, [b"t"], [task_socket.fileno()])

    def _start(self, connection):
        """Start the process, with a socket as its standard input."""
        on_windows = sys.platform == "win32"
        self._process = subprocess.Popen(
            self._command(),
            stdin=subprocess.PIPE if on_windows else connection,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=ENVIRONMENT
            | {name: os.environ[name] for name in KEPT if name in os.environ},
            cwd=self._folder.name,
            # an interrupt at the keyboard is not for the answers
            start_new_session=True,
        )
        if on_windows:
            with self._process.stdin as pipe:
                pipe.write(connection.share(self._process.pid))

    def _command(self):
        around, ours, packages, readable = (
            [],
            visible.HERE,
            visible.numpy_folders()[0].parent,
            [],
        )
        if self.protection == "bubblewrap":
            around, ours, packages = (
                visible.bubblewrap(),
                Path("/grader"),
                Path("/grader/packages"),
            )
        elif self.protection == "landlock":
            readable = [*visible.landlock_paths(), self._folder.name]
        # Isolated, without the environment's packages and their start-up files, and in
        # UTF-8.
        python = [
            visible.interpreter(),
            "-I",
            "-S",
            "-B",
            "-X",
            "utf8",
            "-c",
            BOOT,
            ours,
        ]
        how = "fork" if FORKS else "once"
        limits = [self.memory, self.seconds]
        command = [*around, *python, how, self.protection, *limits, packages, *readable]
        return [str(word) for word in command]

    def _last_words(self):
        """What the process wrote before it could serve, if it has ended."""
        if self._process is None:
            return ""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
            return self._process.stderr.read().decode(errors="replace").strip()[-300:]
        return ""
