"""SigLIP's loss (Zhai, Mustafa, Kolesnikov and Beyer, ICCV 2023)."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import Array, array_namespace, demote, overflow_to_infinity, promote
from mlcore.linalg import Directions, directions
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.logistic import decisions
from mlcore.losses.similarity import (
    learned_scale,
    of_one_number,
    pairs_on_the_diagonal,
)
from mlcore.validation import check_integer, check_rows_alike, check_scalar


class _Saved(NamedTuple):
    x: Directions
    v: Directions
    t: Array  # () exp(log_t)
    z: Array  # (N, N) the logits without b
    slope: Array  # (N, N) d(loss of row i) / d(logit i j)
    losses: Array
    dtypes: tuple


@dataclass(frozen=True)
class SigLIPLoss(Loss):
    """Does this v belong to this x? One yes/no decision a pair of a row and a column.

    -(1/N) sum_ij log sigma(y_ij u_ij) of the logits u_ij = exp(log_t) x_hat_i·v_hat_j +
    b, with y_ij = 1 for i = j and -1 elsewhere: Zhai et al. 2023, arXiv 2303.15343,
    section 3.2. Divided by N, not by N^2.

    Parameters
    ----------
    reduction : {"mean", "sum", "none"}
        "none" gives one loss a row: the sum of its N decisions.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Notes
    -----
    `log_t` and `b` are learned. The paper starts them at log 10 and -10;
    `initial_bias` gives the best b where all cosines are 0.

    Examples
    --------
    >>> import numpy as np
    >>> x, v, zero = np.eye(2), np.eye(2), np.asarray(0.0)
    >>> loss, saved = SigLIPLoss().forward(x, v, zero, zero)
    >>> round(float(loss), 4)  # log(1 + exp(-1)) + log(1 + exp(0))
    1.0064
    >>> dx, dv, dlog_t, db = SigLIPLoss().backward(saved)
    """

    # [siglip-loss]
    @overflow_to_infinity()
    def forward(
        self, x: Array, v: Array, log_t: Array, b: Array
    ) -> tuple[Array, _Saved]:
        """Loss of N pairs, the rows of `x` and `v` (N, D); `log_t` and `b` are scalars.

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
        check_scalar("b", b, x)
        dtypes = x.dtype, v.dtype, log_t.dtype, b.dtype
        x, v, log_t, b = promote(x, v, log_t, b)
        xp, t = array_namespace(x), learned_scale(log_t, x.shape[0])
        of_x, of_v = directions(x, "x"), directions(v, "v")
        z = t * (of_x.hat @ of_v.hat.T)
        each, slope = decisions(z + b, pairs_on_the_diagonal(z))
        losses = xp.sum(each, axis=1)
        saved = _Saved(of_x, of_v, t, z, slope, losses, dtypes)
        return reduce(losses, self.reduction), saved

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, ...]:
        """Gradients ``(dx, dv, dlog_t, db)``, like the arguments."""
        x, v, t, z, slope, losses, dtypes = saved
        xp = array_namespace(z)
        g = upstream(dloss, losses, self.reduction)[:, None] * slope
        return (
            demote(x.project(t * (g @ v.hat)), dtypes[0]),
            demote(v.project(t * (g.T @ x.hat)), dtypes[1]),
            of_one_number(xp.sum(g * z), dtypes[2]),
            of_one_number(xp.sum(g), dtypes[3]),
        )

    # [/siglip-loss]

    @staticmethod
    def initial_bias(n: int) -> float:
        """The b that minimises the loss of `n` pairs where all cosines are 0.

        It is -log(n - 1): a decision is yes once in n times.

        Raises
        ------
        ValueError, TypeError
            If `n` is no integer of at least 2.
        """
        check_integer("n", n, 2)
        return -math.log(n - 1)
