"""Scores of pairs of features."""

from typing import NamedTuple

from mlcore.arrays import array_namespace, device, promote
from mlcore.losses.directions import unit_rows
from mlcore.metrics.features import check_labelled
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_not_empty,
    check_same_library,
    check_same_size,
)


# [cosines]
def cosines(a, b):
    """Cosine of the angle between row i of `a` and row i of `b` (N, D), as an (N,) array.

    A row of zeros has no direction, and the cosine 0 with everything.

    Examples
    --------
    >>> import numpy as np
    >>> print(cosines(np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([[3.0, 0.0], [0.0, 1.0]])))
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


# [/cosines]


class Pairs(NamedTuple):
    """Pairs of samples: P scores, and who was compared.

    Attributes
    ----------
    scores : array, shape (P,)
        Cosines.
    same : array of bool, shape (P,)
        Whether both samples have one label.
    people : array of int64, shape (P, 2)
        The two labels.
    images : array of int64, shape (P, 2)
        The numbers of the two samples, the smaller one first.
    """

    scores: object
    same: object
    people: object
    images: object


# [all-pairs]
def all_pairs(x, y):
    """Compare every sample with every other: N(N − 1)/2 pairs.

    Parameters
    ----------
    x : array, shape (N, D)
        Features; N >= 2.
    y : array, shape (N,)
        Labels, any integers: who is on the picture.

    Returns
    -------
    Pairs
        In the order (0, 1), (0, 2) … (1, 2) …; takes the memory of a few N x N matrices.

    Examples
    --------
    >>> import numpy as np
    >>> pairs = all_pairs(np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]), np.array([4, 4, 7]))
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
    unit = unit_rows(x)
    people = xp.stack([xp.take(y, first), xp.take(y, second)], axis=1)
    return Pairs(
        scores=(unit @ unit.T)[number[:, None] < number[None, :]],
        same=people[:, 0] == people[:, 1],
        people=people,
        images=xp.stack([first, second], axis=1),
    )


# [/all-pairs]
