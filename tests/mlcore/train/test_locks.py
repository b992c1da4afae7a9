"""One process at a time, and whoever is refused learns who the other is."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

from mlcore import locks

HOLD = """
import sys, time
from mlcore import locks
with locks.held(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.npz"


def holder(path):
    """Another process that holds the lock of `path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_process_is_told_who_the_first_is_and_since_when(path):
    with holder(path) as other:
        with pytest.raises(locks.InUse) as refusal, locks.held(path):
            pass
        other.kill()
    assert str(path) in str(refusal.value)
    assert f"process {other.pid} on {socket.gethostname()} since 20" in str(
        refusal.value
    )
    assert "give another path" in str(refusal.value)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_the_lock_of_a_process_that_was_killed_stops_nobody(path):
    with holder(path) as other:
        os.kill(other.pid, signal.SIGKILL)
    assert (path.parent / "a.npz.lock").exists()  # It could not clean up.
    with locks.held(path):
        text = json.loads((path.parent / "a.npz.lock").read_text())
        assert text["process"] == os.getpid()
    assert not list(path.parent.iterdir())


def test_a_lock_file_that_names_a_living_process_but_is_not_locked_stops_nobody(path):
    """Process numbers are given again after a crash; the operating system knows
    better."""
    (path.parent / "a.npz.lock").write_text(
        json.dumps({"process": os.getpid(), "host": "x"})
    )
    with locks.held(path):
        pass


def test_a_thread_of_the_same_process_is_refused_too(path):
    seen = []

    def second():
        try:
            with locks.held(path):
                seen.append("held")
        except locks.InUse as refusal:
            seen.append(str(refusal))

    with locks.held(path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert f"process {os.getpid()}" in seen[0]


def test_one_that_waits_says_so_once_and_comes_second(path):
    told = []
    with holder(path) as other:

        def tell(text):
            told.append(text)
            other.kill()

        with locks.held(path, on_wait=tell):
            assert (path.parent / "a.npz.lock").exists()
    assert len(told) == 1
    assert "waiting for process" in told[0]


def test_the_lock_is_let_go_when_the_body_fails(path):
    with pytest.raises(KeyError), locks.held(path):
        raise KeyError
    with locks.held(path):
        pass
    assert not list(path.parent.iterdir())


def test_a_holder_that_could_not_sign_is_another_process(path):
    """A full disk takes the lock and not the text."""
    with locks.held(path):
        (path.parent / "a.npz.lock").write_text("")
        message = r"a\.npz is in use by another process"
        with pytest.raises(locks.InUse, match=message), locks.held(path):
            pass


def test_many_processes_in_turn_are_never_inside_together(path):
    """The file is removed and made again all the time: a lock on one without a name is
    none."""
    count = path.parent / "count"
    count.write_text("0")
    program = (
        "import sys; from pathlib import Path; from mlcore import locks\n"
        "path, count = map(Path, sys.argv[1:])\n"
        "for _ in range(15):\n"
        "    with locks.held(path, on_wait=lambda text: None):\n"
        "        n = int(count.read_text()); count.write_text(str(n + 1))\n"
    )
    command = [sys.executable, "-c", program, str(path), str(count)]
    others = [subprocess.Popen(command) for _ in range(3)]
    assert [other.wait() for other in others] == [0, 0, 0]
    assert count.read_text() == "45"


def test_where_the_file_system_knows_no_locks_the_work_goes_on(path, monkeypatch):
    def unknown(file):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(locks, "_ask", unknown)
    with locks.held(path):
        pass


def test_windows_locks_one_byte_that_nobody_reads(path, monkeypatch):
    """With a stand-in for its module: the text stays readable, and a refusal is one."""
    asked = []

    def locking(file, mode, size):
        asked.append((os.lseek(file, 0, os.SEEK_CUR), mode, size))
        if len(asked) > 1:
            raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(
        sys.modules, "msvcrt", SimpleNamespace(LK_NBLCK=2, locking=locking)
    )
    with locks.held(path):
        assert (
            json.loads((path.parent / "a.npz.lock").read_text())["process"]
            == os.getpid()
        )
        with (
            pytest.raises(locks.InUse, match=f"process {os.getpid()}"),
            locks.held(path),
        ):
            pass
    assert asked == [(locks._FAR, 2, 1)] * 2


def test_a_folder_that_cannot_be_written_is_named_with_a_remedy(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    path = tmp_path / "file" / "a.npz"
    with (
        pytest.raises(OSError, match="make its folder writable") as refusal,
        locks.held(path),
    ):
        pass
    assert str(path) in str(refusal.value)


def test_a_lock_that_another_user_left_is_named_and_not_the_folder_blamed(
    path, monkeypatch
):
    (path.parent / "a.npz.lock").write_text("")

    def denied(*arguments):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    message = "delete it if that is over"
    with pytest.raises(PermissionError, match=message) as refusal, locks.held(path):
        pass
    assert "a.npz.lock" in str(refusal.value)


def remove(path):
    os.remove(f"{path}.lock")
    os.rmdir(path.parent)


def test_a_lock_whose_folder_was_removed_is_taken_again(tmp_path):
    path = tmp_path / "folder" / "a.npz"
    with locks.held(path) as renew:
        remove(path)
        renew()
        with pytest.raises(locks.InUse), locks.held(path):
            pass
    assert not list(path.parent.iterdir())


def test_a_lock_that_another_has_taken_since_is_lost(tmp_path):
    path = tmp_path / "folder" / "a.npz"
    with locks.held(path) as renew:
        remove(path)
        with holder(path) as other:
            with pytest.raises(locks.InUse, match=f"process {other.pid}"):
                renew()
            other.kill()
    assert (path.parent / "a.npz.lock").exists()  # The other's, which is left alone.
