"""Each channel with a number of its own, in long runs."""

import math
from typing import Any

from mlcore.arrays import Array, array_namespace


def in_runs(a: Array) -> Any:
    """`a` (N, ..., W, C) as rows (R, W C), and (N, C) as it is.

    A vector of one number a channel is added to the rows of such a matrix after
    `repeated`. Broadcast over the channels alone, which may be as few as sixteen, NumPy
    would begin anew after as many numbers, and take up to three times as long.
    """
    return array_namespace(a).reshape(a, (-1, _run(a)))


def repeated(v: Array, a: Array) -> Any:
    """The vector `v` (C,) as often as a row of ``in_runs(a)`` has it."""
    return array_namespace(v).tile(v, (_run(a) // v.shape[0],))


def by_channel(rows: Array, channels: int) -> Any:
    """Some rows of `in_runs` as (..., C)."""
    return array_namespace(rows).reshape(rows, (-1, channels))


def _run(a):
    return math.prod(a.shape[-2:]) if a.ndim > 2 else a.shape[-1]
