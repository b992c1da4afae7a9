"""Contrastive loss (Hadsell, Chopra and LeCun, CVPR 2006)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import Array, array_namespace, demote, overflow_to_infinity, promote
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.distances import distance
from mlcore.validation import (
    check_finite,
    check_fits,
    check_number,
    check_rows_alike,
    check_same,
)


class _Saved(NamedTuple):
    slope: Array  # (N, D) d(loss of a pair) / d(x1); by x2 it is the opposite
    losses: Array
    dtypes: tuple


@dataclass(frozen=True)
class ContrastiveLoss(Loss):
    """Half the squared distance of pairs that belong together, a hinge for the others.

    d^2 / 2 where `same` is 1, [margin - d]_+^2 / 2 where it is 0, with d = |x1 - x2|:
    Hadsell et al. 2006, eq. 4 (there the label is 0 for what is similar).

    Parameters
    ----------
    margin : float >= 0
        The distance from which on two that do not belong together are left alone.
    reduction : {"mean", "sum", "none"}
        "none" gives one loss a pair.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Notes
    -----
    Two points in one place that do not belong together repel each other with the same
    force in every direction. The gradient there is 0.

    Examples
    --------
    >>> import numpy as np
    >>> x1, x2 = np.zeros((2, 1)), np.array([[0.5], [0.5]])
    >>> loss, saved = ContrastiveLoss(margin=2.0, reduction="none").forward(
    ...     x1, x2, np.array([1, 0])
    ... )
    >>> loss  # 0.5^2 / 2, and (2 - 0.5)^2 / 2
    array([0.125, 1.125])
    """

    margin: float = 1.0

    def __post_init__(self):
        super().__post_init__()
        check_number("margin", self.margin, 0, float("inf"), high_open=True)

    # [contrastive-loss]
    @overflow_to_infinity()
    def forward(self, x1: Array, x2: Array, same: Array) -> tuple[Array, _Saved]:
        """Loss of N pairs, the rows of `x1` and `x2` (N, D); `same` (N,) is 1 or 0.

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape, dtype or label; the message names the argument.
        FloatingPointError
            If an array holds NaN or infinity, or if a distance is too large for the
            dtype; the message names the row.
        """
        check_rows_alike(x1=x1, x2=x2)
        same, dtypes = check_same(same, x1), (x1.dtype, x2.dtype)
        x1, x2 = promote(x1, x2)
        xp = array_namespace(x1)
        check_fits("margin * margin", self.margin * self.margin, x1)
        d, unit = distance(x1, x2, "euclidean")
        check_finite("the distance of x1 and x2", d)
        short = xp.maximum(self.margin - d, xp.zeros_like(d))
        losses = 0.5 * xp.where(same, d, short) ** 2
        slope = xp.where(same, d, -short)[:, None] * unit
        return reduce(losses, self.reduction), _Saved(slope, losses, dtypes)

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, Array]:
        """Gradients ``(dx1, dx2)``, each (N, D)."""
        dx1 = upstream(dloss, saved.losses, self.reduction)[:, None] * saved.slope
        return demote(dx1, saved.dtypes[0]), demote(-dx1, saved.dtypes[1])

    # [/contrastive-loss]
