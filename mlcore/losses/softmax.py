"""The softmax loss: a linear classifier, softmax and cross-entropy in one."""

from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import array_namespace, demote, overflow_to_infinity, promote
from mlcore.losses.base import reduce, upstream
from mlcore.losses.cross_entropy import WeighedSoftmax
from mlcore.sums import channel_sums
from mlcore.validation import (
    check_features_and_rows,
    check_finite,
    check_float_array,
    check_same_library,
    check_same_size,
)


class _Saved(NamedTuple):
    x: object
    w: object
    losses: object
    q: object
    total: object
    count: object
    dtypes: object


@dataclass(frozen=True)
class SoftmaxLoss(WeighedSoftmax):
    """Softmax cross-entropy of the logits w_j·x (+ b_j).

    Parameters
    ----------
    label_smoothing, class_weights, ignore_index : optional
        As in `SoftmaxCrossEntropy`.
    reduction : {"mean", "sum", "none"}

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1])
    >>> loss, saved = SoftmaxLoss().forward(x, w, y)
    >>> round(float(loss), 4)  # log(1 + exp(3 - 4))
    0.3133
    >>> dx, dw = SoftmaxLoss().backward(saved)
    """

    # [softmax-forward]
    @overflow_to_infinity()
    def forward(self, x, w, y, b=None):
        """Loss of features `x` (N, D) with labels `y` (N,), weights `w` (C, D) and bias
        `b` (C,).

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
            If `x`, `w` or `b` holds NaN or infinity, or if a logit is too large for the
            dtype; the message names the row.
        """
        y = check_features_and_rows(x, w, y, ignore_index=self.ignore_index)
        dtypes = [x.dtype, w.dtype]
        if b is None:
            x, w = promote(x, w)
            z = x @ w.T
        else:
            check_bias(b, x, w)
            dtypes.append(b.dtype)
            x, w, b = promote(x, w, b)
            z = x @ w.T + b
        check_logits(z, x, w)
        losses, q, total, count = self.rows(z, y)
        saved = _Saved(x, w, losses, q, total, count, dtypes)
        return reduce(losses, self.reduction, count), saved

    # [/softmax-forward]

    # [softmax-backward]
    def backward(self, saved, dloss=1.0):
        """Gradients ``(dx, dw)``, or ``(dx, dw, db)`` where forward had a bias."""
        x, w, losses, q, total, count, dtypes = saved
        row = (upstream(dloss, losses, self.reduction, count) / total)[:, None]
        gradients = [row * (q @ w), q.T @ (row * x)]
        if len(dtypes) == 3:
            gradients.append(channel_sums(row * q))
        return tuple(
            demote(g, dtype) for g, dtype in zip(gradients, dtypes, strict=True)
        )

    # [/softmax-backward]


def check_logits(z, x, w):
    """Refuse logits `z` (N, C) that are not finite, and say why they are not.

    What is not finite in a row of `x` or `w` is in all logits of that row: 0 * inf is
    no number.
    """
    if not bool(array_namespace(z).all(array_namespace(z).isfinite(z))):
        check_finite("x", x)
        check_finite("w", w)
        check_finite("x @ w.T", z)


def check_bias(b, x, w):
    """A bias `b` (C,) for weights `w` (C, D)."""
    check_float_array("b", b, 1)
    check_same_library(x=x, b=b)
    check_same_size("b", b, 0, "w", w, 0)
    check_finite("b", b)
