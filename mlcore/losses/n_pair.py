"""N-pair loss (Sohn, NeurIPS 2016)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    demote,
    device,
    index_dtype,
    overflow_to_infinity,
    promote,
)
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.cross_entropy import cross_entropy_rows
from mlcore.validation import check_finite, check_rows_alike


class _Saved(NamedTuple):
    f: Array
    f_plus: Array
    q: Array  # (N, N) d(loss of row i) / d(logit i j) = q / total
    total: Array
    losses: Array
    dtypes: tuple


@dataclass(frozen=True)
class NPairLoss(Loss):
    """Softmax cross-entropy in which the batch is the classifier.

    log(1 + sum over j != i of exp(f_i·f_j+ - f_i·f_i+)): Sohn 2016, eq. 6. The logits
    are f_i·f_j+, and i is the label of row i. Lengths count; the paper adds a penalty
    on their squares, which is not in here.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        "none" gives one loss an anchor.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> loss, saved = NPairLoss().forward(np.eye(2), np.eye(2))
    >>> round(float(loss), 4)  # log(1 + exp(0 - 1))
    0.3133
    """

    # [n-pair-loss]
    @overflow_to_infinity()
    def forward(self, f: Array, f_plus: Array) -> tuple[Array, _Saved]:
        """Loss of anchors `f` (N, D) and their positives `f_plus`, of N classes.

        Returns
        -------
        loss : 0-d array, or (N,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape or dtype; the message names the argument.
        FloatingPointError
            If an array holds NaN or infinity, or if a product is too large for the
            dtype; the message names the row.
        """
        check_rows_alike(f=f, f_plus=f_plus)
        dtypes = f.dtype, f_plus.dtype
        f, f_plus = promote(f, f_plus)
        xp = array_namespace(f)
        z = f @ f_plus.T
        check_finite("f @ f_plus.T", z)
        own = xp.arange(f.shape[0], dtype=index_dtype(xp), device=device(f))
        losses, q, total = cross_entropy_rows(z, own)
        saved = _Saved(f, f_plus, q, total, losses, dtypes)
        return reduce(losses, self.reduction), saved

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, Array]:
        """Gradients ``(df, df_plus)``, each (N, D)."""
        f, f_plus, q, total, losses, dtypes = saved
        g = (upstream(dloss, losses, self.reduction) / total)[:, None] * q
        return demote(g @ f_plus, dtypes[0]), demote(g.T @ f, dtypes[1])

    # [/n-pair-loss]
