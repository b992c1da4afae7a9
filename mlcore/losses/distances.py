"""Distances between rows, with their gradients: squared, Euclidean, cosine."""

from typing import Literal

from mlcore.arrays import Array, array_namespace
from mlcore.linalg import (
    angle,
    inverse,
    measured,
    true_lengths,
    unit_rows,
    unscaled,
)

Distance = Literal["euclidean", "squared", "cosine"]
DISTANCES: tuple[Distance, ...] = ("euclidean", "squared", "cosine")


# [distance]
def distance(a: Array, b: Array, kind: Distance) -> tuple[Array, Array]:
    """Distance of each row of `a` from the same row of `b`, and its gradient by `a`.

    Parameters
    ----------
    a, b : array, shape (N, D)
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
