"""Checks of arrays: their dtype, shape, library, and what they hold."""

import math
from collections.abc import Collection, Sequence
from functools import cache
from types import EllipsisType
from typing import Any

from mlcore.arrays import (
    Array,
    all_true,
    any_true,
    array_namespace,
    as_index,
    check_served,
    index_dtype,
    is_array,
)

#: A shape to check for: lengths, words for any length, and ... for any axes.
Shape = tuple[int | str | EllipsisType, ...]


# Every loss asks this of the same few dtypes in every step.
@cache
def _is_kind(xp, dtype, kind):
    return xp.isdtype(dtype, kind)


@cache
def _float_wanted(xp, dtype):
    """What is wrong with `dtype` where a real floating one is wanted; nothing: ""."""
    if not xp.isdtype(dtype, "real floating"):
        return "must have a real floating dtype"
    # bfloat16 and the floats of 8 bits have fewer digits than float16.
    enough_digits = float(xp.finfo(dtype).eps) <= 2**-10
    return "" if enough_digits else "must be cast to float32 first"


def check_float_array(name: str, array: Any, ndim: int | Collection[int]) -> Any:
    """Return the namespace of a real floating `array` of rank `ndim`, or one of these.

    Raises
    ------
    TypeError
        If it is no array that can be served, or of another dtype.
    ValueError
        If it has another rank.
    """
    if not is_array(array):
        raise TypeError(f"{name} must be an array, got {type(array).__name__}")
    check_served(name, array)
    xp = array_namespace(array)
    wrong = _float_wanted(xp, array.dtype)
    if wrong:
        raise TypeError(f"{name} {wrong}, got {array.dtype}")
    ranks = (ndim,) if isinstance(ndim, int) else ndim
    if array.ndim not in ranks:
        wanted = " or ".join(str(rank) for rank in ranks)
        raise ValueError(
            f"{name} must have {wanted} dimensions, got shape {tuple(array.shape)}"
        )
    return xp


def check_not_empty(name: str, array: Array) -> None:
    """Refuse an array with an axis of length 0.

    Raises
    ------
    ValueError
        If it has one.
    """
    if 0 in array.shape:
        raise ValueError(f"{name} must not be empty, got shape {tuple(array.shape)}")


def check_same_size(
    name: str, array: Array, axis: int, other_name: str, other: Array, other_axis: int
) -> None:
    """Axis `axis` of `array` must be as long as axis `other_axis` of `other`.

    Raises
    ------
    ValueError
        If it is not; the message names both.
    """
    size, wanted = array.shape[axis], other.shape[other_axis]
    if size != wanted:
        raise ValueError(
            f"{name} must agree with {other_name}: axis {axis} of {name} has length"
            f" {size}, axis {other_axis} of {other_name} has length {wanted} (shapes"
            f" {tuple(array.shape)} and {tuple(other.shape)})"
        )


def check_finite(name: str, array: Array, first: int | Array = 0) -> None:
    """Refuse NaN and infinity.

    Entry by entry, because a sum can overflow, and inf - inf in a sum is a warning of
    its own.

    Parameters
    ----------
    name : str
        What an error calls it.
    array : array, shape (N, ...)
    first : int or array, shape (N,)
        The number of its first row, where it is a part of something larger; or those of
        all its rows.

    Raises
    ------
    FloatingPointError
        If there is one; the message names the first bad row.
    """
    xp = array_namespace(array)
    finite = xp.isfinite(array)
    if not all_true(finite):
        good = xp.all(xp.reshape(finite, (array.shape[0], -1)), axis=1)
        row = int(xp.argmin(xp.astype(good, xp.int8)))
        row = first + row if isinstance(first, int) else int(first[row])
        raise FloatingPointError(
            f"{name} must be finite, but row {row} contains NaN or infinity"
        )


