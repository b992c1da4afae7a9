"""Windows that slide over images: where they lie, and how many images at a time."""

import numbers
from typing import Any

import numpy as np

from mlcore.arrays import Array, array_namespace, device
from mlcore.validation import check_integer

Pair = tuple[int, int]  # (vertical, horizontal)
Pixels = tuple[slice, slice]  # (rows, columns)


def pair(name: str, value: Any, low: int) -> Pair:
    """`value`, an integer or a pair of them, as a pair (vertical, horizontal).

    Raises
    ------
    TypeError, ValueError
        If it is neither, or one is below `low`.
    """
    if isinstance(value, numbers.Integral):
        value = (value, value)
    if not isinstance(value, tuple) or len(value) != 2:
        raise TypeError(
            f"{name} must be an integer or a pair of integers, got {value!r}"
        )
    for number in value:
        check_integer(name, number, low)
    vertical, horizontal = value
    return int(vertical), int(horizontal)


def output_size(
    image: tuple[int, ...], kernel: Pair, stride: Pair, padding: Pair = (0, 0)
) -> Pair:
    """How many windows fit vertically and horizontally; what is left over is not read.

    Raises
    ------
    ValueError
        If not a single one fits.
    """
    padded = tuple(size + 2 * p for size, p in zip(image, padding, strict=True))
    if padded[0] < kernel[0] or padded[1] < kernel[1]:
        raise ValueError(
            f"x must have images of at least the kernel's size: kernel {kernel}, "
            f"images {tuple(image)}, with padding {padded}"
        )
    rows, columns = (
        (p - k) // s + 1 for p, k, s in zip(padded, kernel, stride, strict=True)
    )
    return rows, columns


# [places]
def places(size: Pair, kernel: Pair, stride: Pair) -> dict[Pair, Pixels]:
    """For each place (u, v) in the kernel, the pixels that it meets in all windows.

    In reading order. These strided slices, as many as the kernel has places, are what
    the array API has in place of a sliding-window view.
    """

    def every(start, axis):
        stop = start + stride[axis] * (size[axis] - 1) + 1
        return slice(start, stop, stride[axis])

    return {
        (u, v): (every(u, 0), every(v, 1))
        for u in range(kernel[0])
        for v in range(kernel[1])
    }


# [/places]


def windows(x: np.ndarray, size: Pair, kernel: Pair, stride: Pair) -> np.ndarray:
    """A view (N, OH, OW, KH, KW, C) of NumPy's `x`: each window, where it lies.

    Copied as a whole it moves the channels of a row of pixels at once.
    """
    n, row, column, channel = x.strides
    return np.lib.stride_tricks.as_strided(
        x,
        (x.shape[0], *size, *kernel, x.shape[3]),
        (n, row * stride[0], column * stride[1], row, column, channel),
        writeable=False,
    )


def with_border(x: Array, padding: Pair) -> Array:
    """Images `x` with a border of zeros; `x` itself where that has no width."""
    if padding == (0, 0):
        return x
    (top, left), (n, height, width, channels) = padding, x.shape
    shape = (n, height + 2 * top, width + 2 * left, channels)
    padded = array_namespace(x).zeros(shape, dtype=x.dtype, device=device(x))
    padded[:, top : top + height, left : left + width, :] = x
    return padded


def without_border(padded: Array, padding: Pair, image: tuple[int, ...]) -> Array:
    """The images of size `image` in `padded`, which may have more behind its border."""
    (top, left), (height, width) = padding, image
    return padded[:, top : top + height, left : left + width, :]


def blocks(x: Array, numbers_each: int) -> list[slice]:
    """Slices of the batch `x`, where each image will take `numbers_each` numbers more.

    On the host a block's numbers fit into a processor's cache: written to memory and
    read again they would take as long as the arithmetic. A GPU wants few large pieces
    instead.
    """
    budget = 2**21 if device(x) == "cpu" else 2**28  # bytes
    bytes_each = numbers_each * array_namespace(x).finfo(x.dtype).bits // 8
    step = max(1, budget // bytes_each)
    return [slice(i, min(i + step, x.shape[0])) for i in range(0, x.shape[0], step)]
