"""Focal loss (Lin, Goyal, Girshick, He and Dollar, ICCV 2017): easy samples count less.

Everything is computed from log p and log(1 - p), which are exact for every logit; p
itself rounds to 1 long before the loss rounds to 0.
"""

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    cast,
    demote,
    device,
    overflow_to_infinity,
    promote,
    target_entries,
)
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.class_weights import check_rules, weigh_labels, weighted
from mlcore.losses.cross_entropy import cross_entropy_rows
from mlcore.losses.logistic import logistic
from mlcore.validation import (
    check_class_weights,
    check_fits,
    check_logits_and_labels,
    check_number,
    check_targets,
)


class _Saved(NamedTuple):
    slope: Array  # d(loss) / d(logit), shaped like the logits
    losses: Array
    dtype: Any
    divisor: Array | None = None  # of "mean"; None for the number of losses


@dataclass(frozen=True)
class FocalLoss(Loss):
    """Focal loss of yes/no decisions: alpha_t (1 - p_t)^gamma times cross-entropy.

    With p = sigmoid(logit) and the target t in [0, 1],

        p_t = p t + (1 - p) (1 - t),    alpha_t = alpha t + (1 - alpha) (1 - t),
        H = -pos_weight t log p - (1 - t) log(1 - p),
        loss = alpha_t (1 - p_t)^gamma H.

    For t = 0 or 1 without `pos_weight` that is -alpha_t (1 - p_t)^gamma log p_t, eq. 5
    of Lin et al. 2017, arXiv 1708.02002; the continuation to soft targets is
    torchvision's. By the logit, with r = 1 - p_t = p (1 - t) + (1 - p) t, so that
    dr/dlogit = (1 - 2 t) p (1 - p), its gradient is

        alpha_t r^gamma (gamma (1 - 2 t) (p (1 - p) / r) H
                         + (1 - t) p - pos_weight t (1 - p)).

    The paper's RetinaNet divides the sum by the number of positives:
    ``reduction="sum"``, divided by the caller.

    Parameters
    ----------
    gamma : float >= 0
        How strongly easy samples are turned down; 2 in the paper. 0 is cross-entropy.
    alpha : float in [0, 1] or None
        Weight of the positives; 0.25 in the paper. None: no weights.
    pos_weight : float >= 0, or one a decision (a sequence of K, or a mapping), optional
        Factor on the term of t in the cross-entropy, as in PyTorch's
        ``BCEWithLogitsLoss``.
    reduction : {"mean", "sum", "none"}
        "mean" is over all N K decisions.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> loss, saved = FocalLoss(alpha=None).forward(np.array([[0.0]]), np.array([[1]]))
    >>> round(float(loss), 4)  # log(2) / 4
    0.1733
    """

    gamma: float = 2.0
    alpha: float | None = 0.25
    pos_weight: float | Sequence[float] | Mapping[int, float] | None = None

    def __post_init__(self):
        super().__post_init__()
        check_number("gamma", self.gamma, 0, float("inf"), high_open=True)
        if self.alpha is not None:
            check_number("alpha", self.alpha, 0, 1)
        if isinstance(self.pos_weight, numbers.Real):
            check_number("pos_weight", self.pos_weight, 0, float("inf"), high_open=True)
        elif self.pos_weight is not None:
            weights = check_class_weights("pos_weight", self.pos_weight)
            object.__setattr__(self, "pos_weight", weights)

    # [focal-loss]
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
        xp = array_namespace(logits)
        (z,) = promote(logits)
        check_fits("gamma", self.gamma, z)
        t = cast(t, z.dtype)
        not_t = 1 - t
        positive = t if self.pos_weight is None else self._pos_weight(z) * t

        p, not_p, minus_log_p, minus_log_not_p = logistic(z)
        cross_entropy = positive * minus_log_p + not_t * minus_log_not_p
        r = not_t * p + t * not_p  # 1 - p_t, without cancelling
        weight = r**self.gamma
        if self.alpha is not None:
            weight = weight * (self.alpha * t + (1 - self.alpha) * not_t)
        # p (1 - p) / r is at most 1, and nothing is left to multiply where all three
        # round to 0.
        info = xp.finfo(z.dtype)
        ratio = p * not_p / xp.clip(r, info.smallest_normal, 2.0)
        finite, losses = cross_entropy, weight * cross_entropy
        if self.pos_weight:  # which may take it beyond the dtype
            finite = xp.clip(cross_entropy, 0.0, info.max)
            losses = weighted(weight, cross_entropy)
        focus = self.gamma * (not_t - t) * ratio * finite
        slope = weight * (focus + not_t * p - positive * not_p)
        return reduce(losses, self.reduction), _Saved(slope, losses, logits.dtype)

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array]:
        """Gradient with respect to the logits: a tuple of one (N, K) array."""
        each = upstream(dloss, saved.losses, self.reduction)
        return (demote(each * saved.slope, saved.dtype),)

    # [/focal-loss]

    def _pos_weight(self, z):
        if not isinstance(self.pos_weight, tuple):
            check_fits("pos_weight", self.pos_weight, z)
            return self.pos_weight
        if len(self.pos_weight) != z.shape[1]:
            raise ValueError(
                "pos_weight must hold one weight a decision: the logits have"
                f" {z.shape[1]} columns, pos_weight {len(self.pos_weight)}"
            )
        for k, weight in enumerate(self.pos_weight):
            check_fits(f"pos_weight[{k}]", weight, z)
        xp = array_namespace(z)
        return xp.asarray(self.pos_weight, dtype=z.dtype, device=device(z))


