"""Accuracy, angles, the Fisher score and retrieval: one sample or one class at a time.

All return a Python number (float16 is computed in float32). Angles are in radians and
computed as 2·atan2(‖â − b̂‖, ‖â + b̂‖), exact at all angles where arccos loses half the
digits near 0 and π. A zero row has no direction: it stands at a right angle to
everything.
"""

from typing import NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    count_true,
    device,
    index_dtype,
    promote,
)
from mlcore.linalg import norms, unit_rows
from mlcore.metrics.similarity import products, split
from mlcore.sums import channel_sums
from mlcore.validation import (
    check_features_and_rows,
    check_finite,
    check_float_array,
    check_integer,
    check_labels,
    check_not_empty,
    check_same_library,
    check_same_size,
)


def accuracy(logits: Array, y: Array) -> float:
    """Share of rows of `logits` (N, C) largest at their label; ties go to the first.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For bad input, as the losses do.

    Examples
    --------
    >>> import numpy as np
    >>> accuracy(np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([1, 1]))
    0.5
    """
    check_float_array("logits", logits, 2)
    y = check_labelled("logits", logits, y, classes=logits.shape[1])
    xp = array_namespace(logits)
    return count_true(xp.argmax(logits, axis=1) == y) / y.shape[0]


def mean_target_angle(x: Array, w: Array, y: Array) -> float:
    """Mean angle of features `x` (N, D) to the rows of `w` (C, D) of their labels.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For bad input; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> x, w = np.array([[1.0, 1.0], [0.0, 2.0]]), np.eye(2)
    >>> round(mean_target_angle(x, w, np.array([0, 1])), 4)  # (pi / 4 + 0) / 2
    0.3927
    """
    y = check_features_and_rows(x, w, y)
    check_finite("x", x)
    check_finite("w", w)
    x, w = promote(x, w)
    xp = array_namespace(x)
    return float(xp.mean(angles(unit_rows(x), xp.take(unit_rows(w), y, axis=0))))


def angles(a: Array, b: Array) -> Array:
    """Angles (N,) in [0, π] between the rows of `a` and `b` (N, D), of length 1 or 0.

    float16 is computed in float32, and comes back so.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For bad input; the message names the argument.
    """
    check_float_array("a", a, 2)
    check_float_array("b", b, 2)
    xp = check_same_library(a=a, b=b)
    for axis in 0, 1:
        check_same_size("b", b, axis, "a", a, axis)
    check_finite("a", a)
    check_finite("b", b)
    a, b = promote(a, b)
    directed = xp.any(a != 0, axis=1) & xp.any(b != 0, axis=1)
    angle = 2 * xp.atan2(norms(a - b), norms(a + b))
    return xp.where(directed, angle, xp.full_like(angle, xp.pi / 2))


class Spread(NamedTuple):
    """Angles within and between classes, in radians; see `within_between_angles`."""

    within: float
    between: float
    nearest: float


def within_between_angles(x: Array, y: Array) -> Spread:
    """How tight classes are and how far apart, in angles.

    The direction of a class is that of the sum of its unit features.

    Parameters
    ----------
    x : array, shape (N, D)
        Features.
    y : array, shape (N,)
        Labels; at least two different ones.

    Returns
    -------
    Spread
        ``within``, the mean angle of the samples to their own class's direction;
        ``between``, the mean angle over all pairs of class directions; ``nearest``, the
        smallest of these.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For bad input; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [0.0, 3.0]])
    >>> within_between_angles(x, np.array([0, 0, 7, 7]))  # within 0, between pi / 2
    Spread(within=0.0, between=1.5707963267948966, nearest=1.5707963267948966)
    """
    y = check_labelled("x", x, y)
    (x,) = promote(x)
    xp = array_namespace(x)
    unit = unit_rows(x)
    _, member = _classes(x, y)
    directions = unit_rows(member.T @ unit)
    within = angles(unit, member @ directions)
    # Row by row: small arrays instead of one of shape (C, C, D).
    pairs = []
    for j in range(directions.shape[0] - 1):
        rest = directions[j + 1 :, :]
        pairs.append(angles(rest, xp.broadcast_to(directions[j, :], rest.shape)))
    pairs = xp.concat(pairs)
    return Spread(float(xp.mean(within)), float(xp.mean(pairs)), float(xp.min(pairs)))


def angular_fisher_score(x: Array, y: Array) -> float:
    """Scatter within classes over that between classes, by cosine; small is good.

    S_w = Σ_i (1 − cos(x_i, m_{y_i})),  S_b = Σ_j n_j (1 − cos(m_j, m)),  score = S_w /
    S_b

    with m_j the mean of the n_j features of class j and m the mean of all, of the
    features as they are (not of their directions). The definition of SphereFace (Liu et
    al., CVPR 2017, appendix).

    Parameters
    ----------
    x : array, shape (N, D)
        Features.
    y : array, shape (N,)
        Labels; at least two different ones.

    Returns
    -------
    float
        inf where all class means point the same way, as far as the digits of `x` can
        tell.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For bad input; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    >>> angular_fisher_score(x, np.array([0, 0, 1, 1]))
    0.0
    """
    y = check_labelled("x", x, y)
    (x,) = promote(x)
    xp = array_namespace(x)
    # The directions of class means that are equal differ by the rounding of x and of
    # their sums.
    rounding = max(4 * _eps(x), x.shape[0] * float(xp.finfo(xp.float64).eps))
    x = xp.astype(x, xp.float64)
    counts, member = _classes(x, y)
    # Sums point where means do. Dividing by the largest entry keeps them from
    # overflowing.
    x = x / xp.max(xp.abs(x)) if bool(xp.any(x != 0)) else x
    sums = member.T @ x
    class_means = unit_rows(sums)
    mean = unit_rows(channel_sums(sums)[None, :])
    within = xp.sum(_one_minus_cos(unit_rows(x), member @ class_means))
    mean = xp.broadcast_to(mean, sums.shape)
    between = xp.sum(counts * _one_minus_cos(class_means, mean))
    apart = float(between) > x.shape[0] * rounding**2
    return float(within) / float(between) if apart else float("inf")


