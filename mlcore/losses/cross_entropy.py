"""Softmax cross-entropy: from logits and labels to a loss, and back to the logits.

The first part is the piece with which every classification loss of this book ends. What
users expect of it besides comes after: weights of the classes, an ignored label,
smoothed or soft targets, each of them written with the first part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    cast,
    demote,
    device,
    exp_in_place,
    overflow_to_infinity,
    promote,
    set_target_entries,
    target_entries,
)
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.class_weights import as_array, check_rules, weigh_labels, weighted
from mlcore.validation import (
    check_labels,
    check_logits,
    check_number,
    check_probabilities,
)


# [cross-entropy-rows]
def cross_entropy_rows(z: Array, y: Array) -> tuple[Array, Array, Array]:
    """Cross-entropy of every row of logits, and the two factors of its gradient.

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
        ``q[i, j] / total[i]`` is the gradient of ``losses[i]`` with respect to
        ``z[i, j]``: p_j for j != y, and p_y - 1 without the subtraction that would
        cancel.
    """
    xp = array_namespace(z)
    z -= xp.max(z, axis=1)[:, None]
    z_target = target_entries(z, y)
    e = set_target_entries(exp_in_place(z), y, 0.0)
    # A product with ones sums rows faster than the library's sum.
    others = e @ xp.ones_like(e[0, :])  # over j != y
    total = others + xp.exp(z_target)
    # This is log(total) - z_target. Where the target is the largest logit z_target is
    # 0, and a small loss is log1p(others): log(1 + 1e-20) would be 0.
    losses = xp.log1p(others + xp.expm1(z_target)) - z_target
    return losses, set_target_entries(e, y, -others), total


# [/cross-entropy-rows]


def soft_cross_entropy_rows(z: Array, a: Array) -> tuple[Array, Array, Array]:
    """As `cross_entropy_rows`, for weights `a` (N, C) >= 0 in the place of a label.

    The loss of a row is sum_k a_k (-log p_k), and its gradient sum(a) p - a. With t the
    class of the largest logit, -log p_k = -log p_t + (z_t - z_k): no term is negative,
    so none cancels.
    """
    xp = array_namespace(z)
    top, mass = xp.argmax(z, axis=1), xp.sum(a, axis=1)
    # Half of a difference of floats is a float. The whole one may not be, nor its share
    # with a > 1.
    half = 0.5 * target_entries(z, top)[:, None] - 0.5 * z
    added = xp.sum(2 * a * half, axis=1)
    losses, q, total = cross_entropy_rows(z, top)
    losses = mass * losses + added
    q = mass[:, None] * set_target_entries(q, top, 1.0) - total[:, None] * a
    # A row of q sums to 0, which gives one entry without cancelling p against 1.
    largest = xp.argmax(a, axis=1)
    q = set_target_entries(q, largest, 0.0)
    return losses, set_target_entries(q, largest, -xp.sum(q, axis=1)), total


@dataclass(frozen=True)
class WeighedSoftmax(Loss):
    """Softmax cross-entropy's hyper-parameters, and how they weigh its rows.

    Parameters
    ----------
    label_smoothing, class_weights, ignore_index : optional
        As in `SoftmaxCrossEntropy`.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.
    """

    label_smoothing: float = 0.0
    class_weights: Sequence[float] | Mapping[int, float] | None = None
    ignore_index: int | None = None

    def __post_init__(self):
        super().__post_init__()
        check_number("label_smoothing", self.label_smoothing, 0, 1, high_open=True)
        check_rules(self)

    def rows(self, z: Array, y: Array) -> tuple[Array, Array, Array, Array | None]:
        """Losses (N,), q (N, C), total (N,) of logits `z`, and what "mean" divides by.

        `z` is overwritten. `y` holds labels (N,) or probabilities (N, C). The divisor
        is None where it is the number of samples.
        """
        if y.ndim == 2:
            a = self._weights_of_classes(z, y, of_labels=False)
            return *soft_cross_entropy_rows(z, a), None
        target, weight, divisor = weigh_labels(self, z, y)
        if self.label_smoothing == 0 and self.class_weights is None:
            losses, q, total = cross_entropy_rows(z, target)
            if weight is not None:
                losses, q = weighted(weight, losses), weight[:, None] * q
            return losses, q, total, divisor
        xp = array_namespace(z)
        one_hot = xp.arange(z.shape[1], device=device(z)) == target[:, None]
        one_hot = xp.astype(one_hot, z.dtype)
        a = self._weights_of_classes(z, one_hot, of_labels=True)
        if self.ignore_index is not None:
            a = xp.where(y[:, None] == self.ignore_index, xp.zeros_like(a), a)
        return *soft_cross_entropy_rows(z, a), divisor

    def _weights_of_classes(self, z, p, *, of_labels):
        """The a (N, C) of `soft_cross_entropy_rows` for distributions `p` (N, C)."""
        a = (1 - self.label_smoothing) * p + self.label_smoothing / z.shape[1]
        if self.class_weights is None:
            return a
        return as_array(self, z, of_labels=of_labels) * a


class _Saved(NamedTuple):
    # (N, C) q / total is the gradient of each sample's loss with respect to its logits
    q: Array
    total: Array  # (N,)
    losses: Array  # (N,)
    divisor: Array | None  # of "mean"; None for N
    dtype: Any


@dataclass(frozen=True)
class SoftmaxCrossEntropy(WeighedSoftmax):
    """Cross-entropy of softmax(logits) with labels or distributions over the classes.

    The loss of a sample is -sum_k a_k log p_k with the gradient sum(a) p - a. For a
    label y, a_k = class_weights[k] * ((1 - label_smoothing) [k = y] + label_smoothing /
    C); a row of probabilities stands in the place of [k = y].

    Softmax and its likelihood: Bridle 1990. Label smoothing: Szegedy et al. 2016, arXiv
    1512.00567, section 7, q'(k) with u(k) = 1 / C.

    Parameters
    ----------
    label_smoothing : float in [0, 1)
        Probability mass spread evenly over all C classes.
    class_weights : sequence of C numbers >= 0, or mapping from labels, optional
        A weight a class. "mean" then divides by the sum of ``class_weights[y]`` over
        the batch, as PyTorch does, so that equal weights change nothing. With
        probabilities in the place of labels it divides by N, as PyTorch does too.
    ignore_index : int, optional
        Samples with this label have loss 0 and gradient 0 and are left out of the mean.
        It may lie outside [0, C). The mean of a batch without weight, as when all is
        ignored, is 0. Probabilities cannot be ignored and are refused.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> head, logits = SoftmaxCrossEntropy(), np.array([[0.0, 0.0]])
    >>> loss, saved = head.forward(logits, np.array([1]))
    >>> round(float(loss), 4)  # log 2
    0.6931
    >>> head.backward(saved)
    (array([[ 0.5, -0.5]]),)
    >>> loss, saved = head.forward(logits, np.array([[0.5, 0.5]]))
    >>> head.backward(saved)[0] + 0.0
    array([[0., 0.]])
    """

    @overflow_to_infinity()
    def forward(self, logits: Array, y: Array) -> tuple[Array, _Saved]:
        """Loss of `logits` (N, C) against labels `y` (N,), or probabilities `y` (N, C).

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, dtype, length, label or probability; the message names the
            argument.
        FloatingPointError
            If a logit is NaN or infinite; the message names the row.
        """
        check_logits(logits, y)
        xp = array_namespace(logits)
        (z,) = promote(logits)
        if y.ndim == 2 and xp.isdtype(y.dtype, "real floating"):
            if self.ignore_index is not None:
                raise ValueError(
                    "ignore_index must be None where y holds probabilities, got"
                    f" {self.ignore_index}"
                )
            check_probabilities("y", y, logits.shape)
            y = cast(y, z.dtype)
        else:
            n, classes = logits.shape
            y = check_labels("y", y, n, classes, self.ignore_index)
        losses, q, total, divisor = self.rows(xp.asarray(z, copy=True), y)
        loss = reduce(losses, self.reduction, divisor)
        return loss, _Saved(q, total, losses, divisor, logits.dtype)

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array]:
        """Gradient with respect to the logits: a tuple of one (N, C) array."""
        each = upstream(dloss, saved.losses, self.reduction, saved.divisor)
        return (demote((each / saved.total)[:, None] * saved.q, saved.dtype),)
