"""Triplet loss with the triplets mined from a labelled batch."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    any_true,
    array_namespace,
    demote,
    device,
    overflow_to_infinity,
    promote,
)
from mlcore.linalg import inverse, measured, norms, unscaled
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.distances import DISTANCES, Distance
from mlcore.losses.mining import MINING, Mining
from mlcore.validation import (
    check_choice,
    check_features_and_labels,
    check_finite,
    check_fits,
    check_number,
)


class _Saved(NamedTuple):
    points: Array  # (N, D) x, or its directions
    x_inverse: Array | None  # (N, 1) 1 / |x / x_scale| where points are directions
    x_scale: Array | None
    # (N, N) d(loss of anchor i) / d(point i) is the sum over j of pull (i - j)
    pull: Array
    losses: Array  # (N,)
    divisor: int  # of "mean": anchors that have a positive and a negative
    dtype: Any


@dataclass(frozen=True)
class BatchTripletLoss(Loss):
    """Triplet loss of a labelled batch, in which each feature is an anchor.

    With d_ik the distance of anchor i from feature k, P_i the others of its class and
    Q_i those of other classes, the loss of an anchor is

        hard        [max over P_i of d_ij - min over Q_i of d_ik + margin]_+
        all         mean over P_i and Q_i of [d_ij - d_ik + margin]_+
        semi-hard   mean over P_i of [d_ij - d_ik(j) + margin]_+

    where k(j) is the nearest negative that is farther than j, or the farthest negative
    if none is.

    Parameters
    ----------
    margin : float >= 0
    mining : {"all", "hard", "semi-hard"}
        "hard" and "all": batch-hard and batch-all of Hermans et al. 2017, arXiv
        1703.07737. "semi-hard": Schroff et al. 2015, arXiv 1503.03832.
    distance : {"euclidean", "squared", "cosine"}
    reduction : {"mean", "sum", "none"}
        "mean" is over the anchors that have both a positive and a negative; the others
        have loss 0.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.array([[0.0], [1.0], [1.1]]), np.array([0, 0, 1])
    >>> loss, saved = BatchTripletLoss(margin=0.2, reduction="none").forward(x, y)
    >>> loss.round(4)  # the third has no positive
    array([0.1, 1.1, 0. ])
    """

    margin: float = 0.2
    mining: Mining = "hard"
    distance: Distance = "euclidean"

    def __post_init__(self):
        super().__post_init__()
        check_number("margin", self.margin, 0, float("inf"), high_open=True)
        check_choice("mining", self.mining, MINING)
        check_choice("distance", self.distance, DISTANCES)

    # [batch-triplet]
    @overflow_to_infinity()
    def forward(self, x: Array, y: Array) -> tuple[Array, _Saved]:
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
            If `x` holds NaN or infinity, or if a distance is too large for the dtype;
            the message names the row.
        """
        y = check_features_and_labels(x, y)
        dtype = x.dtype
        (x,) = promote(x)
        xp = array_namespace(x)
        check_fits("margin", self.margin, x)
        points, x_inverse, x_scale, unit = self._points(x)
        d, slope = self._distances(points)
        d = unit * d
        check_finite("the distances to x", d)
        mine = MINING[self.mining]
        index = xp.arange(x.shape[0], device=device(x))
        losses, pulls, count = [], [], 0
        for i in range(x.shape[0]):
            positive = (y == y[i]) & (index != i)
            negative = y != y[i]
            if any_true(positive) and any_true(negative):
                loss, pull = mine(d[i, :], positive, negative, self.margin)
                count += 1
            else:
                loss, pull = xp.zeros_like(d[i, 0]), xp.zeros_like(d[i, :])
            losses.append(loss)
            pulls.append(pull)
        losses, pull = xp.stack(losses), xp.stack(pulls)
        count = max(count, 1)  # nothing to compare: 0/1, not 0/0
        saved = _Saved(points, x_inverse, x_scale, slope * pull, losses, count, dtype)
        return reduce(losses, self.reduction, count), saved

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array]:
        """Gradient with respect to `x`: a tuple of one (N, D) array."""
        xp, x = array_namespace(saved.points), saved.points
        each = upstream(dloss, saved.losses, self.reduction, saved.divisor)
        pull = each[:, None] * saved.pull
        # A distance pulls at both its ends, as anchor and as partner.
        pull = pull + pull.T
        dx = xp.stack([pull[i, :] @ (x[i, :] - x) for i in range(x.shape[0])])
        if saved.x_inverse is not None:  # a direction changes only across itself
            dx = saved.x_inverse * (dx - xp.vecdot(dx, x)[:, None] * x)
            dx = unscaled(dx, saved.x_scale)
        return (demote(dx, saved.dtype),)

    # [/batch-triplet]

    def _points(self, x):
        """The points between which distances are taken, and how they come from `x`.

        That is 1 / length and scale of the rows of `x` where the points are directions,
        and the number of which the distances are to be multiples.
        """
        xp = array_namespace(x)
        rows, length, scale = measured(x, "x")
        if self.distance == "cosine":
            # Divided, not times 1 / |x|: on a line, they are then exactly 1 and -1.
            points = rows / xp.where(length > 0, length, 1.0)[:, None]
            return points, inverse(length)[:, None], scale, 1.0
        if self.distance == "squared" or scale is None:
            return x, None, None, 1.0
        largest = xp.max(scale)
        return x / largest, None, None, largest

    def _distances(self, points):
        """Distances (N, N), and factors that make differences of points their slopes.

        By differences, point by point: a Gram matrix would lose close pairs.
        """
        xp, n = array_namespace(points), points.shape[0]
        euclidean = self.distance == "euclidean"
        rows = [xp.zeros_like(points[:, 0])]
        for i in range(1, n):
            between = points[:i, :] - points[i, :]
            row = norms(between) if euclidean else xp.vecdot(between, between)
            rows.append(xp.concat([row, xp.zeros_like(points[i:, 0])]))
        d = xp.stack(rows)
        d = d + d.T
        if euclidean:
            # Points nearer than all normal numbers are as good as one.
            return d, inverse(d, above=xp.finfo(d.dtype).smallest_normal)
        if self.distance == "squared":
            return d, xp.full_like(d, 2.0)
        # |a - b|^2 / 2 = 1 - a·b between directions, which keeps the digits of small
        # angles.
        some = xp.any(points != 0, axis=1)
        directed = some[:, None] & some
        return xp.where(directed, d / 2, xp.ones_like(d)), xp.astype(directed, d.dtype)
