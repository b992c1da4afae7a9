"""Asymmetric loss (Ben-Baruch et al., ICCV 2021): easy negatives count less, and the
surest ones nothing.

As in `focal` everything is computed from logarithms, which are exact for every logit.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    cast,
    demote,
    overflow_to_infinity,
    promote,
)
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.logistic import logistic
from mlcore.validation import check_fits, check_number, check_targets


class _Saved(NamedTuple):
    slope: Array  # d(loss) / d(logit), shaped like the logits
    losses: Array
    dtype: Any


@dataclass(frozen=True)
class AsymmetricLoss(Loss):
    """A focal loss of yes/no decisions with an exponent for each answer, and a shift.

    With p = sigmoid(logit), and p_m = max(p - m, 0) (arXiv 2009.14119),

        a yes:  (1 - p)^gamma_pos (-log p),
        a no:   p_m^gamma_neg (-log(1 - p_m)).

    By the logit, their gradients are

        a yes:  -(1 - p)^gamma_pos (1 - p - gamma_pos p log p),
        a no:   p p_m^gamma_neg ((1 - p) / (1 - p_m)
                                 - gamma_neg (1 - p) log(1 - p_m) / p_m)

    and 0 for p <= m. A target between 0 and 1 mixes the two. With m = 0 and equal
    exponents it is `FocalLoss` without alpha, with all three 0 binary cross-entropy.

    Parameters
    ----------
    gamma_pos, gamma_neg : float >= 0
        How strongly easy positives and easy negatives are turned down.
    m : float in [0, 1)
        A negative of at most this probability has no loss; the gradient of all others
        rises with p, and falls again where p comes close to 1: such a negative may be
        labelled wrongly.
    reduction : {"mean", "sum", "none"}
        "mean" is over all N K decisions. The authors' code has the sum.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> logits, targets = np.array([[0.0, 0.0, -3.0]]), np.array([[1, 0, 0]])
    >>> loss, _ = AsymmetricLoss(reduction="none").forward(logits, targets)
    >>> loss.round(4)  # log(2) / 2; 0.45^4 log(1 / 0.55); the last has p = 0.047
    array([[0.3466, 0.0245, 0.    ]])
    """

    gamma_pos: float = 1.0
    gamma_neg: float = 4.0
    m: float = 0.05

    def __post_init__(self):
        super().__post_init__()
        check_number("gamma_pos", self.gamma_pos, 0, math.inf, high_open=True)
        check_number("gamma_neg", self.gamma_neg, 0, math.inf, high_open=True)
        check_number("m", self.m, 0, 1, high_open=True)

    @overflow_to_infinity()
    def forward(self, logits: Array, targets: Array) -> tuple[Array, _Saved]:
        """Loss of `logits` (N, K) against `targets` (N, K) in [0, 1].

        Returns
        -------
        loss : 0-d array, or (N, K) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape, dtype or target; the message names the argument.
        FloatingPointError
            If a logit is NaN or infinite; the message names the row.
        """
        t = check_targets(logits, targets)
        (z,) = promote(logits)
        check_fits("gamma_pos", self.gamma_pos, z)
        check_fits("gamma_neg", self.gamma_neg, z)
        t = cast(t, z.dtype)
        not_t = 1 - t

        p, not_p, minus_log_p, minus_log_not_p = logistic(z)
        weight = not_p**self.gamma_pos
        yes = weight * minus_log_p
        d_yes = -weight * (not_p + self.gamma_pos * p * minus_log_p)
        no, d_no = self._no(z, p, not_p, minus_log_not_p)
        losses = t * yes + not_t * no
        slope = t * d_yes + not_t * d_no
        return reduce(losses, self.reduction), _Saved(slope, losses, logits.dtype)

    def _no(self, z, p, not_p, minus_log_not_p):
        """Loss of a negative and its slope: of p_m, and of 1 - p_m = 1 - p + m."""
        xp = array_namespace(z)
        minus_log_m = math.inf if self.m == 0 else -math.log(self.m)
        # 1 - p = e^-a and m = e^-b, so that -log(1 - p + m) = min(a, b) less a rest.
        # Neither is added outside of its logarithm: 1 - p rounds to 0, and where m = 0,
        # (1 - p) / (1 - p_m) would be 0 / 0.
        b = xp.full_like(z, minus_log_m)
        apart = b - minus_log_not_p
        rest = xp.log1p(xp.exp(-xp.abs(apart)))
        share = logistic(apart).p  # (1 - p) / (1 - p_m)

        # From the side that does not cancel.
        p_m = xp.where(z > 0, (1 - self.m) - not_p, p - self.m)
        on = p_m > 0
        p_m = xp.where(on, p_m, 0.0)
        minus_log = xp.minimum(minus_log_not_p, b) - rest  # -log(1 - p_m)
        small = p_m < 0.5
        minus_log = xp.where(small, -xp.log1p(-xp.where(small, p_m, 0.0)), minus_log)
        weight = p_m**self.gamma_neg
        ratio = xp.where(on, minus_log / xp.where(on, p_m, 1.0), 1.0)
        slope = p * weight * (share + self.gamma_neg * not_p * ratio)
        return weight * minus_log, xp.where(on, slope, 0.0)

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array]:
        """Gradient with respect to the logits: a tuple of one (N, K) array."""
        each = upstream(dloss, saved.losses, self.reduction)
        return (demote(each * saved.slope, saved.dtype),)
