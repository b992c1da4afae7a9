"""Files that hold the whole state of a training, or do not exist.

A checkpoint is an ``.npz`` archive, so `numpy.load` reads it too. Its archive comment,
the last bytes of the file, is the SHA-256 of everything before: a file that was cut
short, changed, or written by something else is known before a byte of it is used.
"""

import errno
import glob
import hashlib
import io
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlcore import locks
from mlcore.arrays import is_array

_MARK = b"mlcore checkpoint 1, sha256 "
_DIGEST = 64  # hexadecimal digits
_WINDOWS = os.name == "nt"


def write_whole(path: str | Path, content: bytes) -> None:
    """Write `content` to `path` in one step: a reader finds the old file or the new.

    The bytes go to a file beside it whose name no other writer has, and reach the disk
    before that file takes the name of `path`. So a process killed at any moment, or a
    power cut, leaves at worst a file ``path + ".….new"``, which nobody reads and
    `sweep` removes.

    Raises
    ------
    OSError
        If it cannot be written: a full disk, say. The message names `path`, whose old
        content is still there.
    """
    path = Path(path)
    new = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(new, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _replace(new, path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    except OSError as error:
        remedy = (
            "Nothing that was there is lost: make room or make it writable, and try"
            " again"
        )
        raise locks.explained(error, path, remedy) from error
    if os.name == "posix":  # the name is on the disk once its folder is
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        except OSError as error:
            # some network drives cannot do it for a folder
            if error.errno != errno.EINVAL:
                raise
        finally:
            os.close(folder)


def _replace(new, path):
    """Rename; Windows refuses while anybody, a virus scanner say, has `path` open."""
    for seconds in (0.1, 0.5, 2.0) if _WINDOWS else ():
        try:
            return os.replace(new, path)
        except PermissionError:
            time.sleep(seconds)
    return os.replace(new, path)


def sweep(path: Path) -> None:
    """Remove what killed processes left of their writes to `path`.

    Only for who holds its lock.

    Raises
    ------
    OSError
        If it cannot be removed.
    """
    for left in path.parent.glob(f"{glob.escape(path.name)}.*.new"):
        left.unlink(missing_ok=True)


def save(
    path: str | Path, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]
) -> None:
    """Write a checkpoint.

    Parameters
    ----------
    path : str or Path
    arrays : dict of str to numpy.ndarray
        Of numbers; they come back with the same dtype, shape and bits.
    facts : dict
        Anything that JSON can hold; floats come back with the same bits.

    Raises
    ------
    TypeError
        If one of them is no plain array: a masked one would lose its mask.
    ValueError
        If an array holds Python objects.
    """
    for name, array in arrays.items():
        if not is_array(array):
            raise TypeError(f"{name} must be a plain array, got {type(array).__name__}")
        if array.dtype.hasobject:
            raise ValueError(
                f"{name} must be an array of numbers, got dtype {array.dtype}"
            )
    text = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
    archive = io.BytesIO()
    members: dict[str, Any] = {f"arrays/{name}": arrays[name] for name in arrays}
    np.savez(archive, facts=text, **members)
    write_whole(path, _sealed(archive.getvalue()))


def load(path: str | Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Read a checkpoint.

    Returns
    -------
    arrays, facts : dict, dict
        As `save` took them.

    Raises
    ------
    FileNotFoundError
    ValueError
        If the file is no checkpoint, or not a whole one; the message names it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(f"{folder}/a.npz", {"w": np.ones(2)}, {"step": 7})
    ...     load(f"{folder}/a.npz")
    ({'w': array([1., 1.])}, {'step': 7})
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(
            f"{path} is a folder, not a checkpoint: give the path of a file"
        )
    content = path.read_bytes()
    _check_seal(path, content)
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        members = {name: archive[name] for name in archive.files}
    facts = json.loads(members.pop("facts").tobytes())
    return {
        name.removeprefix("arrays/"): array for name, array in members.items()
    }, facts


def _sealed(archive):
    """The bytes of a zip archive, with mark and digest as its comment."""
    comment_length = (len(_MARK) + _DIGEST).to_bytes(2, "little")
    # without a comment its length, 0, comes last
    body = archive[:-2] + comment_length + _MARK
    return body + hashlib.sha256(body).hexdigest().encode()


def _check_seal(path, content):
    body, digest = content[:-_DIGEST], content[-_DIGEST:]
    if not body.endswith(_MARK):
        raise ValueError(
            f"{path} is not a checkpoint, or only the beginning of one"
            f" ({len(content):,} bytes): give another path, or delete it to start again"
        )
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError(
            f"{path} is damaged: its SHA-256 is not the one it ends with. "
            "Restore it from a copy, or delete it to start again"
        )