def _one_minus_cos(a, b):
    """1 − cos of unit rows, as ‖a − b‖²/2: nothing is lost where they nearly agree."""
    xp = array_namespace(a, b)
    directed = xp.any(a != 0, axis=1) & xp.any(b != 0, axis=1)
    value = xp.sum(xp.square(a - b), axis=1) / 2
    return xp.where(directed, value, xp.ones_like(value))


def recall_at_k(x: Array, y: Array, k: int = 1, batch: int = 1024) -> float:
    """Share of samples with one of their class among the `k` nearest others, by cosine.

    Samples that are alone in their class cannot succeed and are left out. Among equally
    near samples, those of other classes count as nearer: features that have all
    collapsed to one point score 0, not 1. Cosines are equal if the rounding of `x`
    could have made the difference: if they differ by at most 8 eps of its dtype.

    Parameters
    ----------
    x : array, shape (N, D)
        Features.
    y : array, shape (N,)
        Labels; some class must have two samples.
    k : int >= 1
    batch : int
        How many rows of the N x N similarities are held at once.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For bad input, or where no label occurs twice.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [1.0, 0.2]])
    >>> recall_at_k(x, np.array([0, 0, 1, 1]))
    0.5
    """
    y = check_labelled("x", x, y, different=1)
    check_integer("k", k, 1)
    check_integer("batch", batch, 1)
    (x,) = promote(x)
    xp = array_namespace(x)
    equal, wrong = 8 * _eps(x), (x.shape[1] + 8) * _eps(x)
    exact = split(unit_rows(xp.astype(x, xp.float64)))
    unit = xp.astype(exact[0] + (exact[1] + exact[2]), x.dtype)
    place = xp.arange(y.shape[0], dtype=index_dtype(xp), device=device(y))
    found, asked = 0, 0
    for begin in range(0, y.shape[0], batch):
        block = slice(begin, min(begin + batch, y.shape[0]))
        rows = place[block]
        same = xp.take(y, rows)[:, None] == y[None, :]
        partner = same & (rows[:, None] != place[None, :])
        asks = xp.any(partner, axis=1)
        # No sorting: the nearest of its class is among the first k if fewer than k
        # others are as near. A plain product is wrong by at most `wrong`, which leaves
        # few rows undecided.
        cosines = unit[block, :] @ unit.T
        hit = asks & (_as_near(cosines, same, partner, equal + 2 * wrong) < k)
        open_ = asks & ~hit & (_as_near(cosines, same, partner, equal - 2 * wrong) < k)
        found += count_true(hit)
        if bool(xp.any(open_)):
            (some,) = xp.nonzero(open_)
            same, partner = xp.take(same, some, axis=0), xp.take(partner, some, axis=0)
            some = xp.take(rows, some)
            cosines = products([xp.take(part, some, axis=0) for part in exact], exact)
            found += count_true(_as_near(cosines, same, partner, equal) < k)
        asked += count_true(asks)
    if asked == 0:
        raise ValueError(
            "y must hold some label twice: nobody has another of the same class"
        )
    return found / asked


def _as_near(cosines, same, partner, slack):
    """For each row, how many of other classes are at least as near as its partner."""
    xp = array_namespace(cosines)
    nearest = xp.max(xp.where(partner, cosines, xp.full_like(cosines, -2.0)), axis=1)
    ahead = ~same & (cosines >= nearest[:, None] - slack)
    return xp.sum(xp.astype(ahead, index_dtype(xp)), axis=1)


def check_labelled(
    name: str, x: Array, y: Array, classes: int | None = None, different: int = 2
) -> Array:
    """Check features (or logits) `x`, called `name`; return their labels, checked.

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For bad input, or where `y` holds fewer than 2 labels and `different` asks so.
    """
    check_float_array(name, x, 2)
    check_not_empty(name, x)
    check_finite(name, x)
    check_same_library(**{name: x, "y": y})
    y = check_labels("y", y, x.shape[0], classes)
    if classes is None and different > 1 and bool(array_namespace(y).all(y == y[0])):
        raise ValueError(
            f"y must hold at least 2 different labels, got only {int(y[0])}"
        )
    return y


def _classes(x, y):
    """Sizes (C,) of the classes that occur, and membership (N, C) as 0 and 1."""
    xp = array_namespace(x, y)
    member = xp.astype(y[:, None] == xp.unique_values(y)[None, :], x.dtype)
    return channel_sums(member), member


def _eps(x):
    return float(array_namespace(x).finfo(x.dtype).eps)
