"""Triplet loss (Schroff, Kalenichenko and Philbin, CVPR 2015), on given triplets."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    demote,
    overflow_to_infinity,
    promote,
)
from mlcore.linalg import measured, unscaled
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.distances import DISTANCES, Distance, distance
from mlcore.validation import (
    check_choice,
    check_finite,
    check_fits,
    check_number,
    check_rows_alike,
)


class _Saved(NamedTuple):
    slopes: tuple  # d(loss of a triplet) / d(anchor, positive, negative), each (N, D)
    losses: Array
    dtypes: tuple


@dataclass(frozen=True)
class TripletLoss(Loss):
    """[d(anchor, positive) - d(anchor, negative) + margin]_+ of given triplets.

    Schroff et al. 2015, arXiv 1503.03832, eq. 3 (there with squared distances of
    normalised features; here features are taken as they come).

    Parameters
    ----------
    margin : float >= 0
        0.2 in the paper.
    distance : {"euclidean", "squared", "cosine"}
        "cosine" is 1 - cos.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Notes
    -----
    At the hinge's kink, where the bracket is exactly 0, the gradient is 0.

    Examples
    --------
    >>> import numpy as np
    >>> anchor, positive, negative = np.array([[[0.0]], [[1.0]], [[1.1]]])
    >>> loss, saved = TripletLoss(margin=0.2).forward(anchor, positive, negative)
    >>> round(float(loss), 4)
    0.1
    """

    margin: float = 0.2
    distance: Distance = "euclidean"

    def __post_init__(self):
        super().__post_init__()
        check_number("margin", self.margin, 0, float("inf"), high_open=True)
        check_choice("distance", self.distance, DISTANCES)

    # [triplet-loss]
    @overflow_to_infinity()
    def forward(
        self, anchor: Array, positive: Array, negative: Array
    ) -> tuple[Array, _Saved]:
        """Loss of N triplets, given as three arrays (N, D).

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape or dtype; the message names the argument.
        FloatingPointError
            If an array holds NaN or infinity, or if a distance is too large for the
            dtype; the message names the row.
        """
        check_rows_alike(anchor=anchor, positive=positive, negative=negative)
        dtypes = anchor.dtype, positive.dtype, negative.dtype
        points, scales = promote(anchor, positive, negative), (None, None, None)
        if self.distance == "cosine":  # of directions, which rows of every length have
            points, _, scales = zip(*(measured(rows) for rows in points), strict=True)
        anchor, positive, negative = points
        xp = array_namespace(anchor)
        check_fits("margin", self.margin, anchor)

        d_positive, from_positive = distance(anchor, positive, self.distance)
        d_negative, from_negative = distance(anchor, negative, self.distance)
        bracket = d_positive - d_negative + self.margin
        check_finite("d(anchor, positive) - d(anchor, negative)", bracket)
        losses = xp.maximum(bracket, xp.zeros_like(bracket))

        # d(a, b) has the opposite gradient at b only for differences, so both ends are
        # asked.
        _, to_anchor_p = distance(positive, anchor, self.distance)
        _, to_anchor_n = distance(negative, anchor, self.distance)
        on = xp.astype(bracket > 0, bracket.dtype)[:, None]
        ends = from_positive - from_negative, to_anchor_p, -to_anchor_n
        slopes = tuple(
            unscaled(on * slope, scale)
            for slope, scale in zip(ends, scales, strict=True)
        )
        return reduce(losses, self.reduction), _Saved(slopes, losses, dtypes)

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, ...]:
        """Gradients ``(d_anchor, d_positive, d_negative)``, each (N, D)."""
        each = upstream(dloss, saved.losses, self.reduction)[:, None]
        return tuple(
            demote(each * slope, dtype)
            for slope, dtype in zip(saved.slopes, saved.dtypes, strict=True)
        )

    # [/triplet-loss]
