"""The softmax loss: a linear classifier, softmax and cross-entropy in one."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import Array, demote, overflow_to_infinity, promote
from mlcore.losses.base import reduce, upstream
from mlcore.losses.cross_entropy import WeighedSoftmax
from mlcore.sums import channel_sums
from mlcore.validation import check_bias, check_features_and_rows, check_finite_logits


class _Saved(NamedTuple):
    x: Array  # (N, D)
    w: Array  # (C, D)
    losses: Array  # (N,)
    q: Array  # (N, C) q / total is the gradient with respect to the logits
    total: Array  # (N,)
    divisor: Array | None  # of "mean"; None for N
    dtypes: list


@dataclass(frozen=True)
class SoftmaxLoss(WeighedSoftmax):
    """Softmax cross-entropy of the logits w_j·x (+ b_j).

    -log p_y with p = softmax(x wᵀ + b): Liu et al. 2016, arXiv 1612.02295, eq. 1;
    softmax as a network's output: Bridle 1990.

    Parameters
    ----------
    label_smoothing, class_weights, ignore_index : optional
        As in `SoftmaxCrossEntropy`.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([1])
    >>> loss, saved = SoftmaxLoss().forward(x, w, y)
    >>> round(float(loss), 4)  # log(1 + exp(3 - 4))
    0.3133
    >>> dx, dw = SoftmaxLoss().backward(saved)
    """

    # [softmax-forward]
    @overflow_to_infinity()
    def forward(
        self, x: Array, w: Array, y: Array, b: Array | None = None
    ) -> tuple[Array, _Saved]:
        """Loss of features `x` (N, D), weights `w` (C, D), labels `y`, bias `b` (C,).

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
        check_finite_logits(z, x, w)
        losses, q, total, divisor = self.rows(z, y)
        saved = _Saved(x, w, losses, q, total, divisor, dtypes)
        return reduce(losses, self.reduction, divisor), saved

    # [/softmax-forward]

    # [softmax-backward]
    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, ...]:
        """Gradients ``(dx, dw)``, or ``(dx, dw, db)`` where forward had a bias."""
        x, w, losses, q, total, divisor, dtypes = saved
        row = (upstream(dloss, losses, self.reduction, divisor) / total)[:, None]
        gradients = [row * (q @ w), q.T @ (row * x)]
        if len(dtypes) == 3:
            gradients.append(channel_sums(row * q))
        return tuple(
            demote(g, dtype) for g, dtype in zip(gradients, dtypes, strict=True)
        )

    # [/softmax-backward]
