"""Scores of pairs of features."""

from typing import Any, NamedTuple

from mlcore.arrays import Array, array_namespace, device, promote
from mlcore.linalg import unit_rows
from mlcore.metrics.features import check_labelled
from mlcore.metrics.similarity import products, split
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_not_empty,
    check_same_library,
    check_same_size,
)


def cosines(a: Array, b: Array) -> Array:
    """Cosine (N,) of the angle between row i of `a` and row i of `b` (N, D).

    A row of zeros has no direction, and the cosine 0 with everything.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For bad input; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([[3.0, 0.0], [0.0, 1.0]])
    >>> print(cosines(a, b))
    [1. 0.]
    """
    for name, array in (("a", a), ("b", b)):
        check_float_array(name, array, 2)
        check_not_empty(name, array)
        check_finite(name, array)
    check_same_library(a=a, b=b)
    for axis in 0, 1:
        check_same_size("b", b, axis, "a", a, axis)
    a, b = promote(a, b)
    return array_namespace(a).vecdot(unit_rows(a), unit_rows(b))


class Pairs(NamedTuple):
    """Pairs of samples: P scores, and what was compared.

    Attributes
    ----------
    scores : array, shape (P,)
        Cosines.
    same : array of bool, shape (P,)
        Whether both samples have one label.
    identities : array of integers, shape (P, 2)
        The two labels.
    indices : array of integers, shape (P, 2)
        Where the two samples stand, the smaller index first.
    """

    scores: Any
    same: Any
    identities: Any
    indices: Any


def all_pairs(x: Array, y: Array) -> Pairs:
    """Compare every sample with every other: N(N − 1)/2 pairs.

    Parameters
    ----------
    x : array, shape (N, D)
        Features; N >= 2.
    y : array, shape (N,)
        Labels, any integers: the identity of each sample.

    Returns
    -------
    Pairs
        In the order (0, 1), (0, 2) … (1, 2) …; takes the memory of a few N x N
        matrices. Equal rows of `x` have equal scores, to the last digit.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For bad input; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]), np.array([4, 4, 7])
    >>> pairs = all_pairs(x, y)
    >>> print(pairs.scores, pairs.same)
    [1. 0. 0.] [ True False False]
    """
    y = check_labelled("x", x, y, different=1)
    if x.shape[0] < 2:
        raise ValueError("x must hold at least 2 samples to be compared, got 1")
    (x,) = promote(x)
    xp = array_namespace(x)
    number = xp.arange(x.shape[0], device=device(y))
    first, second = xp.nonzero(number[:, None] < number[None, :])
    unit = split(unit_rows(xp.astype(x, xp.float64)))
    cosines = xp.astype(products(unit, unit), x.dtype)
    identities = xp.stack([xp.take(y, first), xp.take(y, second)], axis=1)
    return Pairs(
        scores=cosines[number[:, None] < number[None, :]],
        same=identities[:, 0] == identities[:, 1],
        identities=identities,
        indices=xp.stack([first, second], axis=1),
    )
