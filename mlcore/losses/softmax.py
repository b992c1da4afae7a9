"""The softmax loss: a linear classifier, softmax and cross-entropy in one."""

from dataclasses import dataclass
from typing import NamedTuple

from mlcore.arrays import demote, promote
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.cross_entropy import cross_entropy_rows
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
    dtypes: object


@dataclass(frozen=True)
class SoftmaxLoss(Loss):
    """Softmax cross-entropy of the logits w_j·x (+ b_j).

    Parameters
    ----------
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
    def forward(self, x, w, y, b=None):
        """Loss of features `x` (N, D) with labels `y` (N,), weights `w` (C, D) and bias `b` (C,).

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
            If `x`, `w` or `b` holds NaN or infinity; the message names the row.
        """
        y = check_features_and_rows(x, w, y)
        check_finite("x", x)
        check_finite("w", w)
        dtypes = [x.dtype, w.dtype]
        if b is None:
            x, w = promote(x, w)
            z = x @ w.T
        else:
            check_bias(b, x, w)
            dtypes.append(b.dtype)
            x, w, b = promote(x, w, b)
            z = x @ w.T + b
        losses, q, total = cross_entropy_rows(z, y)
        return reduce(losses, self.reduction), _Saved(x, w, losses, q, total, dtypes)

    # [/softmax-forward]

    # [softmax-backward]
    def backward(self, saved, dloss=1.0):
        """Gradients ``(dx, dw)``, or ``(dx, dw, db)`` where forward had a bias."""
        x, w, losses, q, total, dtypes = saved
        row = (upstream(dloss, losses, self.reduction) / total)[:, None]
        gradients = [row * (q @ w), q.T @ (row * x)]
        if len(dtypes) == 3:
            gradients.append(channel_sums(row * q))
        return tuple(demote(g, dtype) for g, dtype in zip(gradients, dtypes, strict=True))

    # [/softmax-backward]


def check_bias(b, x, w):
    """A bias `b` (C,) for weights `w` (C, D)."""
    check_float_array("b", b, 1)
    check_same_library(x=x, b=b)
    check_same_size("b", b, 0, "w", w, 0)
    check_finite("b", b)
