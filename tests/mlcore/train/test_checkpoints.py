"""A checkpoint is whole or refused, and writing one never harms the one before."""

import errno
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from mlcore import checkpoints

ARRAYS = {
    "half": np.array([[1.5, -0.0], [np.inf, np.nan]], dtype=np.float16),
    "single": np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32),
    "columns": np.asfortranarray(np.random.default_rng(1).normal(size=(3, 4))),
    "labels": np.arange(5),
    "number": np.array(0.1),
    "params.0.1": np.zeros((2, 0)),
}
FACTS = {
    "step": 7,
    "loss": 0.1 + 0.2,
    "epochs": [{"number": 1, "rate": 5e-324}],
    "none": None,
}


@pytest.fixture
def path(tmp_path):
    checkpoints.save(tmp_path / "some" / "folder" / "a.npz", ARRAYS, FACTS)
    return tmp_path / "some" / "folder" / "a.npz"


def test_everything_comes_back_with_the_same_bits(path):
    arrays, facts = checkpoints.load(path)
    assert facts == FACTS
    assert arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert arrays[name].tobytes("A") == array.tobytes("A")
        # The order in memory decides the order of a matrix product's sums.
        assert arrays[name].flags.f_contiguous == array.flags.f_contiguous


def test_it_is_an_ordinary_npz(path):
    with np.load(path) as archive:
        np.testing.assert_array_equal(archive["arrays/single"], ARRAYS["single"])


def test_a_file_cut_anywhere_is_refused_by_name(path):
    whole = path.read_bytes()
    for length in [*range(0, len(whole), 37), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(
            ValueError, match=r"a\.npz is not a checkpoint, or only the beginning"
        ):
            checkpoints.load(path)


def test_a_changed_byte_anywhere_is_refused_by_name(path):
    whole = path.read_bytes()
    for at in [*range(0, len(whole), 29), len(whole) - 1]:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ValueError, match=r"a\.npz is (damaged|not a checkpoint)"):
            checkpoints.load(path)


class Trap:
    """Unpickling it would leave a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_what_others_wrote_is_refused_and_never_run(tmp_path):
    trap = tmp_path / "sprung"
    foreign = {
        "empty": lambda path: path.write_bytes(b""),
        "text": lambda path: path.write_text("weights"),
        "npz": lambda path: np.savez(path, w=np.zeros(3)),
        "npy": lambda path: np.save(path, np.zeros(3)),
        "pickle": lambda path: path.write_bytes(pickle.dumps(Trap(trap))),
    }
    for name, write in foreign.items():
        path = tmp_path / f"{name}.npz"
        write(path)
        files = [path] if path.exists() else [path.with_name(path.name + ".npy")]
        for file in files:
            with pytest.raises(ValueError, match="is not a checkpoint"):
                checkpoints.load(file)
    assert not trap.exists()


def test_a_folder_is_no_checkpoint(tmp_path):
    with pytest.raises(
        ValueError, match="is a folder, not a checkpoint: give the path of a file"
    ):
        checkpoints.load(tmp_path)


def test_no_file_is_no_checkpoint(tmp_path):
    with pytest.raises(FileNotFoundError):
        checkpoints.load(tmp_path / "a.npz")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(path, monkeypatch, call):
    """As a full disk would: the new bytes are there in part, and the name still means
    the old."""

    def fail(*arguments):
        raise OSError("no space left")

    with monkeypatch.context() as patched:
        patched.setattr(os, call, fail)
        with pytest.raises(OSError, match="no space left"):
            checkpoints.save(path, {"w": np.ones(3)}, {"step": 8})
    assert checkpoints.load(path)[1] == FACTS
    checkpoints.save(path, {"w": np.ones(3)}, {"step": 8})
    assert checkpoints.load(path)[1] == {"step": 8}
    assert [file.name for file in path.parent.iterdir()] == ["a.npz"]


@pytest.mark.parametrize(
    "value", [np.ma.array([1.0, 2.0], mask=[0, 1]), [1.0], 1.0, None]
)
def test_what_is_no_plain_array_is_refused_by_name(tmp_path, value):
    with pytest.raises(TypeError, match=r"^w must be a plain array, got "):
        checkpoints.save(tmp_path / "a.npz", {"w": value}, {})
    assert list(tmp_path.iterdir()) == []


def test_arrays_of_objects_are_refused(tmp_path):
    """They would have to be pickled."""
    with pytest.raises(ValueError, match="names must be an array of numbers"):
        checkpoints.save(tmp_path / "a.npz", {"names": np.array([{}])}, {})
    assert not (tmp_path / "a.npz").exists()


WRITE = """
import sys
from mlcore import checkpoints
for k in range(100):
    checkpoints.write_whole(sys.argv[1], sys.argv[2].encode() * 50_000)
"""


def test_two_processes_may_write_to_one_path_and_a_reader_finds_either_whole(tmp_path):
    path = tmp_path / "a.txt"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE, str(path), c]) for c in "ab"
    ]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            seen.add(path.read_bytes())
    assert [writer.wait() for writer in writers] == [0, 0]
    assert seen <= {b"a" * 50_000, b"b" * 50_000}
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("refusals", [2, 9])
def test_on_windows_a_file_that_a_scanner_has_open_is_waited_for(
    path, monkeypatch, refusals
):
    """A moment; then it is an error, and the old file is still there."""
    waited, real, left = [], os.replace, iter(range(refusals))

    def replace(new, old):
        if next(left, None) is not None:
            raise PermissionError(errno.EACCES, "Access is denied")
        real(new, old)

    monkeypatch.setattr(checkpoints, "_WINDOWS", True)
    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(checkpoints.time, "sleep", waited.append)
    if refusals == 2:
        checkpoints.save(path, {}, {"step": 8})
        assert len(waited) == 2
        assert checkpoints.load(path)[1] == {"step": 8}
    else:
        with pytest.raises(PermissionError, match="Nothing that was there is lost"):
            checkpoints.save(path, {}, {"step": 8})
        assert checkpoints.load(path)[1] == FACTS
    assert [file.name for file in path.parent.iterdir()] == ["a.npz"]


FILL = """
import resource, sys
from mlcore import checkpoints
# as a disk that is full after so many bytes
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
checkpoints.write_whole(sys.argv[1], bytes(20_000))
"""


@pytest.mark.skipif(os.name != "posix", reason="the limit is POSIX's")
def test_a_full_disk_is_named_with_the_file_and_leaves_the_old_one(path):
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "Nothing that was there is lost: make room" in last
    assert str(path) in last
    assert checkpoints.load(path)[1] == FACTS
    assert [file.name for file in path.parent.iterdir()] == ["a.npz"]


def test_what_a_killed_writer_left_is_swept_and_nothing_else(path):
    others = ["a.npz.lock", "a.npz.renew", "b.npz.1-ab.new", "a.npz"]
    for name in [*others[:3], "a.npz.123-0a0b.new"]:
        (path.parent / name).write_text("")
    checkpoints.sweep(path)
    assert sorted(file.name for file in path.parent.iterdir()) == sorted(others)
