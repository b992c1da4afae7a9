"""Circle loss (Sun, Cheng, Zhang, Zhang, Zheng, Wang and Wei, CVPR 2020)."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    count_true,
    demote,
    device,
    overflow_to_infinity,
    promote,
)
from mlcore.linalg import Directions, directions
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.logistic import logistic
from mlcore.losses.similarity import masked_softmax
from mlcore.validation import (
    check_choice,
    check_features_and_labels,
    check_fits,
    check_number,
    check_positive,
)


class _Saved(NamedTuple):
    x: Directions
    slope: Array  # (N, N) d(loss of row i) / d(similarity i j)
    losses: Array  # (N,), or (1,) with scope="batch"
    divisor: int  # of "mean": how many losses have pairs of both kinds
    dtype: Any


@dataclass(frozen=True)
class CircleLoss(Loss):
    """Pull similar pairs together, push others apart, each by how far it has to go.

    softplus(lse_n gamma a_n (s_n - m) + lse_p -gamma a_p (s_p - 1 + m)) with the
    weights a_n = [s_n + m]_+ and a_p = [1 + m - s_p]_+ of the pairs' cosines s (arXiv
    2002.10857, eqs. 4 to 8). The paper's gradient, and ours, treats the weights as
    constants.

    Parameters
    ----------
    m : float in [0, 1]
        The relaxation margin; 0.25 in the paper.
    gamma : float > 0
        The scale; 256 in the paper for faces.
    scope : {"anchor", "batch"}
        One log-sum-exp an anchor, or one for all pairs i < j of the batch.
    reduction : {"mean", "sum", "none"}
        "mean" is over the anchors that have pairs of both kinds; the others have loss
        0. With scope="batch" there is one loss, and "none" has shape (1,).

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, y = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([0, 0, 1])
    >>> loss, saved = CircleLoss(m=0.25, gamma=1.0).forward(x, y)
    >>> round(float(loss), 4)  # log(1 + exp(-m^2 - m^2))
    0.6326
    """

    m: float = 0.25
    gamma: float = 256.0
    scope: Literal["anchor", "batch"] = "anchor"

    def __post_init__(self):
        super().__post_init__()
        check_number("m", self.m, 0, 1)
        check_positive("gamma", self.gamma)
        check_choice("scope", self.scope, ("anchor", "batch"))

    # [circle-loss]
    @overflow_to_infinity()
    def forward(self, x: Array, y: Array) -> tuple[Array, _Saved]:
        """Loss of features `x` (N, D), which it normalises, with labels `y` (N,).

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
        (z,) = promote(x)
        check_fits("gamma", self.gamma, z)
        of_x = directions(z, "x")
        s = of_x.hat @ of_x.hat.T
        losses, slope, count = self._pairs(s, y, *self.pair_weights(s))
        saved = _Saved(of_x, slope, losses, count, x.dtype)
        return reduce(losses, self.reduction, count), saved

    def pair_weights(self, s: Array) -> tuple[Array, Array]:
        """The weights (a_n, a_p) of pairs with similarities `s`."""
        xp = array_namespace(s)
        zero = xp.zeros_like(s)
        return xp.maximum(s + self.m, zero), xp.maximum(1 + self.m - s, zero)

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array]:
        """Gradient with respect to `x` at fixed pair weights: one (N, D) array."""
        each = upstream(dloss, saved.losses, self.reduction, saved.divisor)
        slope = each[:, None] * saved.slope
        dx = saved.x.project((slope + slope.T) @ saved.x.hat)
        return (demote(dx, saved.dtype),)

    # [/circle-loss]

    # [circle-pairs]
    def _pairs(self, s, y, a_n, a_p):
        """Losses of the rows of `s`, slopes by `s` at fixed weights, how many count."""
        xp = array_namespace(s)
        index = xp.arange(s.shape[0], device=device(s))
        other = index[:, None] != index[None, :]
        if self.scope == "batch":
            other = index[:, None] < index[None, :]
        same = y[:, None] == y[None, :]
        slope_n, slope_p = self.gamma * a_n, -self.gamma * a_p
        z_n, z_p = slope_n * (s - self.m), slope_p * (s - 1 + self.m)
        # Of each row, or of all pairs as one row.
        rows = (1, -1) if self.scope == "batch" else s.shape
        lse_n, pi_n, has_n = masked_softmax(z_n, other & ~same, rows)
        lse_p, pi_p, has_p = masked_softmax(z_p, other & same, rows)
        both = xp.astype(has_n & has_p, s.dtype)
        p, _, _, softplus = logistic(lse_n + lse_p)
        losses, z = both * softplus, both * p
        slope = z[:, None] * (pi_n * slope_n + pi_p * slope_p)
        count = count_true(has_n & has_p)
        return losses, slope, max(count, 1)

    # [/circle-pairs]
