"""IDX, the format of MNIST: a short header, then bytes.

The header is two zero bytes, the type of the numbers (8: unsigned bytes), the number of
axes, and the length of each axis as a big-endian 32-bit integer.
"""

import math

import numpy as np

_KIND = {1: "labels", 3: "images"}


def parse(data, shape):
    """The array of bytes, of this `shape`, that the IDX file `data` holds.

    Parameters
    ----------
    data : bytes-like
    shape : tuple of int
        ``(N,)`` for labels, ``(N, H, W)`` for images.

    Returns
    -------
    numpy.ndarray, uint8
        It shares its memory with `data`.

    Raises
    ------
    ValueError
        If `data` is anything else.
    """
    ndim, start = len(shape), 4 + 4 * len(shape)
    magic, wanted = bytes(data[:4]), bytes((0, 0, 8, ndim))
    if magic != wanted:
        other = (
            _KIND.get(magic[3]) if len(magic) == 4 and magic[:3] == wanted[:3] else None
        )
        raise ValueError(
            f"it holds {other} where {_KIND[ndim]} belong: two files are swapped"
            if other
            else (
                f"it is no IDX file of {_KIND[ndim]}: it begins with"
                f" {magic.hex(' ') or 'nothing'}, expected {wanted.hex(' ')}"
            )
        )
    if len(data) < start:
        raise ValueError("it is truncated within its header")
    found = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4))
    if found != shape:
        raise ValueError(
            f"it holds {_KIND[ndim]} of shape {found}, expected {shape}; "
            "training and test files may be swapped"
        )
    if len(data) != start + math.prod(shape):
        raise ValueError(
            f"its header promises {math.prod(shape):,} bytes behind it, and there are "
            f"{len(data) - start:,}"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
