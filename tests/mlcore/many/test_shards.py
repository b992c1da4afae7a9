"""Checkpoints of rows: written on some processes, read on others, whole or old."""

import json
from pathlib import Path

import numpy as np
import pytest

from mlcore.losses import ArcFaceLoss
from mlcore.many import Chunked, Parallel, load_rows, save_rows, shards, share

from .cases import C, inputs
from .test_parallel import on_threads

W = np.random.default_rng(0).normal(size=(C, 6))
MOMENTUM = np.arange(C, dtype=np.float32)


def written(folder, size, factor=1, step=1):
    def save(comm):
        mine = share(C, comm)
        rows = {"w": factor * W[mine], "momentum": MOMENTUM[mine]}
        save_rows(folder, rows, {"step": step}, comm)

    on_threads(size, save)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("writers", [1, 3])
def test_any_number_reads_what_any_other_has_written(writers, size, tmp_path):
    written(tmp_path, writers)
    parts = on_threads(size, lambda comm: load_rows(tmp_path, comm))
    for name, whole in (("w", W), ("momentum", MOMENTUM)):
        joined = np.concatenate([rows[name] for rows, _ in parts])
        np.testing.assert_array_equal(joined, whole)
        assert joined.dtype == whole.dtype
    assert all(facts == {"step": 1} for _, facts in parts)


def test_more_processes_than_rows(tmp_path):
    def both(comm):
        save_rows(tmp_path, {"w": W[share(2, comm)]}, {}, comm)
        return load_rows(tmp_path, comm)[0]["w"]

    np.testing.assert_array_equal(np.concatenate(on_threads(5, both)), W[:2])


def train(comm, w, velocity, first, last):
    """Some steps of momentum in the sink, on this process's rows."""
    x, _, y = inputs(ArcFaceLoss())
    head = Parallel(ArcFaceLoss(), comm, block=2)
    for step in range(first, last):

        def sink(rows, gradient):
            velocity[rows] = 0.9 * velocity[rows] + gradient
            w[rows] -= 0.1 * velocity[rows]

        _, saved = head.forward(np.roll(x, step, axis=0), w, y)
        head.backward(saved, sink=sink)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_training_goes_on_with_another_number_of_processes(size, tmp_path):
    """Three processes, then others: as if one had made all steps, to 1e-12."""

    def begin(comm):
        w = W[share(C, comm)].copy()
        velocity = np.zeros_like(w)
        train(comm, w, velocity, 0, 4)
        save_rows(tmp_path, {"w": w, "velocity": velocity}, {"step": 4}, comm)

    def go_on(comm):
        rows, facts = load_rows(tmp_path, comm)
        train(comm, rows["w"], rows["velocity"], facts["step"], 8)
        return rows["w"]

    def at_once(comm):
        w = W.copy()
        train(comm, w, np.zeros_like(w), 0, 8)
        return w

    on_threads(3, begin)
    joined = np.concatenate(on_threads(size, go_on))
    (alone,) = on_threads(1, at_once)
    np.testing.assert_allclose(joined, alone, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("where", ["_write", "_digest", "write_whole"])
def test_what_fails_while_writing_leaves_the_old_one(where, tmp_path, monkeypatch):
    """All processes fail, with one error, and what they left is removed next time."""
    written(tmp_path, 3)

    def full(*_):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shards, where, full)
        with pytest.raises(OSError, match="No space left"):
            written(tmp_path, 3, factor=2, step=2)
    rows, facts = load_rows(tmp_path)
    np.testing.assert_array_equal(rows["w"], W)
    assert facts == {"step": 1}
    written(tmp_path, 2, factor=3, step=3)
    rows, facts = load_rows(tmp_path)
    np.testing.assert_array_equal(rows["w"], 3 * W)
    assert len(list(tmp_path.glob("*"))) == 3


def test_damage_is_known_before_a_row_is_used(tmp_path):
    written(tmp_path, 3)
    index = json.loads((tmp_path / "index.json").read_text())
    path = tmp_path / index["files"]["w"]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"w.*npy is damaged: .* rows 9 to 13"):
        on_threads(2, lambda comm: load_rows(tmp_path, comm))
    path.write_bytes(content[:-8])
    with pytest.raises(ValueError, match="mmap"):
        load_rows(tmp_path)


def test_what_is_no_checkpoint_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_rows(tmp_path)
    Path(tmp_path, "index.json").write_text("{}")
    with pytest.raises(ValueError, match="is not the index of a checkpoint of rows"):
        load_rows(tmp_path)


@pytest.mark.parametrize(
    ("error", "message", "rows"),
    [
        (TypeError, "w must be an array, got list", {"w": [1.0]}),
        (ValueError, "rows must be as many in each array", {"w": W, "v": W[1:]}),
        (ValueError, "the same names, dtypes and shapes", {"v": W}),
        (ValueError, "the same names, dtypes and shapes", {"w": W.astype("f")}),
    ],
)
def test_bad_rows_are_refused_by_all(error, message, rows, tmp_path):
    def save(comm):
        given = rows if comm.rank == 1 else {"w": W}
        with pytest.raises(error, match=message):
            save_rows(tmp_path, given, {}, comm)

    on_threads(2, save)
    assert not list(tmp_path.iterdir())


def test_a_file_mapped_into_memory_serves_as_w(tmp_path):
    """The head never holds all of w: it may stay on the disk."""
    save_rows(tmp_path, {"w": W}, {})
    (file,) = tmp_path.glob("*.npy")
    x, _, y = inputs(ArcFaceLoss())
    head = Chunked(ArcFaceLoss(), block=5)
    value, _ = head.forward(x, np.load(file, mmap_mode="r"), y)
    assert value == head.forward(x, W, y)[0]
