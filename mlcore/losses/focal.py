"""Focal loss (Lin, Goyal, Girshick, He and Dollar, ICCV 2017): easy samples count less.

Everything is computed from log p_t and log(1 - p_t), which are exact for every logit; p_t itself
rounds to 0 or 1 long before the loss does.
"""

from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import array_namespace, demote, is_array, promote, target_entries
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.cross_entropy import cross_entropy_rows
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_labels,
    check_not_empty,
    check_number,
    check_same_library,
)


class _Saved(NamedTuple):
    slope: object  # d(loss) / d(logit)
    losses: object
    dtype: object


@dataclass(frozen=True)
class FocalLoss(Loss):
    """Focal loss of independent yes/no decisions: -alpha_t (1 - p_t)^gamma log(p_t).

    p_t is the probability sigmoid(+-logit) given to the true answer, alpha_t is alpha for a target
    of 1 and 1 - alpha for 0 (Lin et al. 2017, arXiv 1708.02002, eq. 5). The paper's RetinaNet
    divides the sum by the number of positives: ``reduction="sum"``, divided by the caller.

    Parameters
    ----------
    gamma : float >= 0
        How strongly easy samples are turned down; 2 in the paper. 0 is cross-entropy.
    alpha : float in [0, 1] or None
        Weight of the positives; 0.25 in the paper. None: no weights.
    reduction : {"mean", "sum", "none"}
        "mean" is over all N K decisions.

    Examples
    --------
    >>> import numpy as np
    >>> loss, saved = FocalLoss(alpha=None).forward(np.array([[0.0]]), np.array([[1]]))
    >>> round(float(loss), 4)  # log(2) / 4
    0.1733
    """

    gamma: float = 2.0
    alpha: float | None = 0.25

    def __post_init__(self):
        super().__post_init__()
        check_number("gamma", self.gamma, 0, float("inf"), high_open=True)
        if self.alpha is not None:
            check_number("alpha", self.alpha, 0, 1)

    # [focal-loss]
    def forward(self, logits, targets):
        """Loss of `logits` (N, K) against `targets` (N, K) of 0 and 1.

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
        positive = check_targets(logits, targets)
        xp = array_namespace(logits)
        (z,) = promote(logits)
        sign = xp.where(positive, xp.ones_like(z), -xp.ones_like(z))

        log_p = -softplus(-sign * z)  # log p_t
        log_not_p = -softplus(sign * z)  # log(1 - p_t)
        weight = xp.exp(self.gamma * log_not_p)  # (1 - p_t)^gamma
        if self.alpha is not None:
            weight = weight * xp.where(positive, self.alpha * sign, (self.alpha - 1) * sign)
        losses = -weight * log_p
        slope = sign * weight * (self.gamma * xp.exp(log_p) * log_p - xp.exp(log_not_p))
        return reduce(losses, self.reduction), _Saved(slope, losses, logits.dtype)

    def backward(self, saved, dloss=1.0):
        """Gradient with respect to the logits: a tuple of one (N, K) array."""
        each = upstream(dloss, saved.losses, self.reduction)
        return (demote(each * saved.slope, saved.dtype),)

    # [/focal-loss]


@dataclass(frozen=True)
class SoftmaxFocalLoss(Loss):
    """Focal loss of one choice among C classes: -(1 - p_y)^gamma log(p_y), p = softmax(logits).

    Parameters
    ----------
    gamma : float >= 0
        0 is softmax cross-entropy.
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> import numpy as np
    >>> loss, saved = SoftmaxFocalLoss().forward(np.array([[0.0, 0.0]]), np.array([1]))
    >>> round(float(loss), 4)  # log(2) / 4
    0.1733
    """

    gamma: float = 2.0

    def __post_init__(self):
        super().__post_init__()
        check_number("gamma", self.gamma, 0, float("inf"), high_open=True)

    # [softmax-focal-loss]
    def forward(self, logits, y):
        """Loss of `logits` (N, C) against labels `y` (N,).

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, dtype, length or label; the message names the argument.
        FloatingPointError
            If a logit is NaN or infinite; the message names the row.
        """
        check_float_array("logits", logits, 2)
        check_same_library(logits=logits, y=y)
        check_not_empty("logits", logits)
        check_finite("logits", logits)
        y = check_labels("y", y, *logits.shape)
        xp = array_namespace(logits)
        (z,) = promote(logits)

        cross_entropy, q, total = cross_entropy_rows(xp.asarray(z, copy=True), y)
        not_p = -target_entries(q, y) / total  # 1 - p_y, without cancelling
        weight = not_p**self.gamma
        # The slope is cross-entropy's, times one factor a sample. In it -log(p_y) / (1 - p_y)
        # tends to 1 for an easy sample, where both vanish.
        easy = not_p == 0
        ratio = xp.where(easy, 1.0, cross_entropy / xp.where(easy, 1.0, not_p))
        factor = weight * (1 + self.gamma * xp.exp(-cross_entropy) * ratio)
        losses = weight * cross_entropy
        slope = (factor / total)[:, None] * q
        return reduce(losses, self.reduction), _Saved(slope, losses, logits.dtype)

    def backward(self, saved, dloss=1.0):
        """Gradient with respect to the logits: a tuple of one (N, C) array."""
        each = upstream(dloss, saved.losses, self.reduction)
        return (demote(each[:, None] * saved.slope, saved.dtype),)

    # [/softmax-focal-loss]


def softplus(t):
    """log(1 + e^t), exact at both ends."""
    xp = array_namespace(t)
    return xp.logaddexp(t, xp.zeros_like(t))


def check_targets(logits, targets):
    """Check the arguments of `FocalLoss`; return where the targets are 1, as booleans (N, K)."""
    check_float_array("logits", logits, 2)
    if not is_array(targets):
        raise TypeError(f"targets must be an array of 0 and 1, got {type(targets).__name__}")
    xp = check_same_library(logits=logits, targets=targets)
    if not xp.isdtype(targets.dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"targets must have a bool, integer or real dtype, got {targets.dtype}")
    check_not_empty("logits", logits)
    if tuple(targets.shape) != tuple(logits.shape):
        raise ValueError(
            f"targets must have the shape of logits, {tuple(logits.shape)}, "
            f"got {tuple(targets.shape)}"
        )
    check_finite("logits", logits)
    if xp.isdtype(targets.dtype, "bool"):
        return targets
    positive = targets == 1
    bad = xp.reshape(~(positive | (targets == 0)), (-1,))
    if bool(xp.any(bad)):
        at = divmod(int(xp.argmax(xp.astype(bad, xp.int8))), targets.shape[1])
        bad_target = float(targets[at])
        raise ValueError(f"targets must be 0 or 1, but targets[{at[0]}, {at[1]}] is {bad_target}")
    return positive
