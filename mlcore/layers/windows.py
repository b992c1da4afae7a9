"""Windows that slide over images: where they lie, and how many images to take at a
time."""

import numbers

from mlcore.arrays import array_namespace, device
from mlcore.validation import check_integer


def pair(name, value, low):
    """`value`, an integer or a pair of them, as a pair (vertical, horizontal)."""
    pair = (value, value) if isinstance(value, numbers.Integral) else value
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise TypeError(
            f"{name} must be an integer or a pair of integers, got {value!r}"
        )
    for number in pair:
        check_integer(name, number, low)
    return tuple(int(number) for number in pair)


def output_size(image, kernel, stride, padding=(0, 0)):
    """How many windows fit vertically and horizontally; pixels left over are not
    read."""
    padded = tuple(size + 2 * p for size, p in zip(image, padding, strict=True))
    if padded[0] < kernel[0] or padded[1] < kernel[1]:
        raise ValueError(
            f"x must have images of at least the kernel's size: kernel {kernel}, "
            f"images {tuple(image)}, with padding {padded}"
        )
    return tuple(
        (p - k) // s + 1 for p, k, s in zip(padded, kernel, stride, strict=True)
    )


def positions(size, kernel, stride):
    """For each place in the kernel, in reading order: the pixels that it meets in all
    windows.

    Yields pairs of slices (rows, columns). These kernel-height x kernel-width strided
    slices are what the array API has in place of a sliding-window view.
    """
    for u in range(kernel[0]):
        for v in range(kernel[1]):
            yield (
                slice(u, u + stride[0] * (size[0] - 1) + 1, stride[0]),
                slice(v, v + stride[1] * (size[1] - 1) + 1, stride[1]),
            )


def blocks(x, numbers_each):
    """Slices of the batch `x`, for each of whose images `numbers_each` numbers will be
    built.

    On the host a block's numbers fit into a processor's cache: written to memory and
    read again they would take as long as the arithmetic. A GPU wants few large pieces
    instead.
    """
    budget = 2**21 if device(x) == "cpu" else 2**28  # bytes
    bytes_each = numbers_each * array_namespace(x).finfo(x.dtype).bits // 8
    step = max(1, budget // bytes_each)
    return [slice(i, min(i + step, x.shape[0])) for i in range(0, x.shape[0], step)]
