"""How well a score ranks few positives above many negatives: precision, recall, and
their area."""

from typing import NamedTuple

from mlcore.arrays import array_namespace
from mlcore.metrics.folds import last_of_equals
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_not_empty,
    check_same_library,
)


class PrecisionRecall(NamedTuple):
    """What every threshold finds, from the strictest to the most lenient; arrays of
    shape (K,).

    There is one threshold for each of the K different scores: what has the same score
    is found together, or not at all.

    Attributes
    ----------
    precision : array
        Share of positives among what is found.
    recall : array
        Share of the positives that is found; grows to 1.
    """

    precision: object
    recall: object

    @property
    def average_precision(self):
        """Area under the steps of precision over recall, a float in (0, 1]."""
        xp = array_namespace(self.recall)
        before = xp.concat([xp.zeros_like(self.recall[:1]), self.recall[:-1]])
        return float(xp.sum(self.precision * (self.recall - before)))


def precision_recall(scores, positive):
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
    >>> curve = precision_recall(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]))
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
