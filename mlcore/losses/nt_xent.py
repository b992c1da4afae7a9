"""NT-Xent (Chen, Kornblith, Norouzi and Hinton, ICML 2020), a form of InfoNCE."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    demote,
    device,
    overflow_to_infinity,
    promote,
)
from mlcore.linalg import Directions, directions
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.similarity import contrast, partners
from mlcore.validation import check_fits, check_positive, check_rows_alike


class _Saved(NamedTuple):
    views: tuple[Directions, Directions]
    g: Array  # (2N, 2N) d(loss of row i) / d(logit i j)
    losses: Array  # (N,)
    dtypes: tuple


@dataclass(frozen=True)
class NTXentLoss(Loss):
    """Which of all other samples is the other view of mine?

    Two views of N samples make 2N rows of logits, cosines / temperature. Each row is a
    softmax over all rows but itself, and its label is the other view: Chen et al. 2020,
    arXiv 2002.05709, eq. 1.

    Parameters
    ----------
    temperature : float > 0
    reduction : {"mean", "sum", "none"}
        "none" gives one loss a sample: the mean of those of its two views. So "mean" is
        the paper's, the mean over 2N rows.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Notes
    -----
    A single sample has nothing to be told apart from: its loss is 0.

    Examples
    --------
    >>> import numpy as np
    >>> loss, saved = NTXentLoss(temperature=1.0).forward(np.eye(2), np.eye(2))
    >>> round(float(loss), 4)  # log(1 + 2 exp(0 - 1))
    0.5514
    """

    temperature: float = 0.5

    def __post_init__(self):
        super().__post_init__()
        check_positive("temperature", self.temperature)

    # [nt-xent-loss]
    @overflow_to_infinity()
    def forward(self, x1: Array, x2: Array) -> tuple[Array, _Saved]:
        """Loss of features `x1` and `x2` (N, D) of two views of N samples.

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
            If an array holds NaN or infinity; the message names the row.
        """
        check_rows_alike(x1=x1, x2=x2)
        dtypes = x1.dtype, x2.dtype
        x1, x2 = promote(x1, x2)
        xp, n = array_namespace(x1), x1.shape[0]
        check_fits("temperature", self.temperature, x1)
        check_fits("2 / temperature", 2 / self.temperature, x1)
        views = directions(x1, "x1"), directions(x2, "x2")
        hat = xp.concat([view.hat for view in views])
        sample = xp.arange(n, device=device(x1))
        positive, negative = partners(xp.concat([sample, sample]))
        losses, g, _ = contrast(hat @ hat.T / self.temperature, positive, negative)
        losses = 0.5 * (losses[:n] + losses[n:])
        return reduce(losses, self.reduction), _Saved(views, g, losses, dtypes)

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, Array]:
        """Gradients ``(dx1, dx2)``, each (N, D)."""
        xp, n = array_namespace(saved.g), saved.losses.shape[0]
        each = 0.5 * upstream(dloss, saved.losses, self.reduction)
        g = xp.concat([each, each])[:, None] * saved.g / self.temperature
        # Each row is an anchor in its own row, and a candidate in its column.
        d_hat = (g + g.T) @ xp.concat([view.hat for view in saved.views])
        parts = zip(
            saved.views, (d_hat[:n, :], d_hat[n:, :]), saved.dtypes, strict=True
        )
        return tuple(demote(view.project(d), dtype) for view, d, dtype in parts)

    # [/nt-xent-loss]
