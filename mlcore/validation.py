"""Checks at the boundary: every bad input ends here, in an error that names it.

The numerical code behind these checks may then assume that shapes agree, labels exist
and numbers are finite.
"""

import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache

from mlcore.arrays import array_namespace, as_index, check_served, index_dtype, is_array


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
    return (
        "" if float(xp.finfo(dtype).eps) <= 2**-10 else "must be cast to float32 first"
    )


def check_float_array(name, array, ndim):
    """Return the namespace of `array` after checking that it is a real floating one of
    rank `ndim`.

    `ndim` may be a tuple of ranks.
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


def check_not_empty(name, array):
    """Refuse an array with an axis of length 0."""
    if 0 in array.shape:
        raise ValueError(f"{name} must not be empty, got shape {tuple(array.shape)}")


def check_same_size(name, array, axis, other_name, other, other_axis):
    """Axis `axis` of `array` must be as long as axis `other_axis` of `other`."""
    size, wanted = array.shape[axis], other.shape[other_axis]
    if size != wanted:
        raise ValueError(
            f"{name} must agree with {other_name}: axis {axis} of {name} has length"
            f" {size}, axis {other_axis} of {other_name} has length {wanted} (shapes"
            f" {tuple(array.shape)} and {tuple(other.shape)})"
        )


def check_finite(name, array):
    """Refuse NaN and infinity, naming the first bad row.

    Entry by entry, because a sum can overflow, and inf - inf in a sum is a warning of
    its own.
    """
    xp = array_namespace(array)
    finite = xp.isfinite(array)
    if not bool(xp.all(finite)):
        good = xp.all(xp.reshape(finite, (array.shape[0], -1)), axis=1)
        row = int(xp.argmin(xp.astype(good, xp.int8)))
        raise FloatingPointError(
            f"{name} must be finite, but row {row} contains NaN or infinity"
        )


def check_labels(name, y, n, classes, ignore_index=None):
    """Return labels `y` (N,), each in [0, classes) or equal to `ignore_index`, in
    `index_dtype`.

    With `classes` None any integers will do: such labels only say which samples belong
    together. They are places in nothing, and come back as int64 on every platform.
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
        places = xp.iinfo(index_dtype(xp))
        if places.min <= ignore_index <= places.max:
            bad = bad & (labels != ignore_index)
    if bool(xp.any(bad)):
        i = int(xp.argmax(xp.astype(bad, xp.int8)))
        raise ValueError(
            f"{name} must lie in [0, {classes}), but {name}[{i}] is {int(y[i])}"
        )
    return as_index(labels)


def check_probabilities(name, p, shape):
    """Rows of probabilities `p` (N, C): numbers >= 0 with the sum 1, up to their
    dtype's rounding.

    Each number is rounded, and so is their sum, by an error that grows like sqrt(C).
    """
    xp = check_shape(name, p, tuple(shape))
    check_finite(name, p)
    bad = p < 0
    if bool(xp.any(bad)):
        row, k = divmod(
            int(xp.argmax(xp.astype(xp.reshape(bad, (-1,)), xp.int8))), shape[1]
        )
        raise ValueError(
            f"{name} must be >= 0, but {name}[{row}, {k}] is {float(p[row, k])}"
        )
    # Summed in float64: the error asked for is the one that they came with.
    total = xp.sum(xp.astype(p, xp.float64), axis=1)
    bad = xp.abs(total - 1) > (8 + math.sqrt(shape[1])) * float(xp.finfo(p.dtype).eps)
    if bool(xp.any(bad)):
        row = int(xp.argmax(xp.astype(bad, xp.int8)))
        total = float(total[row])
        raise ValueError(
            f"{name} must have rows that sum to 1, but row {row} sums to {total}"
        )


def check_same_library(**arrays):
    """All arrays must come from one library; the error names those that do not."""
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


def check_features_and_rows(x, rows, y, name="w", ignore_index=None):
    """Features `x` (N, D), a row a class (C, D) and labels `y` (N,). Returns `y`,
    checked.

    `name` is what the caller calls its rows. Whether the numbers are finite is left to
    the caller, who may have looked at them already.
    """
    check_float_array("x", x, 2)
    check_float_array(name, rows, 2)
    check_same_library(**{"x": x, name: rows, "y": y})
    check_not_empty("x", x)
    check_not_empty(name, rows)
    check_same_size(name, rows, 1, "x", x, 1)
    return check_labels("y", y, x.shape[0], rows.shape[0], ignore_index)


