"""Checkpoints of arrays whose rows are shared out over processes.

A checkpoint is a folder. Each array is one ``.npy`` file of all its rows, which
`numpy.load` reads too; every process writes its own rows into it. ``index.json`` comes
last, names the files and holds the SHA-256 of what each process wrote. So any number of
processes can read what any other number has written, and until there is a new index the
old one, with its files, is the checkpoint.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlcore.arrays import Array, array_namespace, is_array, to_numpy
from mlcore.checkpoints import write_whole
from mlcore.many.communicators import Alone, Communicator, everybody, together

_FORMAT = "mlcore rows 1"
_AT_ONCE = 2**24  # bytes of a file that are read at once for its checksum


def share(count: int, comm: Communicator) -> slice:
    """Which of `count` rows a process holds where all hold the same number.

    Examples
    --------
    >>> from mlcore.many import InProcess
    >>> [share(10, comm) for comm in InProcess.of(3)]
    [slice(0, 3, None), slice(3, 7, None), slice(7, 10, None)]
    """
    first, last = (round(k * count / comm.size) for k in (comm.rank, comm.rank + 1))
    return slice(first, last)


def save_rows(
    folder: str | Path,
    rows: Mapping[str, Array],
    facts: Mapping[str, Any],
    comm: Communicator | None = None,
) -> None:
    """Write a checkpoint; all processes call it together.

    Killed at any moment, it leaves the checkpoint that was there before.

    Parameters
    ----------
    folder : str or Path
        One that all processes see.
    rows : dict of arrays, shape (rows of this process, ...)
        The same names in all processes: w, and its momentum.
    facts : dict
        Anything that JSON can hold; that of process 0 is kept.
    comm : Communicator, optional
        None: one process.

    Raises
    ------
    TypeError
        If one is no array of numbers, or `facts` nothing that JSON can hold, in any
        process.
    ValueError
        If a name is none that a file can have, or an array has no axis; if the arrays
        of a process have not the same number of rows, or another name, dtype or shape
        of a row than those of another process.
    OSError
        If it cannot be written, in any process.
    """
    folder, comm = Path(folder), comm or Alone()
    every = everybody(comm, lambda: _described(rows, {} if comm.rank else facts))
    counts = [count for _, count in every]
    first = sum(counts[: comm.rank])
    for rank, (about, _) in enumerate(every):
        if about != every[0][0]:
            raise ValueError(
                "rows must have the same names, dtypes and shapes in all processes:"
                f" process 0 has {every[0][0]}, process {rank} {about}"
            )
    token = comm.gather(secrets.token_hex(4))[0]
    files = {name: f"{name}.{token}.npy" for name in rows}

    def create():
        if comm.rank == 0:
            folder.mkdir(parents=True, exist_ok=True)
            for name, (dtype, tail) in every[0][0].items():
                shape = sum(counts), *tail
                np.lib.format.open_memmap(folder / files[name], "w+", dtype, shape)

    def write():
        for name in rows:
            _write(folder / files[name], first, to_numpy(rows[name]))
        return {
            "first": first,
            "last": first + counts[comm.rank],
            "sha256": {name: _digest(to_numpy(rows[name])) for name in rows},
        }

    together(comm, create)
    shards = everybody(comm, write)

    def finish():
        if comm.rank == 0:
            index = {"format": _FORMAT, "files": files, "shards": shards}
            text = json.dumps(index | {"facts": dict(facts)}, indent=1)
            write_whole(folder / "index.json", text.encode())
            for old in folder.glob("*.npy"):
                if old.name not in files.values():
                    old.unlink()

    together(comm, finish)


def _described(rows, facts):
    """Of each array its dtype and the shape of a row; and how many rows there are."""
    if not isinstance(rows, Mapping) or not rows:
        raise TypeError(f"rows must be a dict of arrays, got {rows!r}")
    for name, array in rows.items():
        if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]*", name):
            raise ValueError(
                f"rows must have names that files can have, letters, digits and . _ -,"
                f" got {name!r}"
            )
        if not is_array(array):
            raise TypeError(f"{name} must be an array, got {type(array).__name__}")
        if not array_namespace(array).isdtype(array.dtype, ("bool", "numeric")):
            raise TypeError(f"{name} must hold numbers, got {array.dtype}")
        if array.ndim == 0:
            raise ValueError(f"{name} must have rows, got shape ()")
    try:
        json.dumps(dict(facts))
    except (TypeError, ValueError) as error:
        raise TypeError(f"facts must be a dict that JSON can hold: {error}") from error
    counts = {name: array.shape[0] for name, array in rows.items()}
    if len(set(counts.values())) != 1:
        raise ValueError(f"rows must be as many in each array, got {counts}")
    about = {
        name: (str(array.dtype).rpartition(".")[2], tuple(array.shape[1:]))
        for name, array in rows.items()
    }
    return about, next(iter(counts.values()))


def _write(path, first, rows):
    if len(rows) == 0:
        return
    array = np.lib.format.open_memmap(path, "r+")
    array[first : first + len(rows)] = rows
    array.flush()
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _digest(rows):
    """SHA-256 of the bytes of an array, without a copy of all of it."""
    digest = hashlib.sha256()
    step = max(1, _AT_ONCE * len(rows) // max(1, rows.nbytes))
    for start in range(0, len(rows), step):
        digest.update(np.ascontiguousarray(rows[start : start + step]).tobytes())
    return digest.hexdigest()


def load_rows(
    folder: str | Path, comm: Communicator | None = None
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read the rows of this process, `share` of all, whoever wrote them.

    Returns
    -------
    rows : dict of arrays
    facts : dict

    Raises
    ------
    FileNotFoundError
        If there is no checkpoint.
    ValueError
        If it is none, or not whole; the message names the file. In all processes, if
        in one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_rows(folder, {"w": np.eye(3)}, {"step": 7})
    ...     load_rows(folder)
    ({'w': array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])}, {'step': 7})
    """
    folder, comm = Path(folder), comm or Alone()

    def read():
        index = _index(folder / "index.json")
        count = max(shard["last"] for shard in index["shards"])
        mine = share(count, comm)
        rows = {}
        for name, file in index["files"].items():
            array = _mapped(folder / file, count)
            for shard in index["shards"]:
                first, last = shard["first"], shard["last"]
                concerned = first < mine.stop and mine.start < last
                if concerned and _digest(array[first:last]) != shard["sha256"][name]:
                    raise ValueError(
                        f"{folder / file} is damaged: the SHA-256 of its rows {first}"
                        f" to {last} is not that in index.json. Restore it from a copy"
                    )
            rows[name] = np.array(array[mine])
        return rows, index["facts"]

    return together(comm, read)


def _index(path):
    """The index of a checkpoint; refuses one that does not hang together."""
    content = path.read_bytes()
    try:
        index = json.loads(content)
        files, shards, last = index["files"], index["shards"], 0
        sound = index["format"] == _FORMAT and {"facts"} <= set(index)
        sound = sound and all(file == Path(file).name for file in files.values())
        for shard in shards:
            sound = sound and shard["first"] == last <= shard["last"]
            sound = sound and set(shard["sha256"]) == set(files)
            last = shard["last"] + 0
    except (ValueError, TypeError, KeyError, AttributeError):
        sound = False
    if not sound or not shards:
        raise ValueError(
            f"{path} is not the index of a checkpoint of rows, or it is damaged"
        )
    return index


def _mapped(path, count):
    """The `count` rows of a file, which stay on the disk."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(
            f"{path} is damaged: {error}. Restore it from a copy"
        ) from error
    if array.shape[:1] != (count,):
        raise ValueError(
            f"{path} is damaged: it must hold {count} rows, but has the shape"
            f" {array.shape}. Restore it from a copy"
        )
    return array
