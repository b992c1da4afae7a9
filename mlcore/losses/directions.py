"""Lengths, directions and the angle between them, without the traps near 0 and pi."""

from typing import NamedTuple

from mlcore.arrays import array_namespace


def norms(a):
    """Euclidean norm of every row of `a` (N, D), as an (N,) array.

    Squares of ordinary numbers neither overflow nor vanish and need no care. Only where a sum of
    squares has left the safe range are all rows divided by their largest entry first.
    """
    xp = array_namespace(a)
    info = xp.finfo(a.dtype)
    squares = xp.vecdot(a, a)
    # Below tiny / eps squares of entries that still matter have lost digits or are 0.
    if bool(xp.all((squares >= info.smallest_normal / info.eps) & (squares <= info.max))):
        return xp.sqrt(squares)
    largest = xp.max(xp.abs(a), axis=1)
    scale = xp.where(largest > 0, largest, xp.ones_like(largest))
    scaled = a / scale[:, None]
    return scale * xp.sqrt(xp.vecdot(scaled, scaled))


def inverse(lengths, above=0.0):
    """1 / length, and 0 for lengths not `above`: a zero row has no direction."""
    xp = array_namespace(lengths)
    known = lengths > above
    return xp.where(known, 1 / xp.where(known, lengths, 1.0), 0.0)


class Angle(NamedTuple):
    """The angle between pairs of unit rows a and b (N, D), and the tangents along which it grows.

    `cos` and `sin` are (N,). `tangent_a` (N, D) is the unit vector orthogonal to a that points
    towards b, `tangent_b` the one orthogonal to b that points towards a; both are 0 where a and b
    are parallel or opposite, and where one of them is 0.
    """

    cos: object
    sin: object
    tangent_a: object
    tangent_b: object


# [angle]
def angle(a, b):
    """Measure the angle between the rows of `a` and `b` (N, D), each a unit vector or 0."""
    xp = array_namespace(a, b)
    cos = xp.vecdot(a, b)
    # A zero row has no direction: it stands at a right angle to everything, and turns nowhere.
    directed = (xp.vecdot(a, a) > 0) & (xp.vecdot(b, b) > 0)
    tangent_a, sin = _tangent(a, b, cos, directed)
    tangent_b, _ = _tangent(b, a, cos, directed)
    return Angle(cos, xp.where(directed, sin, 1.0), tangent_a, tangent_b)


def _tangent(a, b, cos, directed):
    """Unit tangent at a towards b, and sin of the angle: the length of b's part orthogonal to a.

    sqrt(1 - cos**2) would lose everything below an angle of sqrt(eps); this length keeps it.
    """
    xp = array_namespace(a, b)
    across = b - cos[:, None] * a
    # Near the poles `across` is rounding noise, mostly along a: take that out once more.
    across = across - xp.vecdot(across, a)[:, None] * a
    sin = xp.where(directed, norms(across), 0.0)
    # Within a few eps of a pole no direction is left; 0 is the symmetric choice.
    return across * inverse(sin, above=4 * xp.finfo(a.dtype).eps)[:, None], sin


# [/angle]
