"""The files of what slow cells made: how they are named, and what is in them."""

import hashlib
import pickle
import re
import zlib
from collections.abc import Sequence

#: From how many bytes on a value is heavy, compressed.
HEAVY = 500_000


def key(sources: Sequence[str]) -> str:
    """The name of the last of these cells, which are all of a page up to it.

    Examples
    --------
    >>> key(["x = 1", "x + 1"]) == key(["x = 1", "x + 1"]) != key(["x + 1"])
    True
    """
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:16]


def packed(names: dict[str, bytes], again: list[str]) -> bytes:
    """What a cell made: pickled values by name, and names of what has to be had again.

    Each value is pickled by itself, so that one can be left out, see `lighter`.
    """
    return zlib.compress(pickle.dumps({"names": names, "again": again}), 9)


def unpacked(kept: bytes) -> tuple[dict[str, bytes], list[str]]:
    """The two arguments of `packed`."""
    found = pickle.loads(zlib.decompress(kept))
    return found["names"], found["again"]


def lighter(kept: bytes, later: str) -> bytes:
    """What a cell made, without heavy values that no later cell mentions."""
    names, again = unpacked(kept)
    mentioned = set(re.findall(r"\w+", later))
    needed = {
        name: value
        for name, value in names.items()
        if name in mentioned or len(zlib.compress(value)) < HEAVY
    }
    return packed(needed, again)