def check_number(name, value, low, high, *, low_open=False, high_open=False):
    """A real hyper-parameter in the interval from `low` to `high`."""
    opening, closing = "(" if low_open else "[", ")" if high_open else "]"
    expected = f"{name} must be a number in {opening}{low}, {high}{closing}"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{expected}, got {value!r}")
    inside = low <= value <= high
    if not inside or (low_open and value == low) or (high_open and value == high):
        raise ValueError(f"{expected}, got {value!r}")


def check_class_weights(name, values):
    """Return a hyper-parameter of one finite number >= 0 a class as a tuple of floats.

    `values` is a sequence, an array with one axis, or a mapping from all labels 0 to C
    - 1.
    """
    if isinstance(values, Mapping):
        values = _by_label(name, values)
    elif is_array(values):
        xp = array_namespace(values)
        if values.ndim != 1 or not _is_kind(
            xp, values.dtype, ("integral", "real floating")
        ):
            shape = tuple(values.shape)
            raise TypeError(
                f"{name} must be real numbers along one axis, got {values.dtype} of"
                f" shape {shape}"
            )
        values = tuple(float(values[k]) for k in range(values.shape[0]))
    elif isinstance(values, _TEXT) or not isinstance(values, Sequence):
        # A set has no order, an iterator is used up once, and bytes are numbers by
        # accident.
        raise TypeError(
            f"{name} must be a sequence of numbers, an array, or a mapping from labels"
            f" to numbers, got {values!r}"
        )
    if not len(values):
        raise ValueError(f"{name} must hold at least one number, got {values!r}")
    for k, value in enumerate(values):
        check_number(f"{name}[{k}]", value, 0, math.inf, high_open=True)
    return tuple(float(value) for value in values)


_TEXT = (str, bytes, bytearray, memoryview)


def _by_label(name, weights):
    """The values of a mapping from the labels 0 to C - 1, in the order of the
    labels."""
    for label in weights:
        if isinstance(label, bool) or not isinstance(label, numbers.Integral):
            raise TypeError(
                f"{name} as a mapping must be from integer labels, got the key"
                f" {label!r}"
            )
    missing = [label for label in range(len(weights)) if label not in weights]
    if missing:
        raise ValueError(
            f"{name} must hold a weight for every label from 0 on: {len(weights)} keys"
            f" are given, and label {missing[0]} is not among them"
        )
    return tuple(weights[label] for label in range(len(weights)))


def check_fits(name, number, array):
    """Refuse a hyper-parameter that would be infinite in the dtype of `array`."""
    if number > float(array_namespace(array).finfo(array.dtype).max):
        raise ValueError(f"{name} must fit into {array.dtype}, got {number}")


def check_positive(name, value):
    """A finite real hyper-parameter above 0."""
    check_number(name, value, 0, math.inf, low_open=True, high_open=True)


def check_integer(name, value, low):
    """An integer hyper-parameter, of at least `low` unless that is None."""
    expected = f"{name} must be an integer" + ("" if low is None else f" >= {low}")
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{expected}, got {value!r}")
    if low is not None and value < low:
        raise ValueError(f"{expected}, got {value!r}")


def python_number(value):
    """A real number of any kind as Python's int or float; anything else as it is.

    An np.float64, as a schedule gives it, would lift float32 arrays to float64 by
    NumPy's rules, and other libraries refuse it.
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return value
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def plain_numbers(instance):
    """Turn every number among the fields of a frozen dataclass into Python's own."""
    for hyper in fields(instance):
        object.__setattr__(
            instance, hyper.name, python_number(getattr(instance, hyper.name))
        )


def check_choice(name, value, choices):
    """A hyper-parameter that is one of a few words."""
    if not isinstance(value, str) or value not in choices:
        words = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be one of {words}, got {value!r}")


def check_shape(name, array, shape):
    """Return the namespace of a real floating `array` after checking that it has this
    `shape`.

    A word in `shape` stands for an axis of any length and ``...`` for any number of
    axes: ``("N", ..., 3)`` is a batch of anything with 3 channels.
    """
    xp = check_float_array(name, array, range(65))
    check_shape_tuple(name, tuple(array.shape), shape)
    return xp


def check_shape_tuple(name, actual, shape):
    """As `check_shape`, for the shape `actual` of an array that need not exist."""
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
