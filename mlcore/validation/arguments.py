"""Checks of what a loss is called with: features, class weights, logits and labels."""

from typing import Any

from mlcore.arrays import Array, all_true, any_true, array_namespace, is_array
from mlcore.validation.arrays import (
    check_finite,
    check_float_array,
    check_labels,
    check_not_empty,
    check_same_library,
    check_same_size,
)


def check_features_and_rows(
    x: Array, rows: Array, y: Array, name: str = "w", ignore_index: int | None = None
) -> Array:
    """Return the labels `y`, with features `x` (N, D) and a row a class (C, D) checked.

    Whether the numbers are finite is left to the caller, who may have looked at them
    already.

    Parameters
    ----------
    x : array, shape (N, D)
    rows : array, shape (C, D)
        Class weights, or centers.
    y : array, shape (N,)
    name : str
        What the caller calls its rows.
    ignore_index : int, optional
        As in `check_labels`.

    Raises
    ------
    TypeError
        For no array, another library or a wrong dtype; the message names the argument.
    ValueError
        For a wrong rank, a shape that does not agree, an empty array or a label that
        names no class.
    """
    _check_features_and_rows(x, rows, name, y=y)
    return check_labels("y", y, x.shape[0], rows.shape[0], ignore_index)


def check_features_and_weights(x: Array, w: Array) -> None:
    """Check features `x` (N, D) and class weights `w` (C, D).

    Whether the numbers are finite is left to the caller.

    Raises
    ------
    TypeError
        For no array, another library or a wrong dtype; the message names the argument.
    ValueError
        For a wrong rank, a shape that does not agree or an empty array.
    """
    _check_features_and_rows(x, w, "w")


def _check_features_and_rows(x, rows, name, **others):
    check_float_array("x", x, 2)
    check_float_array(name, rows, 2)
    check_same_library(**{"x": x, name: rows}, **others)
    check_not_empty("x", x)
    check_not_empty(name, rows)
    check_same_size(name, rows, 1, "x", x, 1)


def check_features_and_labels(x: Array, y: Array) -> Array:
    """Return the labels `y` (N,) of a loss of pairs, with its features `x` checked.

    Any integers will do as labels: they say which samples belong together.

    Raises
    ------
    TypeError
        For no array, another library or a wrong dtype; the message names the argument.
    ValueError
        For a wrong rank or length, or an empty array.
    FloatingPointError
        If `x` holds NaN or infinity; the message names the row.
    """
    check_float_array("x", x, 2)
    check_same_library(x=x, y=y)
    check_not_empty("x", x)
    check_finite("x", x)
    return check_labels("y", y, x.shape[0], None)


def check_rows_alike(**arrays: Array) -> None:
    """Check that arrays of points, (N, D) each, are alike in all but their numbers.

    Raises
    ------
    TypeError
        For no array, another library or a wrong dtype; the message names the argument.
    ValueError
        For a wrong rank, a shape that does not agree or an empty array.
    FloatingPointError
        If one holds NaN or infinity; the message names the row.
    """
    for name, array in arrays.items():
        check_float_array(name, array, 2)
    check_same_library(**arrays)
    (first, reference), *_ = arrays.items()
    for name, array in arrays.items():
        check_not_empty(name, array)
        check_same_size(name, array, 0, first, reference, 0)
        check_same_size(name, array, 1, first, reference, 1)
        check_finite(name, array)


def check_scalar(name: str, value: Any, x: Array) -> None:
    """Check a parameter that is one number: a 0-d array of the library of `x`.

    Raises
    ------
    TypeError
        For no array, another library or a wrong dtype.
    ValueError
        If it has axes.
    FloatingPointError
        If it is NaN or infinite.
    """
    check_float_array(name, value, 0)
    xp = check_same_library(**{"x": x, name: value})
    if not all_true(xp.isfinite(value)):
        raise FloatingPointError(f"{name} must be finite, got {float(value)}")


