"""The processes that answers run in, and how far each is shut off from the machine."""

import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from contextlib import suppress

from grader.sandbox import bubblewrap, visible
from grader.sandbox.inside import server
from grader.sandbox.inside.wire import Channel

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


class Unusable(Exception):
    """A protection that does not work here, and why."""


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

    def __init__(self, protection: str, memory: int = 2**30, seconds: int = 120):
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

    def open(self) -> Channel:
        """A `Channel` to a fresh child.

        Raises
        ------
        Unusable
            If there can be none on this machine.
        RuntimeError
            Outside of `with`, or while another child is served.
        """
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

    def end(self) -> int | None:
        """End the child; its exit status, negative for a signal, None if unknown."""
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

    def kill(self) -> None:
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
        """The command that serves answers, with what the protection puts around it."""
        around, ours, packages, readable = [], visible.HERE, visible.packages(), []
        if self.protection == "bubblewrap":
            around, ours, packages = bubblewrap.around()
        elif self.protection == "landlock":
            readable = [*visible.readable(), self._folder.name]
        # Without the environment's packages and their start-up files, and in UTF-8.
        python = [
            visible.interpreter(),
            *["-I", "-S", "-B", "-X", "utf8", "-c"],
            BOOT,
            ours,
        ]
        how = "fork" if FORKS else "once"
        serve = [how, self.protection, self.memory, self.seconds, packages, *readable]
        return [str(word) for word in (*around, *python, *serve)]

    def _last_words(self):
        """What the process wrote before it could serve, if it has ended."""
        if self._process is None:
            return ""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1)
            return self._process.stderr.read().decode(errors="replace").strip()[-300:]
        return ""
