"""The formats of the published files, from bytes to arrays: IDX, PGM, and CIFAR's two.

All but `read_cifar_pickle` may be given any bytes: what is no such file is a
`ValueError` that says why.
"""

import io
import math
import pickle
import re
from typing import Any

import numpy as np

from mlcore.arrays import index_dtype
from mlcore.datasets.base import Split

Bytes = bytes | bytearray

_IDX_KIND = {1: "labels", 3: "images"}


def read_idx(data: Bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The array of bytes, of this `shape`, that the IDX file `data` holds.

    IDX is the format of MNIST: two zero bytes, the type of the numbers (8: unsigned
    bytes), the number of axes, the length of each axis as a big-endian 32-bit integer,
    and the numbers.

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
    kind, start = _IDX_KIND[len(shape)], 4 + 4 * len(shape)
    magic, wanted = bytes(data[:4]), bytes((0, 0, 8, len(shape)))
    if magic != wanted:
        other = _IDX_KIND.get(magic[3]) if magic[:3] == wanted[:3] and magic[3:] else ""
        raise ValueError(
            f"it holds {other} where {kind} belong: two files are swapped"
            if other
            else f"it is no IDX file of {kind}: it begins with"
            f" {magic.hex(' ') or 'nothing'}, expected {wanted.hex(' ')}"
        )
    if len(data) < start:
        raise ValueError("it is truncated within its header")
    found = tuple(int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4))
    if found != shape:
        raise ValueError(
            f"it holds {kind} of shape {found}, expected {shape}; "
            "training and test files may be swapped"
        )
    if len(data) != start + math.prod(shape):
        raise ValueError(
            f"its header promises {math.prod(shape):,} bytes behind it, and there are "
            f"{len(data) - start:,}"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


# "P5", width, height, the largest value, one white character. A comment runs from # to
# its line's end.
_GAP = rb"(?:\s|#[^\n]*\n)+"
_PGM_HEADER = re.compile(
    rb"P5" + _GAP + rb"(\d{1,6})" + _GAP + rb"(\d{1,6})" + _GAP + rb"(\d{1,6})\s"
)


def read_pgm(data: Bytes) -> np.ndarray:
    """The grey image (H, W), uint8, that the binary PGM file `data` holds.

    PGM is the format of the AT&T faces: a header of text, then one byte a pixel.

    Raises
    ------
    ValueError
        If `data` is anything else, or has more than 8 bits a pixel.

    Examples
    --------
    >>> read_pgm(b"P5 3 2 255 " + bytes(range(6)))
    array([[0, 1, 2],
           [3, 4, 5]], dtype=uint8)
    """
    header = _PGM_HEADER.match(data)
    if header is None:
        raise ValueError(
            f"it is no binary PGM image: it begins with {bytes(data[:12])!r}"
        )
    width, height, largest = map(int, header.groups())
    if not 0 < largest < 256:
        raise ValueError(f"its largest grey value must be from 1 to 255, got {largest}")
    found = len(data) - header.end()
    if width * height != found or found == 0:
        raise ValueError(
            f"its header promises {width} x {height} pixels, and {found:,} bytes follow"
        )
    return np.frombuffer(data, np.uint8, offset=header.end()).reshape(height, width)


_CIFAR_PIXELS = 3 * 32 * 32


def read_cifar_binary(
    data: Bytes, count: int, classes: int, label_bytes: int = 1
) -> Split:
    """Split of `count` images from records of `label_bytes` labels and 3072 pixels.

    The pixels are three planes, red, green and blue. Of CIFAR-100's two labels the
    second is the class, the first the superclass.

    Raises
    ------
    ValueError
        If `data` has another length, or holds a label that is not in [0, `classes`).
    """
    record = label_bytes + _CIFAR_PIXELS
    if len(data) != count * record:
        raise ValueError(
            f"it has {len(data):,} bytes, expected {count:,} records of {record:,}; it"
            f" is truncated or {'not' if len(data) % record else 'another'} part of"
            " CIFAR"
        )
    table = np.frombuffer(data, np.uint8).reshape(count, record)
    return _cifar_split(table[:, label_bytes:], table[:, label_bytes - 1], classes)


def read_cifar_pickle(data: Bytes, classes: int, labels_name: str) -> Split:
    """Split of the images and labels in the dictionary that `data` pickles.

    A pickle is a program: give this only bytes whose sum is a published one. Even so,
    it can name nothing but what an array of NumPy's is made of.

    Parameters
    ----------
    data : bytes-like
        As Python 2 wrote it; its strings are read as Latin-1.
    classes : int
    labels_name : str
        The key of the labels.

    Raises
    ------
    ValueError
        If it names anything else, or holds a label that is not in [0, `classes`).
    """
    batch = _ArrayUnpickler(io.BytesIO(data), encoding="latin1").load()
    return _cifar_split(batch["data"], batch[labels_name], classes)


# By these names Python 2 pickled an array. The function of the first, which an array is
# pickled as a call of, has another name since NumPy 2, but arrays still know it.
_ARRAY_NAMES = {
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in _ARRAY_NAMES:
            raise ValueError(f"it is a pickle that asks for {module}.{name}; refused")
        return _ARRAY_NAMES[module, name]


def _cifar_split(planes, labels, classes):
    images = planes.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Split(np.ascontiguousarray(images), checked_labels(labels, classes))


def checked_labels(labels: Any, classes: int) -> np.ndarray:
    """`labels` in the platform's index integers, each checked to lie in [0, `classes`).

    Raises
    ------
    ValueError
        If one does not; the message names the first.
    """
    labels = np.asarray(labels, dtype=index_dtype(np))
    bad = np.flatnonzero((labels < 0) | (labels >= classes))
    if bad.size:
        raise ValueError(
            f"it holds labels beyond {classes} classes: the first is {labels[bad[0]]}, "
            f"of sample {bad[0]}"
        )
    return labels
