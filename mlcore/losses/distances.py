"""Distances between rows, with their gradients: squared, Euclidean, cosine."""

from mlcore.arrays import array_namespace
from mlcore.linalg import (
    angle,
    inverse,
    measured,
    true_lengths,
    unit_rows,
    unscaled,
)

DISTANCES = ("euclidean", "squared", "cosine")


# [distance]
def distance(a, b, kind):
    """Distance of each row of `a` (N, D) from the same row of `b`, and how it changes
    with `a`.

    Parameters
    ----------
    kind : {"euclidean", "squared", "cosine"}
        |a - b|, its square, or 1 - cos of the angle.

    Returns
    -------
    d : array, shape (N,)
    gradient : array, shape (N, D)
        With respect to `a`. That of the Euclidean distance is the unit vector from b to
        a, and 0 where the two coincide.
    """
    xp = array_namespace(a, b)
    if kind == "cosine":
        rows, length, scale = measured(a)
        a_inverse = inverse(length)[:, None]
        between = angle(rows * a_inverse, unit_rows(b))
        # 1 - cos loses small angles; for acute ones sin^2 / (1 + cos) is the same and
        # does not.
        acute = between.cos > 0
        near = between.sin**2 / (1 + xp.where(acute, between.cos, 0 * between.cos))
        d = xp.where(acute, near, 1 - between.cos)
        return d, unscaled(-between.sin[:, None] * between.tangent * a_inverse, scale)
    difference = a - b
    if kind == "squared":
        return xp.vecdot(difference, difference), 2 * difference
    rows, length, scale = measured(difference, "a difference of points")
    return true_lengths(length, scale), rows * inverse(length)[:, None]


# [/distance]
