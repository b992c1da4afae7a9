"""Lengths, directions and the angle between them, without the traps near 0 and pi."""

from typing import NamedTuple

from mlcore.arrays import array_namespace
from mlcore.validation import check_finite


def norms(a, name="a"):
    """Euclidean norm of every row of `a` (N, D), as an (N,) array; refuses NaN and infinity.

    Squares of ordinary numbers stay in the safe range and need no care. Only where a sum of
    squares has left the safe range are all rows divided by their largest entry first.
    """
    xp = array_namespace(a)
    info = xp.finfo(a.dtype)
    squares = xp.vecdot(a, a)
    # Below tiny / eps squares of entries that still matter have lost digits or are 0.
    if bool(xp.all((squares >= info.smallest_normal / info.eps) & (squares <= info.max))):
        return xp.sqrt(squares)  # and all entries are finite
    check_finite(name, a)
    largest = xp.max(xp.abs(a), axis=1)
    scale = xp.where(largest > 0, largest, xp.ones_like(largest))
    scaled = a / scale[:, None]
    return scale * xp.sqrt(xp.vecdot(scaled, scaled))


def inverse(lengths, above=0.0):
    """1 / length, and 0 for lengths not `above`: a zero row has no direction."""
    xp = array_namespace(lengths)
    known = lengths > above
    return xp.astype(known, lengths.dtype) / xp.where(known, lengths, 1.0)


class Angle(NamedTuple):
    """The angle between pairs of unit rows a and b (N, D), and the plane in which it lies.

    `cos` and `sin` are (N,). `tangent` (N, D) is the unit vector orthogonal to a that points
    towards b, so that b = cos a + sin tangent; the one orthogonal to b that points towards a is
    then sin a - cos tangent. It is 0 where a and b are parallel or opposite. `directed` (N,) tells
    where neither a nor b is 0; elsewhere cos is 0, sin is 1 and the tangent 0.
    """

    cos: object
    sin: object
    tangent: object
    directed: object


# [angle]
def angle(a, b):
    """Measure the angle between the rows of `a` and `b` (N, D), each a unit vector or 0."""
    xp = array_namespace(a, b)
    cos = xp.vecdot(a, b)
    # A zero row has no direction: it stands at a right angle to everything, and turns nowhere.
    directed = (xp.vecdot(a, a) > 0) & (xp.vecdot(b, b) > 0)
    # sin is the length of b's part across a. sqrt(1 - cos**2) would lose everything below an angle
    # of sqrt(eps); this length keeps it.
    across = b - cos[:, None] * a
    # Near the poles `across` is rounding noise, mostly along a: take that out once more.
    across -= xp.vecdot(across, a)[:, None] * a
    sin = xp.where(directed, norms(across), 0.0)
    # Within a few eps of a pole no direction is left; 0 is the symmetric choice.
    across *= inverse(sin, above=4 * xp.finfo(a.dtype).eps)[:, None]
    return Angle(cos, xp.where(directed, sin, 1.0), across, directed)


# [/angle]
