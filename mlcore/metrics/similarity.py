"""Cosines between all rows, the same wherever a row stands."""

from collections.abc import Sequence

from mlcore.arrays import Array, array_namespace


def split(unit: Array) -> tuple[Array, Array, Array]:
    """Three arrays that add up to `unit` (N, D), float64 and of rows at most 1 long.

    The entries of the first are multiples of 2^-26, those of the second, at most 2^-27,
    multiples of 2^-44, and those of the third, at most 2^-45, of 2^-62.
    """
    xp = array_namespace(unit)

    def rounded(values, bits):
        return xp.round(values * 2.0**bits) * 2.0**-bits

    first = rounded(unit, 26)
    second = rounded(unit - first, 44)
    return first, second, rounded(unit - first - second, 62)


def products(a: Sequence[Array], b: Sequence[Array]) -> Array:
    """Inner products (M, N) of the rows of two arrays, each as `split` gives it.

    A matrix product rounds, in an order that depends on the shapes, the threads and the
    place of an entry: one row in two places has two cosines with a third row, and which
    of them is nearer is an accident. Here no sum is rounded. All terms of the first
    product are multiples of 2^-52 and their sums stay below 2; those of the second are
    multiples of 2^-70 and their sums below 2^-26 √D, those of the third of 2^-88 and
    below 2^-43 √D: up to D = 2^16 each fits the 53 bits of a float64. What is left out
    is below 2^-70 D.
    """
    xp = array_namespace(*a, *b)
    (a0, a1, a2), (b0, b1, b2) = a, b
    second = xp.concat([a0, a1], axis=1) @ xp.concat([b1, b0], axis=1).T
    third = xp.concat([a0, a1, a2], axis=1) @ xp.concat([b2, b1, b0], axis=1).T
    return a0 @ b0.T + (second + third)