def check_same(same: Array, x1: Array) -> Array:
    """Return which of N pairs belong together, `same` (N,) of 1 and 0, as bools.

    Raises
    ------
    TypeError
        If it is no array of integers or bools, or of another library than `x1`.
    ValueError
        For a wrong rank or length, or another number than 0 and 1.
    """
    if not is_array(same):
        raise TypeError(f"same must be an array, got {type(same).__name__}")
    xp = check_same_library(x1=x1, same=same)
    if xp.isdtype(same.dtype, "bool"):
        same = xp.astype(same, xp.int8)
    ones: Any = check_labels("same", same, x1.shape[0], 2)
    return ones == 1


def check_logits_and_labels(
    logits: Array, y: Array, ignore_index: int | None = None
) -> Array:
    """Return the labels `y` (N,) of `logits` (N, C), both checked.

    Raises
    ------
    TypeError
        For no array, another library or a wrong dtype; the message names the argument.
    ValueError
        For a wrong rank or length, an empty array or a label that names no class.
    FloatingPointError
        If a logit is NaN or infinite; the message names the row.
    """
    check_logits(logits, y)
    n, classes = logits.shape
    return check_labels("y", y, n, classes, ignore_index)


def check_logits(logits: Array, y: Array) -> None:
    """Check `logits` (N, C), and that `y` is an array of their library.

    Raises
    ------
    TypeError
        For no array, another library or a wrong dtype; the message names the argument.
    ValueError
        For a wrong rank or an empty array.
    FloatingPointError
        If a logit is NaN or infinite; the message names the row.
    """
    check_float_array("logits", logits, 2)
    check_same_library(logits=logits, y=y)
    check_not_empty("logits", logits)
    check_finite("logits", logits)


def check_finite_logits(z: Array, x: Array, w: Array) -> None:
    """Refuse logits `z` = x wᵀ (N, C) that are not finite, and say why they are not.

    What is not finite in a row of `x` or `w` is in all logits of that row: 0 * inf is
    no number.

    Raises
    ------
    FloatingPointError
        If one is NaN or infinite; the message names `x`, `w` or the product, and a row.
    """
    xp = array_namespace(z)
    if not all_true(xp.isfinite(z)):
        check_finite("x", x)
        check_finite("w", w)
        check_finite("x @ w.T", z)


def check_bias(b: Array, x: Array, w: Array) -> None:
    """Check a bias `b` (C,) beside features `x` (N, D) and weights `w` (C, D).

    Raises
    ------
    TypeError
        For no array, another library or a wrong dtype.
    ValueError
        For a wrong rank or length.
    FloatingPointError
        If `b` holds NaN or infinity; the message names the class.
    """
    check_float_array("b", b, 1)
    check_same_library(x=x, b=b)
    check_same_size("b", b, 0, "w", w, 0)
    check_finite("b", b)


def check_targets(logits: Array, targets: Array) -> Array:
    """Return the targets (N, K) of yes/no decisions, with their `logits` checked.

    Raises
    ------
    TypeError
        For no array, another library or a wrong dtype; the message names the argument.
    ValueError
        For a wrong shape, an empty array or a target outside [0, 1].
    FloatingPointError
        If a logit is NaN or infinite; the message names the row.
    """
    check_float_array("logits", logits, 2)
    if not is_array(targets):
        raise TypeError(f"targets must be an array, got {type(targets).__name__}")
    xp = check_same_library(logits=logits, targets=targets)
    if not xp.isdtype(targets.dtype, ("bool", "integral", "real floating")):
        raise TypeError(
            f"targets must have a bool, integer or real dtype, got {targets.dtype}"
        )
    check_not_empty("logits", logits)
    if tuple(targets.shape) != tuple(logits.shape):
        raise ValueError(
            f"targets must have the shape of logits, {tuple(logits.shape)}, "
            f"got {tuple(targets.shape)}"
        )
    check_finite("logits", logits)
    if xp.isdtype(targets.dtype, "bool"):
        return targets
    # not every library compares the wide unsigned ones
    if xp.isdtype(targets.dtype, "integral"):
        targets = xp.astype(targets, xp.int64, copy=False)
    bad = xp.reshape(~((targets >= 0) & (targets <= 1)), (-1,))
    if any_true(bad):
        i, k = divmod(int(xp.argmax(xp.astype(bad, xp.int8))), targets.shape[1])
        raise ValueError(
            f"targets must lie in [0, 1], but targets[{i}, {k}] is"
            f" {float(targets[i, k])}"
        )
    return targets
