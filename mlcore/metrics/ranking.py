"""How well a score ranks positives above negatives, over all thresholds at once."""

import math
from statistics import NormalDist
from typing import Any, NamedTuple

from mlcore.arrays import Array, array_namespace
from mlcore.metrics.folds import last_of_equals
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_not_empty,
    check_same_library,
)


class PrecisionRecall(NamedTuple):
    """What every threshold finds, from the strictest to the most lenient: (K,) arrays.

    There is one threshold for each of the K different scores: what has the same score
    is found together, or not at all.

    Attributes
    ----------
    precision : array
        Share of positives among what is found.
    recall : array
        Share of the positives that is found; grows to 1.
    """

    precision: Any
    recall: Any

    @property
    def average_precision(self) -> float:
        """Area under the steps of precision over recall, a float in (0, 1]."""
        xp = array_namespace(self.recall)
        before = xp.concat([xp.zeros_like(self.recall[:1]), self.recall[:-1]])
        return float(xp.sum(self.precision * (self.recall - before)))


def precision_recall(scores: Array, positive: Array) -> PrecisionRecall:
    """Precision and recall at every threshold on a score.

    Parameters
    ----------
    scores : array, shape (N,)
        Real floating; the larger, the surer.
    positive : array, shape (N,), of booleans
        What should be found; at least one.

    Returns
    -------
    PrecisionRecall

    Raises
    ------
    ValueError, TypeError, FloatingPointError
        For bad input; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> scores, positive = np.array([3.0, 2.0, 1.0]), np.array([True, False, True])
    >>> curve = precision_recall(scores, positive)
    >>> print(curve.precision.round(3), curve.recall)
    [1.    0.5   0.667] [0.5 0.5 1. ]
    >>> round(curve.average_precision, 3)  # (1/1 + 2/3) / 2
    0.833
    """
    xp = _checked(scores, positive)
    # [precision-recall]
    order = xp.argsort(-scores, stable=True)
    kept = last_of_equals(xp.take(scores, order))
    hits = xp.cumulative_sum(xp.astype(xp.take(positive, order), xp.float64))
    ranks = xp.cumulative_sum(xp.ones_like(hits))
    precision, recall = (hits / ranks)[kept], (hits / hits[-1])[kept]
    # [/precision-recall]
    return PrecisionRecall(precision, recall)


def _checked(scores, positive):
    xp = check_float_array("scores", scores, 1)
    check_same_library(scores=scores, positive=positive)
    check_not_empty("scores", scores)
    if not xp.isdtype(positive.dtype, "bool"):
        raise TypeError(f"positive must hold booleans, got {positive.dtype}")
    if tuple(positive.shape) != tuple(scores.shape):
        raise ValueError(
            f"positive must have the shape of scores, {tuple(scores.shape)}, "
            f"got {tuple(positive.shape)}"
        )
    check_finite("scores", scores)
    if not bool(xp.any(positive)):
        raise ValueError(
            "positive must be True somewhere: without positives there is no recall"
        )
    return xp


def area(genuine: Array, impostor: Array) -> tuple[float, Array, Array]:
    """Probability that a genuine pair scores higher than an impostor pair.

    Equal scores count ½. It is the area under the ROC.

    Parameters
    ----------
    genuine, impostor : array of float64, shape (K,)
        How many pairs of each kind have the k-th of the different scores, the highest
        first.

    Returns
    -------
    area : float
    placement_g, placement_i : arrays, shape (K,)
        For a genuine pair with that score the share of the impostor pairs below it, for
        an impostor pair the share of the genuine ones above. The mean of either is the
        area.
    """
    xp = array_namespace(genuine, impostor)
    # Those above, and half of the equals: whole and half numbers, exact.
    g_above, i_above = (
        xp.cumulative_sum(counts) - counts / 2 for counts in (genuine, impostor)
    )
    g, i = float(xp.sum(genuine)), float(xp.sum(impostor))
    value = float(xp.sum(impostor * g_above)) / (g * i)
    return value, (i - i_above) / i, g_above / g


def delong(genuine: Array, impostor: Array, level: float) -> tuple[float, float]:
    """Confidence interval of `area`: see `Verification.auc_interval`."""
    xp = array_namespace(genuine, impostor)
    value, *placements = area(genuine, impostor)
    variance = 0.0
    for counts, placement in zip((genuine, impostor), placements, strict=True):
        n = float(xp.sum(counts))
        variance += float(xp.sum(counts * xp.square(placement - value))) / (n - 1) / n
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance)
    return max(0.0, value - half), min(1.0, value + half)
