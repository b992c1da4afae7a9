"""Proxy-Anchor loss (Kim, Kim, Cho and Kwak, CVPR 2020)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    count_true,
    demote,
    device,
    overflow_to_infinity,
    promote,
)
from mlcore.linalg import Directions, directions
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.logistic import logistic
from mlcore.losses.similarity import masked_softmax
from mlcore.validation import (
    check_features_and_rows,
    check_fits,
    check_number,
    check_positive,
)


class _Saved(NamedTuple):
    x: Directions
    w: Directions
    g: Array  # (C, N) d(loss of a proxy) / d(cosine)
    losses: Array  # (C,)
    dtypes: tuple


@dataclass(frozen=True)
class ProxyAnchorLoss(Loss):
    """Each proxy pulls the samples of its class and pushes the others, hard ones most.

    The mean over the proxies with a sample in the batch of log(1 + sum over their own
    of exp(-alpha (cos - delta))), plus the mean over all proxies of log(1 + sum over
    the others of exp(alpha (cos + delta))): Kim et al. 2020, arXiv 2003.13911, eq. 4.
    Here samples compete for a proxy; in a softmax, proxies compete for a sample.

    Parameters
    ----------
    alpha : float > 0
        The scale of the cosines.
    delta : float >= 0
        The margin.
    reduction : {"mean", "sum", "none"}
        "none" gives one loss a proxy, (C,): its second term, and C / |P+| times the
        first, with P+ the proxies that have a sample. Their mean is the paper's loss.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 0.0]]), np.eye(2), np.array([0])
    >>> loss, saved = ProxyAnchorLoss(alpha=1.0, delta=0.0).forward(x, w, y)
    >>> round(float(loss), 4)  # log(1 + exp(-1)) and half of log(1 + exp(0))
    0.6598
    """

    alpha: float = 32.0
    delta: float = 0.1

    def __post_init__(self):
        super().__post_init__()
        check_positive("alpha", self.alpha)
        check_number("delta", self.delta, 0, float("inf"), high_open=True)

    # [proxy-anchor-loss]
    @overflow_to_infinity()
    def forward(self, x: Array, w: Array, y: Array) -> tuple[Array, _Saved]:
        """Loss of features `x` (N, D), proxies `w` (C, D) and labels `y` (N,).

        Returns
        -------
        loss : 0-d array, or (C,) with reduction="none"
        saved
            For `backward`.

        Raises
        ------
        ValueError, TypeError
            For a wrong rank, shape, dtype or label; the message names the argument.
        FloatingPointError
            If `x` or `w` holds NaN or infinity; the message names the row.
        """
        y = check_features_and_rows(x, w, y)
        dtypes = x.dtype, w.dtype
        x, w = promote(x, w)
        xp, alpha, classes = array_namespace(x), self.alpha, w.shape[0]
        check_fits("alpha (2 + delta)", alpha * (2 + self.delta), x)
        of_x, of_w = directions(x, "x"), directions(w, "w")
        c = of_w.hat @ of_x.hat.T  # a row a proxy
        own = xp.arange(classes, dtype=y.dtype, device=device(x))[:, None] == y
        # Of each proxy: log-sum-exp, softmax over its samples, whether it has any.
        lse_p, h_p, some_p = masked_softmax(-alpha * (c - self.delta), own)
        lse_n, h_n, some_n = masked_softmax(alpha * (c + self.delta), ~own)
        pull, _, _, loss_p = logistic(lse_p)
        push, _, _, loss_n = logistic(lse_n)
        share_p = classes / count_true(some_p) * xp.astype(some_p, c.dtype)
        share_n = xp.astype(some_n, c.dtype)
        losses = share_p * loss_p + share_n * loss_n
        g = (share_n * push)[:, None] * h_n - (share_p * pull)[:, None] * h_p
        saved = _Saved(of_x, of_w, alpha * g, losses, dtypes)
        return reduce(losses, self.reduction), saved

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, Array]:
        """Gradients ``(dx, dw)`` of the loss times `dloss`, like `x` and `w`."""
        x, w, g, losses, dtypes = saved
        g = upstream(dloss, losses, self.reduction)[:, None] * g
        dx, dw = x.project(g.T @ w.hat), w.project(g @ x.hat)
        return demote(dx, dtypes[0]), demote(dw, dtypes[1])

    # [/proxy-anchor-loss]
