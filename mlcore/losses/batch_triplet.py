"""Triplet loss with the triplets mined from a labelled batch."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import array_namespace, demote, device, promote
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.distances import DISTANCES, distance
from mlcore.validation import (
    check_choice,
    check_finite,
    check_float_array,
    check_labels,
    check_not_empty,
    check_number,
    check_same_library,
)

MINING = ("all", "hard", "semi-hard")


class _Saved(NamedTuple):
    x: object
    pull: object  # (N, N) d(loss of anchor i) / d(distance i j)
    losses: object  # (N,)
    count: int  # anchors that have a positive and a negative
    dtype: object


@dataclass(frozen=True)
class BatchTripletLoss(Loss):
    """Each feature of a batch is an anchor; its positives and negatives are mined by label.

    Parameters
    ----------
    margin : float >= 0
    mining : {"all", "hard", "semi-hard"}
        "hard": the farthest positive against the nearest negative (Hermans et al. 2017, arXiv
        1703.07737). "all": the mean over all pairs of a positive and a negative. "semi-hard":
        the mean over the positives, each against the nearest negative that is farther than the
        positive, or against the farthest negative if none is (Schroff et al. 2015).
    distance : {"euclidean", "squared", "cosine"}
    reduction : {"mean", "sum", "none"}
        "mean" is over the anchors that have both a positive and a negative; the others have loss 0.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.array([[0.0], [1.0], [1.1]]), np.array([0, 0, 1])
    >>> loss, saved = BatchTripletLoss(margin=0.2, reduction="none").forward(x, y)
    >>> loss.round(4)  # the third has no positive
    array([0.1, 1.1, 0. ])
    """

    margin: float = 0.2
    mining: str = "hard"
    distance: str = "euclidean"

    def __post_init__(self):
        super().__post_init__()
        check_number("margin", self.margin, 0, float("inf"), high_open=True)
        check_choice("mining", self.mining, MINING)
        check_choice("distance", self.distance, DISTANCES)

    # [batch-triplet]
    def forward(self, x, y):
        """Loss of features `x` (N, D) with labels `y` (N,).

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, dtype or length; the message names the argument.
        FloatingPointError
            If `x` holds NaN or infinity; the message names the row.
        """
        y = check_features_and_labels(x, y)
        dtype = x.dtype
        (x,) = promote(x)
        xp = array_namespace(x)
        n = x.shape[0]
        index = xp.arange(n, device=device(x))
        losses, pulls, count = [], [], 0
        # One anchor at a time: exact differences, where a Gram matrix would lose close pairs.
        for i in range(n):
            positive = (y == y[i]) & (index != i)
            negative = y != y[i]
            d, _ = distance(x[i : i + 1, :] + xp.zeros_like(x), x, self.distance)
            if bool(xp.any(positive)) and bool(xp.any(negative)):
                loss, pull = self._anchor(d, positive, negative)
                count += 1
            else:
                loss, pull = xp.zeros_like(d[0]), xp.zeros_like(d)
            losses.append(loss)
            pulls.append(pull)
        losses, pull = xp.stack(losses), xp.stack(pulls)
        count = max(count, 1)  # nothing to compare: 0/1, not 0/0
        return reduce(losses, self.reduction, count), _Saved(x, pull, losses, count, dtype)

    def backward(self, saved, dloss=1.0):
        """Gradient with respect to `x`: a tuple of one (N, D) array."""
        xp = array_namespace(saved.x)
        each = upstream(dloss, saved.losses, self.reduction, saved.count)
        pull = each[:, None] * saved.pull
        # A distance pulls at both its ends, as anchor and as partner.
        pull = pull + pull.T
        rows = []
        for i in range(saved.x.shape[0]):
            _, slope = distance(
                saved.x[i : i + 1, :] + xp.zeros_like(saved.x), saved.x, self.distance
            )
            rows.append(xp.sum(pull[i, :][:, None] * slope, axis=0))
        return (demote(xp.stack(rows), saved.dtype),)

    # [/batch-triplet]

    # [mining]
    def _anchor(self, d, positive, negative):
        """Loss of one anchor with distances `d` (N,), and its derivative by each of them."""
        xp = array_namespace(d)
        far, near = xp.full_like(d, math.inf), xp.full_like(d, -math.inf)  # no candidates
        one_hot = xp.eye(d.shape[0], dtype=d.dtype, device=device(d))
        if self.mining == "hard":
            p = int(xp.argmax(xp.where(positive, d, near)))
            q = int(xp.argmin(xp.where(negative, d, far)))
            bracket = d[p] - d[q] + self.margin
            on = xp.astype(bracket > 0, d.dtype)
            pull = on * (one_hot[p, :] - one_hot[q, :])
            return on * bracket, pull
        if self.mining == "all":
            pairs = positive[:, None] & negative[None, :]
            weight = xp.astype(pairs, d.dtype) / xp.sum(xp.astype(pairs, d.dtype))
        else:
            farther = negative[None, :] & (d[None, :] > d[:, None])
            nearest_farther = xp.argmin(xp.where(farther, d[None, :], far[None, :]), axis=1)
            farthest = xp.argmax(xp.where(negative, d, near))
            q = xp.where(xp.any(farther, axis=1), nearest_farther, farthest)
            weight = xp.take(one_hot, q, axis=0) * xp.astype(positive, d.dtype)[:, None]
            weight = weight / xp.sum(weight)
        bracket = d[:, None] - d[None, :] + self.margin
        weight = xp.where(bracket > 0, weight, xp.zeros_like(weight))
        return xp.sum(weight * bracket), xp.sum(weight, axis=1) - xp.sum(weight, axis=0)

    # [/mining]


def check_features_and_labels(x, y):
    """The arguments of every loss of pairs: `x` (N, D) and labels `y` (N,), which it returns."""
    check_float_array("x", x, 2)
    check_same_library(x=x, y=y)
    check_not_empty("x", x)
    check_finite("x", x)
    return check_labels("y", y, x.shape[0], None)
