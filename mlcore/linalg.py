"""Lengths, directions and the angle between them, without the traps near 0 and pi."""

from typing import NamedTuple

from mlcore.arrays import (
    Array,
    ArrayT,
    all_true,
    array_namespace,
    overflow_to_infinity,
)
from mlcore.validation import check_finite

#: Rows, their lengths, and what the rows were divided by, as `measured` returns them.
Measured = tuple[Array, Array, Array | None]


def measured(a: Array, name: str = "a", first: int | Array = 0) -> Measured:
    """Measure the rows of `a`, scaled where their squares would leave the dtype.

    Squares of ordinary numbers stay in the safe range and need no care: `rows` is then
    `a` itself, and `scale` None.

    Parameters
    ----------
    a : array, shape (N, D)
    name : str
        What an error calls it.
    first : int or array
        As in `check_finite`.

    Returns
    -------
    rows : array, shape (N, D)
        With the directions of the rows of `a`. Where there is a scale, no entry is
        above 1.
    lengths : array, shape (N,)
        Euclidean norms of `rows`.
    scale : array, shape (N, 1), or None
        ``a = scale * rows``.

    Raises
    ------
    FloatingPointError
        If `a` holds NaN or infinity; the message names the row.
    """
    xp = array_namespace(a)
    info = xp.finfo(a.dtype)
    squares = xp.vecdot(a, a)  # infinite where it overflows
    # Below tiny / eps squares of entries that still matter have lost digits or are 0.
    # Up to eps max the product of two lengths is far from infinity, and all entries are
    # finite.
    lowest, highest = info.smallest_normal / info.eps, info.eps * info.max
    safe = (squares >= lowest) & (squares <= highest)
    if not all_true(safe):
        check_finite(name, a, first)
        if not all_true(safe | (xp.max(xp.abs(a), axis=1) == 0)):
            return scaled(a)
    return a, xp.sqrt(squares), None


def scaled(a: Array) -> Measured:
    """As `measured`, with every row divided by its largest entry, whatever that is."""
    xp = array_namespace(a)
    largest = xp.max(xp.abs(a), axis=1)[:, None]
    scale = xp.where(largest > 0, largest, xp.ones_like(largest))
    rows = a / scale
    return rows, xp.sqrt(xp.vecdot(rows, rows)), scale


@overflow_to_infinity()
def norms(a: Array, name: str = "a") -> Array:
    """Euclidean norms (N,) of the rows of `a` (N, D), right for every magnitude.

    Infinite where a norm is too large for the dtype.

    Raises
    ------
    FloatingPointError
        If `a` holds NaN or infinity; the message names the row.

    Examples
    --------
    >>> import numpy as np
    >>> norms(np.array([[3.0, 4.0], [3e200, 4e200]]))
    array([5.e+000, 5.e+200])
    """
    _, lengths, scale = measured(a, name)
    return true_lengths(lengths, scale)


def true_lengths(lengths: ArrayT, scale: Array | None) -> ArrayT:
    """The lengths (N,) of the rows from which `measured` made its own."""
    return lengths if scale is None else lengths * scale[:, 0]


@overflow_to_infinity()
def unit_rows(a: Array, name: str = "a") -> Array:
    """The rows of `a` (N, D) divided by their lengths; a zero row stays 0.

    Raises
    ------
    FloatingPointError
        If `a` holds NaN or infinity; the message names the row.
    """
    rows, lengths, _ = measured(a, name)
    return rows * inverse(lengths)[:, None]


def inverse(lengths: ArrayT, above: float = 0.0) -> ArrayT:
    """1 / length, and 0 for lengths not `above`: a zero row has no direction."""
    xp = array_namespace(lengths)
    known = lengths > above
    return xp.astype(known, lengths.dtype) / xp.where(known, lengths, 1.0)


def unscaled(gradient: ArrayT, scale: Array | None) -> ArrayT:
    """Turn a gradient by `measured` rows (N, D) into one by the rows they came from.

    What its dtype cannot hold saturates: a row shorter than all normal numbers has a
    direction, and turns infinitely fast.
    """
    if scale is None:
        return gradient
    xp = array_namespace(gradient)
    largest = float(xp.finfo(gradient.dtype).max)
    with overflow_to_infinity():
        return xp.clip(gradient / scale, -largest, largest)


# [directions]
class Directions(NamedTuple):
    """The directions of the rows of an array (N, D), and the way back to the rows.

    Attributes
    ----------
    hat : array, shape (N, D)
        Unit rows; a zero row has no direction, and stays 0.
    inverse : array, shape (N, 1)
        1 / |row| of what `measured` gives, and 0 for a zero row.
    scale : array, shape (N, 1), or None
        What the rows were divided by before.
    """

    hat: Array
    inverse: Array
    scale: Array | None

    def project(self, gradient: ArrayT) -> ArrayT:
        """Turn a gradient by the directions into one by the rows: P_x of each row.

        A direction changes only across itself, and the slower the longer its row is:
        P_x(v) = (v - (v·x_hat) x_hat) / |x|.
        """
        xp = array_namespace(gradient)
        across = gradient - xp.vecdot(gradient, self.hat)[:, None] * self.hat
        return unscaled(self.inverse * across, self.scale)


def directions(a: Array, name: str = "a") -> Directions:
    """The directions of the rows of `a` (N, D).

    Raises
    ------
    FloatingPointError
        If `a` holds NaN or infinity; the message names the row.
    """
    rows, length, scale = measured(a, name)
    a_inverse = inverse(length)[:, None]
    return Directions(rows * a_inverse, a_inverse, scale)


# [/directions]


class Angle(NamedTuple):
    """The angle between pairs of unit rows a and b (N, D), and the plane it lies in.

    Attributes
    ----------
    cos, sin : array, shape (N,)
    tangent : array, shape (N, D)
        The unit vector orthogonal to a that points towards b, so that
        b = cos a + sin tangent; the one orthogonal to b that points towards a is then
        sin a - cos tangent. 0 where a and b are parallel or opposite.
    directed : array of bool, shape (N,)
        Where neither a nor b is 0. Elsewhere cos is 0, sin is 1 and the tangent 0.
    """

    cos: Array
    sin: Array
    tangent: Array
    directed: Array


# [angle]
def angle(a: Array, b: Array) -> Angle:
    """Measure the angle between the rows of `a` and `b` (N, D), unit vectors or 0."""
    xp = array_namespace(a, b)
    cos = xp.vecdot(a, b)
    # A zero row has no direction: it stands at a right angle to everything, and turns
    # nowhere.
    directed = (xp.vecdot(a, a) > 0) & (xp.vecdot(b, b) > 0)
    # sin is the length of b's part across a. sqrt(1 - cos**2) would lose everything
    # below an angle of sqrt(eps); this length keeps it.
    across = b - cos[:, None] * a
    # Near the poles `across` is rounding noise, mostly along a: take that out again.
    across -= xp.vecdot(across, a)[:, None] * a
    _, length, scale = measured(across)
    sin = xp.where(directed, true_lengths(length, scale), 0.0)
    # Within a few eps of a pole no direction is left; 0 is the symmetric choice.
    across *= inverse(sin, above=4 * xp.finfo(a.dtype).eps)[:, None]
    return Angle(cos, xp.where(directed, sin, 1.0), across, directed)


# [/angle]