def check_labels(
    name: str, y: Any, n: int, classes: int | None, ignore_index: int | None = None
) -> Array:
    """Return labels `y` (N,), each in [0, classes) or equal to `ignore_index`.

    They come back in `index_dtype`. With `classes` None any integers will do: such
    labels only say which samples belong together. They index nothing, and come back as
    int64 on every platform.

    Raises
    ------
    TypeError
        If `y` is no array of integers.
    ValueError
        If it has another shape than (n,), or a label lies outside; the message names
        the first.
    """
    if not is_array(y):
        raise TypeError(
            f"{name} must be an array of integer labels, got {type(y).__name__}"
        )
    check_served(name, y)
    xp = array_namespace(y)
    if not _is_kind(xp, y.dtype, "integral"):
        raise TypeError(f"{name} must have an integer dtype, got {y.dtype}")
    if y.ndim != 1:
        raise ValueError(f"{name} must have 1 dimension, got shape {tuple(y.shape)}")
    if y.shape[0] != n:
        raise ValueError(
            f"{name} must hold one label a sample: {n} expected, got {y.shape[0]}"
        )
    # Cast first: uint8 labels cannot be compared with 300. A uint64 beyond int64 turns
    # negative.
    labels = xp.astype(y, xp.int64, copy=False)
    if classes is None:
        return labels
    bad = (labels < 0) | (labels >= classes)
    if ignore_index is not None:
        # a label beyond them would wrap into the range
        indices = xp.iinfo(index_dtype(xp))
        if indices.min <= ignore_index <= indices.max:
            bad = bad & (labels != ignore_index)
    if any_true(bad):
        i = int(xp.argmax(xp.astype(bad, xp.int8)))
        raise ValueError(
            f"{name} must lie in [0, {classes}), but {name}[{i}] is {int(y[i])}"
        )
    return as_index(labels)


def check_probabilities(name: str, p: Array, shape: tuple[int, int]) -> None:
    """Rows of probabilities `p` (N, C): numbers >= 0 that sum to 1.

    Up to their dtype's rounding: each number is rounded, and so is their sum, by an
    error that grows like sqrt(C).

    Raises
    ------
    TypeError
        If `p` is no real floating array.
    ValueError
        If it has another shape, a number is negative or a sum is not 1.
    FloatingPointError
        If it holds NaN or infinity.
    """
    xp = check_shape(name, p, tuple(shape))
    check_finite(name, p)
    bad = p < 0
    if any_true(bad):
        flat = xp.astype(xp.reshape(bad, (-1,)), xp.int8)
        row, k = divmod(int(xp.argmax(flat)), shape[1])
        raise ValueError(
            f"{name} must be >= 0, but {name}[{row}, {k}] is {float(p[row, k])}"
        )
    # Summed in float64: the error asked for is the one that they came with.
    total = xp.sum(xp.astype(p, xp.float64), axis=1)
    bad = xp.abs(total - 1) > (8 + math.sqrt(shape[1])) * float(xp.finfo(p.dtype).eps)
    if any_true(bad):
        row = int(xp.argmax(xp.astype(bad, xp.int8)))
        total = float(total[row])
        raise ValueError(
            f"{name} must have rows that sum to 1, but row {row} sums to {total}"
        )


def check_same_library(**arrays: Any) -> Any:
    """Return the namespace of arrays that must come from one library.

    Raises
    ------
    TypeError
        If one is no array or comes from another library; the message names it.
    """
    (first_name, first), *others = arrays.items()
    xp = array_namespace(first)
    for name, array in others:
        if not is_array(array):
            raise TypeError(f"{name} must be an array, got {type(array).__name__}")
        check_served(name, array)
        if array_namespace(array) is not xp:
            raise TypeError(
                f"{name} must come from the same array library as {first_name}: "
                f"got {type(array).__module__} and {type(first).__module__}"
            )
    return xp


def check_shape(name: str, array: Any, shape: Shape) -> Any:
    """Return the namespace of a real floating `array` of this `shape`.

    A word in `shape` stands for an axis of any length and ``...`` for any number of
    axes: ``("N", ..., 3)`` is a batch of anything with 3 channels.

    Raises
    ------
    TypeError
        If it is no array, or of another dtype.
    ValueError
        If it has another shape.
    """
    xp = check_float_array(name, array, range(65))
    check_shape_tuple(name, tuple(array.shape), shape)
    return xp


def check_shape_tuple(name: str, actual: Sequence[int], shape: Shape) -> None:
    """As `check_shape`, for the shape `actual` of an array that need not exist.

    Raises
    ------
    ValueError
        If it is another shape.
    """
    wanted = shape
    if ... in shape:
        cut = shape.index(...)
        any_axes = ("any",) * (len(actual) - len(shape) + 1)
        wanted = (*shape[:cut], *any_axes, *shape[cut + 1 :])
    if len(actual) != len(wanted) or any(
        isinstance(length, int) and length != found
        for length, found in zip(wanted, actual, strict=True)
    ):
        raise ValueError(
            f"{name} must have shape {_shape_text(shape)}, got {_shape_text(actual)}"
        )


def _shape_text(shape):
    axes = ["..." if length is ... else str(length) for length in shape]
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
