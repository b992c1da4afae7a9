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


def spoilt_indices():
    """Ways in which an index may not hang together."""

    def changed(change):
        def spoil(text):
            index = json.loads(text)
            change(index)
            return json.dumps(index).encode()

        return spoil

    def without(name):
        return changed(lambda index: index.pop(name))

    yield "empty", lambda text: b""
    yield "cut off", lambda text: text[:40].encode()
    yield "no text", lambda text: b"\xff" + text.encode()
    for other in ("[]", "3", "null", '"format"'):
        yield other, lambda text, other=other: other.encode()
    for name in ("format", "files", "shards", "facts"):
        yield f"without {name}", without(name)
    yield "no shards", changed(lambda index: index.update(shards=[]))
    yield "outside", changed(lambda index: index["files"].update(w="../w.npy"))
    yield "a number", changed(lambda index: index["files"].update(w=3))
    yield "a gap", changed(lambda index: index["shards"][1].update(first=9))
    yield "below 0", changed(lambda index: index["shards"][0].update(first=-3))
    yield "words", changed(lambda index: index["shards"][-1].update(last="13"))
    yield "no sum", changed(lambda index: index["shards"][0]["sha256"].pop("w"))


@pytest.mark.parametrize(("name", "spoil"), list(spoilt_indices()))
def test_an_index_that_is_damaged_is_refused_by_name(name, spoil, tmp_path):
    """In all processes, with its path: never half read."""
    written(tmp_path, 2)
    path = tmp_path / "index.json"
    load_rows(tmp_path)  # the control
    path.write_bytes(spoil(path.read_text()))

    def load(comm):
        with pytest.raises(ValueError, match=r"index\.json is not the index"):
            load_rows(tmp_path, comm)

    on_threads(2, load)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:100],
        lambda content: b"no array" * 30,
        lambda content: content[:-8],
    ],
    ids=["empty", "header", "other", "cut off"],
)
def test_a_file_that_is_damaged_is_refused_by_name(damage, tmp_path):
    written(tmp_path, 2)
    path = next(tmp_path.glob("w.*.npy"))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"w\..*\.npy is damaged: .* from a copy"):
        load_rows(tmp_path)


def test_an_index_with_the_rows_of_another_file_is_refused(tmp_path):
    written(tmp_path, 1)
    path = next(tmp_path.glob("w.*.npy"))
    np.save(path, W[:-1])
    with pytest.raises(ValueError, match="it must hold 13 rows, but has the shape"):
        load_rows(tmp_path)


@pytest.mark.parametrize(
    ("error", "message", "rows"),
    [
        (TypeError, "w must be an array, got list", {"w": [1.0]}),
        (TypeError, "w must hold numbers, got object", {"w": W.astype(object)}),
        (TypeError, "rows must be a dict of arrays", {}),
        (TypeError, "rows must be a dict of arrays", None),
        (ValueError, r"w must have rows, got shape \(\)", {"w": W[0, 0]}),
        (ValueError, "rows must have names that files can have", {"../w": W}),
        (ValueError, "rows must have names that files can have", {"a/b": W}),
        (ValueError, "rows must have names that files can have", {"": W}),
        (ValueError, "rows must have names that files can have", {1: W}),
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


@pytest.mark.parametrize("facts", [None, {"set": {1}}, {"f": len}, 3])
def test_facts_that_json_cannot_hold_are_refused_before_a_file_is_there(
    facts, tmp_path
):
    with pytest.raises(TypeError, match="facts must be a dict that JSON can hold"):
        save_rows(tmp_path, {"w": W}, facts)
    assert not list(tmp_path.iterdir())


def test_a_file_mapped_into_memory_serves_as_w(tmp_path):
    """The head never holds all of w: it may stay on the disk."""
    save_rows(tmp_path, {"w": W}, {})
    (file,) = tmp_path.glob("*.npy")
    x, _, y = inputs(ArcFaceLoss())
    head = Chunked(ArcFaceLoss(), block=5)
    value, _ = head.forward(x, np.load(file, mmap_mode="r"), y)
    assert value == head.forward(x, W, y)[0]