@dataclass(frozen=True)
class SoftmaxFocalLoss(Loss):
    """Focal loss of one choice among C classes: -(1 - p_y)^gamma log p_y.

    p = softmax(logits): eq. 4 of Lin et al. 2017, arXiv 1708.02002, of which the paper
    says that it extends to many classes. By the logits, with r = 1 - p_y, its gradient
    is that of cross-entropy, p_k - [k = y], times

        r^gamma - gamma r^(gamma - 1) p_y log p_y.

    Parameters
    ----------
    gamma : float >= 0
        0 is softmax cross-entropy.
    class_weights, ignore_index : optional
        As in `SoftmaxCrossEntropy`: the alpha of the paper, a factor on each sample by
        its label, by whose sum "mean" divides; and a label whose samples do not count.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> loss, saved = SoftmaxFocalLoss().forward(np.array([[0.0, 0.0]]), np.array([1]))
    >>> round(float(loss), 4)  # log(2) / 4
    0.1733
    """

    gamma: float = 2.0
    class_weights: Sequence[float] | Mapping[int, float] | None = None
    ignore_index: int | None = None

    def __post_init__(self):
        super().__post_init__()
        check_number("gamma", self.gamma, 0, float("inf"), high_open=True)
        check_rules(self)

    # [softmax-focal-loss]
    @overflow_to_infinity()
    def forward(self, logits: Array, y: Array) -> tuple[Array, _Saved]:
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
        y = check_logits_and_labels(logits, y, self.ignore_index)
        xp = array_namespace(logits)
        (z,) = promote(logits)
        check_fits("gamma", self.gamma, z)
        y, weight_of_sample, divisor = weigh_labels(self, z, y)

        cross_entropy, q, total = cross_entropy_rows(xp.asarray(z, copy=True), y)
        not_p = -target_entries(q, y) / total  # 1 - p_y, without cancelling
        weight = not_p**self.gamma
        # The slope is cross-entropy's, times one factor a sample. In it the ratio of
        # -log(p_y) to 1 - p_y tends to 1 for an easy sample, where both vanish.
        easy = not_p == 0
        # p log(p) is 0 where -log(p) is infinite.
        finite = xp.minimum(cross_entropy, xp.full_like(not_p, xp.finfo(z.dtype).max))
        ratio = xp.where(easy, 1.0, finite / xp.where(easy, 1.0, not_p))
        factor = weight * (1 + self.gamma * xp.exp(-finite) * ratio)
        losses = weight * cross_entropy
        if weight_of_sample is not None:
            losses = weighted(weight_of_sample, losses)
            factor = weight_of_sample * factor
        slope = (factor / total)[:, None] * q
        loss = reduce(losses, self.reduction, divisor)
        return loss, _Saved(slope, losses, logits.dtype, divisor)

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array]:
        """Gradient with respect to the logits: a tuple of one (N, C) array."""
        each = upstream(dloss, saved.losses, self.reduction, saved.divisor)
        return (demote(each[:, None] * saved.slope, saved.dtype),)

    # [/softmax-focal-loss]
