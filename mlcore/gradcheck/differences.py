"""Derivatives by differences of the function itself, and how far two of them agree.

On NumPy arrays in float64, since that is what a check needs.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mlcore.gradcheck.lines import scale

#: Step of a central difference, as a part of the length over which f changes.
STEP = np.finfo(np.float64).eps ** (1 / 3)


def default_step(x: np.ndarray) -> np.ndarray:
    """Step of a central difference for each entry of `x`: eps^(1/3) times its scale.

    Rounding disturbs f by about eps·|f|, hence the difference by eps·|f|/h. The Taylor
    series disturbs it by h²·|f'''|/6. The sum of both is smallest where h is about
    eps^(1/3) = 6.1e-6 times the length over which f changes. For that length we take
    the entry itself, but at least the root mean square of all entries: a 0 among ones
    is a small one, not a different quantity.
    """
    return STEP * scale(np.asarray(x, dtype=np.float64))


# [central-difference]
def central_difference(
    f: Callable[[np.ndarray], Any],
    x: np.ndarray,
    h: float | np.ndarray | None = None,
    upstream: float | np.ndarray = 1.0,
    entries: Iterable[tuple[int, ...]] | None = None,
) -> np.ndarray:
    """Gradient of ``sum(upstream * f(x))`` with respect to `x`, by central differences.

    Parameters
    ----------
    f : callable
        Takes an array like `x`, returns a number or an array.
    x : numpy.ndarray
        Of any real dtype. Integers and float32 are cast to float64, and so is what `f`
        gets: they could not hold x + h.
    h : float or array like x, optional
        Step; `default_step` of `x` if not given.
    upstream : float or array like ``f(x)``
        For an `f` that returns an array: the weights of the sum. They enter behind the
        subtraction, so outputs that do not depend on an entry add no rounding error to
        it.
    entries : iterable of index tuples, optional
        Where to differentiate (everywhere if not given); the result is NaN elsewhere.

    Returns
    -------
    numpy.ndarray of float64, like x

    Raises
    ------
    TypeError
        If `x` is no NumPy array of real numbers, or `f` returns fewer digits than
        float64 has.
    ValueError
        If a step is 0, or too short to change its entry.

    Examples
    --------
    >>> central_difference(lambda x: x[0] ** 2 * x[1], np.array([3, 5])).round(6)
    array([30.,  9.])
    """
    x = _in_float64(x)
    h = np.broadcast_to(default_step(x) if h is None else h, x.shape)
    gradient = np.full(x.shape, np.nan)
    for i in np.ndindex(x.shape) if entries is None else entries:
        up, down = x.copy(), x.copy()
        up[i] += h[i]
        down[i] -= h[i]
        if not up[i] > down[i]:
            raise ValueError(
                f"h must move x, but x{list(i)} is {x[i]} with the step {h[i]}"
            )
        # Divide by the step that was really made: x + h is rounded.
        rise = np.sum(upstream * (_value(f, up) - _value(f, down)))
        gradient[i] = rise / (up[i] - down[i])
    return gradient


# [/central-difference]


def _in_float64(x):
    """`x`, a NumPy array of real numbers, as one of float64."""
    if not isinstance(x, np.ndarray | np.generic) or np.ma.isMaskedArray(x):
        raise TypeError(f"x must be a NumPy array, got {type(x).__name__}")
    if x.dtype.kind not in "fiu":
        raise TypeError(f"x must hold real numbers, got {x.dtype}")
    return np.array(x, dtype=np.float64)


def _value(f, x):
    """``f(x)``; refused if its digits are too few for a difference."""
    value = f(x)
    if getattr(value, "dtype", None) in (np.float16, np.float32):
        raise TypeError(
            f"f must compute in float64 where x is float64, but returned {value.dtype}"
        )
    return value


# [complex-step]
def complex_step(
    f: Callable[[np.ndarray], Any], x: np.ndarray, h: float = 1e-30
) -> np.ndarray:
    """Gradient of the number ``f(x)``, by steps in the imaginary direction.

    f(x + ih) = f(x) + ih·f'(x) − h²·f''(x)/2 − …, so f'(x) = Im f(x + ih) / h with an
    error of order h². Nothing is subtracted, so h may be as small as we like, and the
    result is exact to the last digits. But `f` must be analytic and written so: no abs,
    no comparison of values, no maximum, no conjugate (np.linalg.norm conjugates).
    Squire and Trapp, SIAM Review 40 (1998).

    Raises
    ------
    TypeError
        If `f` returns a real number: then it has thrown the imaginary part away.

    Examples
    --------
    >>> complex_step(lambda x: np.exp(x[0]) * x[1], np.array([0.0, 5.0]))
    array([5., 1.])
    """
    gradient = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        stepped = x.astype(np.complex128)
        stepped[i] += 1j * h
        value = f(stepped)
        if not np.iscomplexobj(value):
            raise TypeError(
                f"f must return a complex number for complex x, got {value!r}"
            )
        gradient[i] = np.imag(value) / h
    return gradient


# [/complex-step]


# [relative-error]
def relative_error(
    analytic: np.ndarray, numeric: np.ndarray, largest: float = 0.0
) -> np.ndarray:
    """|a − n| / max(|a|, |n|, floor), entry by entry, for one argument's gradient.

    Between two zeros the error is 0. The floor, a thousandth of this gradient's largest
    entry, keeps rounding noise in an entry that ought to be 0 from counting as an error
    of 100 %. NaN and infinity, on either side, are an infinite error. Entries whose
    numeric value is NaN because it was not asked for must not be passed: if only some
    are, `largest` is the size of the largest of all.
    """
    size = sizes(analytic, numeric, largest)
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(analytic - numeric) / np.where(size > 0, size, 1.0)
    return np.where(np.isfinite(error), error, np.inf)


def sizes(analytic: np.ndarray, numeric: np.ndarray, largest: float) -> np.ndarray:
    """What the error of each entry is measured by."""
    size = np.maximum(np.abs(analytic), np.abs(numeric))
    return np.maximum(
        size, 1e-3 * np.max(size, initial=largest, where=np.isfinite(size))
    )


# [/relative-error]
