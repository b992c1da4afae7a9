"""CLIP's loss (Radford et al., ICML 2021)."""

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
from mlcore.linalg import Directions, directions
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.cross_entropy import cross_entropy_rows
from mlcore.losses.similarity import learned_scale, of_one_number
from mlcore.validation import check_rows_alike, check_scalar


class _Saved(NamedTuple):
    x: Directions
    v: Directions
    t: Array  # () exp(log_t)
    z: Array  # (N, N) the logits
    of_rows: list[Array]  # q and total of the softmax over each row
    of_columns: list[Array]  # and over each column, transposed
    losses: Array
    dtypes: tuple


@dataclass(frozen=True)
class CLIPLoss(Loss):
    """Which of the v belongs to my x, and which of the x to my v?

    Half the softmax cross-entropy of the rows and half that of the columns of the
    logits exp(log_t) x_hat_i·v_hat_j, with i the label of row i and of column i:
    Radford et al. 2021, arXiv 2103.00020, figure 3.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        "none" gives one loss a pair: half of its row's and half of its column's.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Notes
    -----
    `log_t` is learned. It starts at log(1 / 0.07), and released code keeps it between 0
    and log 100 after each step; that is the optimiser's part, not in here.

    Examples
    --------
    >>> import numpy as np
    >>> x, v, log_t = np.eye(2), np.eye(2), np.asarray(np.log(2.0))
    >>> loss, saved = CLIPLoss().forward(x, v, log_t)
    >>> round(float(loss), 4)  # log(1 + exp(0 - 2))
    0.1269
    >>> dx, dv, dlog_t = CLIPLoss().backward(saved)
    >>> round(float(dlog_t), 4)  # a larger scale would make it smaller
    -0.2384
    """

    # [clip-loss]
    @overflow_to_infinity()
    def forward(self, x: Array, v: Array, log_t: Array) -> tuple[Array, _Saved]:
        """Loss of N pairs, the rows of `x` and `v` (N, D), under the scalar `log_t`.

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
            If an argument holds NaN or infinity, or if exp(log_t) is too large for the
            dtype; the message names it.
        """
        check_rows_alike(x=x, v=v)
        check_scalar("log_t", log_t, x)
        dtypes = x.dtype, v.dtype, log_t.dtype
        x, v, log_t = promote(x, v, log_t)
        xp, n = array_namespace(x), x.shape[0]
        of_x, of_v, t = directions(x, "x"), directions(v, "v"), learned_scale(log_t, n)
        z = t * (of_x.hat @ of_v.hat.T)
        own = xp.arange(n, dtype=index_dtype(xp), device=device(x))
        rows, *of_rows = cross_entropy_rows(xp.asarray(z, copy=True), own)
        columns, *of_columns = cross_entropy_rows(xp.asarray(z.T, copy=True), own)
        losses = 0.5 * rows + 0.5 * columns
        saved = _Saved(of_x, of_v, t, z, of_rows, of_columns, losses, dtypes)
        return reduce(losses, self.reduction), saved

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, Array, Array]:
        """Gradients ``(dx, dv, dlog_t)``, like the arguments."""
        x, v, t, z, *softmax, losses, dtypes = saved
        xp, half = array_namespace(z), 0.5 * upstream(dloss, losses, self.reduction)
        by_row, by_column = ((half / total)[:, None] * q for q, total in softmax)
        g = by_row + by_column.T
        return (
            demote(x.project(t * (g @ v.hat)), dtypes[0]),
            demote(v.project(t * (g.T @ x.hat)), dtypes[1]),
            of_one_number(xp.sum(g * z), dtypes[2]),
        )

    # [/clip-loss]
