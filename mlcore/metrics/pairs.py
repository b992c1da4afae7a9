"""Scores of pairs of features."""

from typing import NamedTuple

from mlcore.arrays import array_namespace, device, promote
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


# [cosines]
def cosines(a, b):
    """Cosine of the angle between row i of `a` and row i of `b` (N, D), as an (N,)
    array.

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
    people : array of integers, shape (P, 2)
        The two labels.
    images : array of integers, shape (P, 2)
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
        In the order (0, 1), (0, 2) … (1, 2) …; takes the memory of a few N x N
        matrices. Equal rows of `x` have equal scores, to the last digit.

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
    unit = split(unit_rows(xp.astype(x, xp.float64)))
    cosines = xp.astype(products(unit, unit), x.dtype)
    people = xp.stack([xp.take(y, first), xp.take(y, second)], axis=1)
    return Pairs(
        scores=cosines[number[:, None] < number[None, :]],
        same=people[:, 0] == people[:, 1],
        people=people,
        images=xp.stack([first, second], axis=1),
    )


# [/all-pairs]


def check_same(same, scores):
    """Return `same` as booleans (P,) after checking it against `scores`."""
    xp = array_namespace(scores)
    if same.dtype != xp.bool:
        if not xp.isdtype(same.dtype, "integral"):
            raise TypeError(
                f"same must hold booleans, or 0 and 1, got dtype {same.dtype}"
            )
        if bool(xp.any((same != 0) & (same != 1))):
            raise ValueError(
                "same must hold booleans, or 0 and 1, but holds another number"
            )
        same = xp.astype(same, xp.bool)
    if tuple(same.shape) != tuple(scores.shape):
        raise ValueError(
            f"same must hold one entry a score: shape {tuple(scores.shape)} expected, "
            f"got {tuple(same.shape)}"
        )
    for kind, name in (
        (same, "genuine pairs (True)"),
        (~same, "impostor pairs (False)"),
    ):
        if not bool(xp.any(kind)):
            raise ValueError(
                f"same must hold pairs of both kinds, but there are no {name}"
            )
    return same


def check_people(people, same, scores):
    """Return `people` (P, 2) as int64 after checking it against `same`."""
    xp = check_same_library(scores=scores, people=people)
    if not xp.isdtype(people.dtype, "integral"):
        raise TypeError(f"people must have an integer dtype, got {people.dtype}")
    if tuple(people.shape) != (scores.shape[0], 2):
        raise ValueError(
            f"people must have shape ({scores.shape[0]}, 2), two a pair, got"
            f" {tuple(people.shape)}"
        )
    people = xp.astype(people, xp.int64)
    # The other way round is allowed: pass images for people, and each is drawn by
    # itself.
    bad = (people[:, 0] == people[:, 1]) & ~same
    if bool(xp.any(bad)):
        i = int(xp.argmax(xp.astype(bad, xp.int8)))
        raise ValueError(
            f"people must agree with same, but people[{i}] is one person twice"
        )
    return people
