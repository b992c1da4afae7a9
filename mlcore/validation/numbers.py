"""Checks of hyper-parameters: numbers, words, and a number a class."""

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from mlcore.arrays import Array, array_namespace, is_array


def check_number(
    name: str,
    value: Any,
    low: float,
    high: float,
    *,
    low_open: bool = False,
    high_open: bool = False,
) -> None:
    """A real hyper-parameter in the interval from `low` to `high`.

    Raises
    ------
    TypeError
        If `value` is no real number; True and False are none.
    ValueError
        If it lies outside, or at an end that is open.
    """
    opening, closing = "(" if low_open else "[", ")" if high_open else "]"
    expected = f"{name} must be a number in {opening}{low}, {high}{closing}"
    if not _is_kind(value, numbers.Real):
        raise TypeError(f"{expected}, got {value!r}")
    if not fits_a_float(value):
        raise ValueError(f"{expected}, got one that is too large for a float")
    inside = low <= value <= high
    if not inside or (low_open and value == low) or (high_open and value == high):
        raise ValueError(f"{expected}, got {value!r}")


def fits_a_float(value: Any) -> bool:
    """Whether a real number of any kind is one that a float can hold.

    Only whole numbers and fractions may be too large; whoever computes with such a one
    meets Python's own error, far from its name.
    """
    try:
        float(value)
    except OverflowError:
        return False
    return True


def _is_kind(value, kind):
    return isinstance(value, kind) and not isinstance(value, bool)


def check_positive(name: str, value: Any) -> None:
    """A finite real hyper-parameter above 0.

    Raises
    ------
    TypeError
        If `value` is no real number.
    ValueError
        If it is not above 0, or infinite.
    """
    check_number(name, value, 0, math.inf, low_open=True, high_open=True)


def check_integer(name: str, value: Any, low: int | None) -> None:
    """An integer hyper-parameter, of at least `low` unless that is None.

    Raises
    ------
    TypeError
        If `value` is no integer; True and False are none.
    ValueError
        If it is below `low`.
    """
    expected = f"{name} must be an integer" + ("" if low is None else f" >= {low}")
    if not _is_kind(value, numbers.Integral):
        raise TypeError(f"{expected}, got {value!r}")
    if low is not None and value < low:
        raise ValueError(f"{expected}, got {value!r}")


def check_choice(name: str, value: Any, choices: Iterable[str]) -> None:
    """A hyper-parameter that is one of a few words.

    Raises
    ------
    ValueError
        If it is another; the message lists them.
    """
    if not isinstance(value, str) or value not in choices:
        words = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be one of {words}, got {value!r}")


def check_flag(name: str, value: Any) -> None:
    """A hyper-parameter that is True or False.

    Raises
    ------
    TypeError
        If it is neither; 1 and 0 are not.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")


def check_fits(name: str, number: float, array: Array) -> None:
    """A hyper-parameter that is finite in the dtype of `array`.

    Raises
    ------
    ValueError
        If it would be infinite there.
    """
    if number > float(array_namespace(array).finfo(array.dtype).max):
        raise ValueError(f"{name} must fit into {array.dtype}, got {number}")


def check_class_weights(name: str, values: Any) -> tuple[float, ...]:
    """Return a hyper-parameter of one finite number >= 0 a class as a tuple of floats.

    Parameters
    ----------
    name : str
        What an error calls it.
    values : sequence, array with one axis, or mapping from all labels 0 to C - 1

    Raises
    ------
    TypeError
        If `values` is none of these, or holds what is no real number.
    ValueError
        If a number is negative or infinite, a label is missing, or there is none.
    """
    if isinstance(values, Mapping):
        values = _by_label(name, values)
    elif is_array(values):
        values = _one_axis(name, values)
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


def check_counts(name: str, values: Any) -> tuple[float, ...]:
    """Return a hyper-parameter of one finite number > 0 a class as a tuple of floats.

    Parameters
    ----------
    name : str
        What an error calls it.
    values : sequence, array with one axis, or mapping from all labels 0 to C - 1

    Raises
    ------
    TypeError
        If `values` is none of these, or holds what is no real number.
    ValueError
        If a number is not above 0 or infinite, a label is missing, or there is none.
    """
    counts = check_class_weights(name, values)
    for k, count in enumerate(counts):
        check_positive(f"{name}[{k}]", count)
    return counts


_TEXT = (str, bytes, bytearray, memoryview)


def _by_label(name, weights):
    """The values of a mapping from the labels 0 to C - 1, in their order."""
    for label in weights:
        if not _is_kind(label, numbers.Integral):
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


def _one_axis(name, array):
    kinds = "integral", "real floating"
    if array.ndim != 1 or not array_namespace(array).isdtype(array.dtype, kinds):
        raise TypeError(
            f"{name} must be real numbers along one axis, got {array.dtype} of"
            f" shape {tuple(array.shape)}"
        )
    return tuple(float(array[k]) for k in range(array.shape[0]))


def python_number(value: Any) -> Any:
    """A real number of any kind as Python's int or float; anything else as it is.

    An np.float64, as a schedule gives it, would lift float32 arrays to float64 by
    NumPy's rules, and other libraries refuse it.
    """
    if _is_kind(value, numbers.Integral):
        return int(value)
    # What no float can hold is left to the check of its range, which knows its name.
    real = _is_kind(value, numbers.Real) and fits_a_float(value)
    return float(value) if real else value


def plain_numbers(instance: Any) -> None:
    """Turn every number among the fields of a frozen dataclass into Python's own."""
    for hyper in fields(instance):
        value = python_number(getattr(instance, hyper.name))
        object.__setattr__(instance, hyper.name, value)
