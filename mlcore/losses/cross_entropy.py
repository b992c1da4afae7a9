"""Softmax cross-entropy: from logits and labels to a loss, and back to the logits.

The first half is the piece with which every classification loss of this book ends; the class below
adds what its users expect of it: class weights, label smoothing, an ignored label.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import (
    array_namespace,
    demote,
    device,
    exp_in_place,
    promote,
    set_target_entries,
    target_entries,
)
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.validation import (
    check_finite,
    check_float_array,
    check_integer,
    check_labels,
    check_not_empty,
    check_number,
    check_same_library,
    check_weights,
)


# [cross-entropy-rows]
def cross_entropy_rows(z, y):
    """Cross-entropy of every row of logits with its label, and the two factors of its gradient.

    Parameters
    ----------
    z : array, shape (N, C)
        Finite logits. Overwritten: pass an array you own.
    y : array, shape (N,), of `index_dtype`
        Labels.

    Returns
    -------
    losses : array, shape (N,)
        -log p_y.
    q : array, shape (N, C)
    total : array, shape (N,)
        ``q[i, j] / total[i]`` is the gradient of ``losses[i]`` with respect to ``z[i, j]``: p_j for
        j != y, and p_y - 1 without the subtraction that would cancel.
    """
    xp = array_namespace(z)
    z -= xp.max(z, axis=1)[:, None]
    z_target = target_entries(z, y)
    e = set_target_entries(exp_in_place(z), y, 0.0)
    # A product with ones sums rows faster than the library's sum.
    others = e @ xp.ones_like(e[0, :])  # over j != y
    total = others + xp.exp(z_target)
    # This is log(total) - z_target. Where the target is the largest logit z_target is 0, and a
    # small loss is log1p(others): log(1 + 1e-20) would be 0.
    losses = xp.log1p(others + xp.expm1(z_target)) - z_target
    return losses, set_target_entries(e, y, -others), total


# [/cross-entropy-rows]


class _Saved(NamedTuple):
    g: object  # (N, C) gradient of each sample's loss with respect to its logits
    losses: object  # (N,)
    count: object  # what "mean" divides by
    dtype: object


@dataclass(frozen=True)
class SoftmaxCrossEntropy(Loss):
    """Cross-entropy of softmax(logits) with labels.

    The loss of a sample with label y is -sum_k a_k log p_k with
    a_k = class_weights[k] * ((1 - label_smoothing) [k = y] + label_smoothing / C).

    Parameters
    ----------
    label_smoothing : float in [0, 1)
        Probability mass spread evenly over all C classes.
    class_weights : sequence of C non-negative numbers, optional
        A weight a class. "mean" then divides by the sum of ``class_weights[y]`` over the batch, as
        PyTorch does, so that equal weights change nothing.
    ignore_index : int, optional
        Samples with this label have loss 0 and gradient 0 and are left out of the mean. It may lie
        outside [0, C). The mean of a batch without weight, as when all is ignored, is 0.

    Examples
    --------
    >>> import numpy as np
    >>> loss, saved = SoftmaxCrossEntropy().forward(np.array([[0.0, 0.0]]), np.array([1]))
    >>> round(float(loss), 4)  # log 2
    0.6931
    >>> SoftmaxCrossEntropy().backward(saved)
    (array([[ 0.5, -0.5]]),)
    """

    label_smoothing: float = 0.0
    class_weights: Sequence[float] | None = None
    ignore_index: int | None = None

    def __post_init__(self):
        super().__post_init__()
        check_number("label_smoothing", self.label_smoothing, 0, 1, high_open=True)
        if self.ignore_index is not None:
            check_integer("ignore_index", self.ignore_index, None)
        if self.class_weights is not None:
            # A tuple, so that the loss stays immutable and comparable.
            weights = check_weights("class_weights", self.class_weights)
            object.__setattr__(self, "class_weights", weights)

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
        y = check_labels("y", y, *logits.shape, ignore_index=self.ignore_index)
        xp = array_namespace(logits)
        (z,) = promote(logits)
        a, weight_of_sample, target = self._target_weights(z, y)

        # Not `cross_entropy_rows`: with weights on every class the loss is a sum over the whole row
        # of log p, so all the log-probabilities are needed, and the largest term is split off in
        # place of the target's.
        z = z - xp.max(z, axis=1)[:, None]
        e = xp.exp(z)
        # The largest term is exactly 1; without it a sum that is nearly 1 keeps its digits.
        rest = xp.sum(
            set_target_entries(xp.exp(z), xp.argmax(z, axis=1), xp.zeros_like(z[:, 0])), axis=1
        )
        losses = -xp.sum(a * (z - xp.log1p(rest)[:, None]), axis=1)
        g = xp.sum(a, axis=1)[:, None] * (e / (1 + rest)[:, None]) - a
        # A row of g sums to 0, which gives the target's entry without cancelling p_y against 1.
        g = set_target_entries(g, target, xp.zeros_like(losses))
        g = set_target_entries(g, target, -xp.sum(g, axis=1))

        count = xp.sum(weight_of_sample)
        # Nothing to weigh a mean with: it is 0, and so is its gradient. With smoothing the sum need
        # not be 0, as the other classes have weights of their own.
        count = xp.where(count > 0, count, xp.full_like(count, xp.inf))
        loss = reduce(losses, self.reduction, count)
        return loss, _Saved(g, losses, count, logits.dtype)

    def backward(self, saved, dloss=1.0):
        """Gradient with respect to the logits: a tuple of one (N, C) array."""
        each = upstream(dloss, saved.losses, self.reduction, saved.count)
        return (demote(each[:, None] * saved.g, saved.dtype),)

    def _target_weights(self, z, y):
        """Weights a (N, C) of -log p, weight of each sample in the mean (N,), target (N,)."""
        xp = array_namespace(z)
        classes = z.shape[1]
        if self.class_weights is None:
            class_weights = xp.ones_like(z[0, :])
        elif len(self.class_weights) != classes:
            raise ValueError(
                f"class_weights must hold one weight a class: the logits have {classes} classes, "
                f"class_weights {len(self.class_weights)}"
            )
        else:
            class_weights = xp.asarray(self.class_weights, dtype=z.dtype, device=device(z))
        target = y
        kept = xp.ones_like(z[:, 0])
        if self.ignore_index is not None:
            ignored = y == self.ignore_index
            target = xp.where(ignored, xp.zeros_like(y), y)
            kept = xp.where(ignored, xp.zeros_like(kept), kept)
        is_target = xp.astype(xp.arange(classes, device=device(z)) == target[:, None], z.dtype)
        spread = self.label_smoothing / classes
        a = class_weights * ((1 - self.label_smoothing) * is_target + spread) * kept[:, None]
        return a, xp.take(class_weights, target, axis=0) * kept, target
