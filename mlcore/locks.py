"""Locks that say who holds them, and that no dead process can hold.

The operating system keeps the lock of an open file and lets it go when the process that
opened it ends, however it ends. So nobody has to guess from a number in a file whether
a process still lives, and a lock file that was left behind by a crash stops nobody.
"""

import errno
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Windows keeps others from reading the bytes that are locked, so it locks one far
# behind the text.
_FAR = 2**20
_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}


class InUse(OSError):
    """Another process is at work on a file; the message names both."""


@contextmanager
def held(
    path: str | Path, on_wait: Callable[[str], Any] | None = None
) -> Iterator[Callable[[], None]]:
    """Hold the lock of `path` while the body of the ``with`` runs.

    The lock is on the file ``path + ".lock"``, which holds the process, the host and
    the time, and is gone afterwards. Where the file system or the platform knows no
    locks, there is none.

    Parameters
    ----------
    path : str or Path
        It need not exist; its folder is made.
    on_wait : function (str), optional
        If given, whoever holds the lock is waited for, and the function is called
        first, once, with a sentence that names the holder.

    Yields
    ------
    renew : function ()
        For who goes on for hours: takes the lock again if someone has removed its file,
        or the whole folder, and raises `InUse` if another has it since.

    Raises
    ------
    InUse
        If another process, or another thread, holds it and `on_wait` is not given.
    OSError
        If the lock file cannot be written; then `path` could not be either.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, held(f"{folder}/a.npz"):
    ...     print(*(file.name for file in Path(folder).iterdir()))
    a.npz.lock
    """
    lock = Path(f"{path}.lock").absolute()  # The body may change the working directory.
    file = _take(lock, path, on_wait)

    def renew():
        nonlocal file
        if not _is_at(file, lock):
            fresh = _take(lock, path, on_wait)
            os.close(file)
            file = fresh

    try:
        yield renew
    finally:
        _let_go(file, lock)


def explained(error: OSError, path: str | Path, remedy: str) -> OSError:
    """The `error` of the operating system with its file and a remedy."""
    return OSError(error.errno, f"{error.strerror or error}. {remedy}", str(path))


def _take(lock, path, on_wait):
    told = False
    while True:
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            if os.path.lexists(lock):
                remedy = (
                    "It is a lock that another user's program has left; delete it if"
                    " that is over"
                )
                raise explained(error, lock, remedy) from error
            remedy = (
                "It cannot be written; make its folder writable, or give another path"
            )
            raise explained(error, path, remedy) from error
        if not _locked(file):
            holder = _holder(file)
            os.close(file)
            if on_wait is None:
                raise InUse(
                    f"{path} is in use by {holder}: wait until that ends, stop it, or"
                    " give another path"
                )
            if not told:
                on_wait(f"waiting for {holder}, which is at work on {path}")
            told = True
            time.sleep(0.1)
        elif _is_at(file, lock):
            _sign(file)
            return file
        # Whoever held it has just removed it: this lock is on a file without a name.
        else:
            os.close(file)


def _let_go(file, lock):
    if os.name == "posix":  # While it is still held: behind that it may be another's.
        if _is_at(file, lock):
            with suppress(OSError):
                os.unlink(lock)
        os.close(file)
    else:  # Windows removes no open file, and so none that is another's by now.
        os.close(file)
        with suppress(OSError):
            os.unlink(lock)


def _locked(file):
    """Whether the lock could be had; without waiting."""
    try:
        _ask(file)
    except OSError as error:
        # Any other error says that there are no locks here, as on some network drives.
        return error.errno not in _TAKEN
    return True


def _ask(file):
    try:
        import fcntl
    except ImportError:
        pass
    else:
        return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        import msvcrt
    except ImportError:
        return None  # One process is all there is, as in a browser.
    os.lseek(file, _FAR, os.SEEK_SET)
    return msvcrt.locking(file, msvcrt.LK_NBLCK, 1)


def _is_at(file, lock):
    """Whether the open file is still the one with the name `lock`."""
    try:
        return os.path.samestat(os.fstat(file), os.stat(lock))
    except OSError:
        return False


def _sign(file):
    me = {
        "process": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with suppress(OSError):  # A full disk: the lock holds without the text.
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, json.dumps(me).encode())


def _holder(file):
    """Who has signed the lock file, in words."""
    for _ in range(10):  # Between the lock and the signature there is a moment.
        try:
            os.lseek(file, 0, os.SEEK_SET)
            who = json.loads(os.read(file, 1000))
            return "process {process} on {host} since {since}".format(**who)
        except (OSError, ValueError, KeyError, TypeError):
            time.sleep(0.02)
    return "another process"
