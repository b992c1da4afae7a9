"""Where and with what a training was done: a stretch lies between two interruptions."""

import hashlib
import platform
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np

import mlcore
from mlcore.arrays import device


def this_stretch(array, known=None):
    """What a result may depend on beside its settings, as it is in this process.

    Parameters
    ----------
    array : array
        One of those that are computed with, for the device.
    known : dict, optional
        What the caller knows of it, a commit, say, or knows better. JSON must be able
        to hold it.

    Returns
    -------
    dict
        ``date``, ``machine``, ``device``, ``versions``, and ``code``, a sum of mlcore's
        sources, which tells changed code from unchanged where there is no commit.

    Raises
    ------
    TypeError
        If `known` is no dictionary.
    """
    if not isinstance(known, dict | None):
        raise TypeError(
            f"provenance must be a dict or None, got {type(known).__name__}"
        )
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}",
        "device": str(device(array)),
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
        "code": _sum_of_sources(),
        **(known or {}),
    }


@cache
def _sum_of_sources():
    root = Path(mlcore.__file__).parent
    sha = hashlib.sha256()
    for file in sorted(
        root.rglob("*.py"), key=lambda file: file.relative_to(root).as_posix()
    ):
        sha.update(
            file.relative_to(root).as_posix().encode()
            + b"\0"
            + file.read_bytes()
            + b"\0"
        )
    return f"sha256 {sha.hexdigest()[:16]}"
