"""Lengths, directions and the angle between them, without the traps near 0 and pi."""

from typing import NamedTuple

from mlcore.arrays import array_namespace, overflow_to_infinity
from mlcore.validation import check_finite


def measured(a, name="a"):
    """Rows with the directions of those of `a` (N, D), their lengths, and a scale.

    Refuses NaN and infinity. Squares of ordinary numbers stay in the safe range and
    need no care: the rows are then those of `a`, and the scale is None. Otherwise
    ``a = scale * rows``, scale (N, 1), and no row has an entry above 1.
    """
    xp = array_namespace(a)
    info = xp.finfo(a.dtype)
    squares = xp.vecdot(a, a)  # infinite where it overflows
    # Below tiny / eps squares of entries that still matter have lost digits or are 0.
    # Up to eps max the product of two lengths is far from infinity, and all entries are
    # finite.
    safe = (squares >= info.smallest_normal / info.eps) & (
        squares <= info.eps * info.max
    )
    if not bool(xp.all(safe)):
        check_finite(name, a)
        if not bool(xp.all(safe | (xp.max(xp.abs(a), axis=1) == 0))):
            return scaled(a)
    return a, xp.sqrt(squares), None


def scaled(a):
    """As `measured`, with every row of `a` divided by its largest entry, whatever that
    is."""
    xp = array_namespace(a)
    largest = xp.max(xp.abs(a), axis=1)[:, None]
    scale = xp.where(largest > 0, largest, xp.ones_like(largest))
    rows = a / scale
    return rows, xp.sqrt(xp.vecdot(rows, rows)), scale


@overflow_to_infinity()
def norms(a, name="a"):
    """Euclidean norm of every row of `a` (N, D), as an (N,) array; refuses NaN and
    infinity.

    Right for every magnitude; infinite where the norm is too large for the dtype.
    """
    _, lengths, scale = measured(a, name)
    return true_lengths(lengths, scale)


def true_lengths(lengths, scale):
    """The lengths (N,) of the rows from which `measured` made its own."""
    return lengths if scale is None else lengths * scale[:, 0]


@overflow_to_infinity()
def unit_rows(a, name="a"):
    """The rows of `a` (N, D) divided by their lengths; a zero row stays 0."""
    rows, lengths, _ = measured(a, name)
    return rows * inverse(lengths)[:, None]


def inverse(lengths, above=0.0):
    """1 / length, and 0 for lengths not `above`: a zero row has no direction."""
    xp = array_namespace(lengths)
    known = lengths > above
    return xp.astype(known, lengths.dtype) / xp.where(known, lengths, 1.0)


def unscaled(gradient, scale):
    """Turn a gradient by `measured` rows (N, D) into one by the rows that they were
    made from.

    What its dtype cannot hold saturates: a row shorter than all normal numbers has a
    direction, and turns infinitely fast.
    """
    if scale is None:
        return gradient
    xp = array_namespace(gradient)
    largest = float(xp.finfo(gradient.dtype).max)
    with overflow_to_infinity():
        return xp.clip(gradient / scale, -largest, largest)


class Angle(NamedTuple):
    """The angle between pairs of unit rows a and b (N, D), and the plane in which it
    lies.

    `cos` and `sin` are (N,). `tangent` (N, D) is the unit vector orthogonal to a that
    points towards b, so that b = cos a + sin tangent; the one orthogonal to b that
    points towards a is then sin a - cos tangent. It is 0 where a and b are parallel or
    opposite. `directed` (N,) tells where neither a nor b is 0; elsewhere cos is 0, sin
    is 1 and the tangent 0.
    """

    cos: object
    sin: object
    tangent: object
    directed: object


# [angle]
def angle(a, b):
    """Measure the angle between the rows of `a` and `b` (N, D), each a unit vector or
    0."""
    xp = array_namespace(a, b)
    cos = xp.vecdot(a, b)
    # A zero row has no direction: it stands at a right angle to everything, and turns
    # nowhere.
    directed = (xp.vecdot(a, a) > 0) & (xp.vecdot(b, b) > 0)
    # sin is the length of b's part across a. sqrt(1 - cos**2) would lose everything
    # below an angle of sqrt(eps); this length keeps it.
    across = b - cos[:, None] * a
    # Near the poles `across` is rounding noise, mostly along a: take that out once
    # more.
    across -= xp.vecdot(across, a)[:, None] * a
    _, length, scale = measured(across)
    sin = xp.where(directed, true_lengths(length, scale), 0.0)
    # Within a few eps of a pole no direction is left; 0 is the symmetric choice.
    across *= inverse(sin, above=4 * xp.finfo(a.dtype).eps)[:, None]
    return Angle(cos, xp.where(directed, sin, 1.0), across, directed)


# [/angle]
