"""Proxy-NCA (Movshovitz-Attias, Toshev, Leung, Ioffe and Singh, ICCV 2017)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mlcore.arrays import (
    Array,
    array_namespace,
    demote,
    device,
    overflow_to_infinity,
    promote,
    target_entries,
)
from mlcore.linalg import Directions, directions
from mlcore.losses.base import Loss, reduce, upstream
from mlcore.losses.cross_entropy import cross_entropy_rows
from mlcore.losses.similarity import masked_softmax
from mlcore.validation import (
    check_features_and_rows,
    check_fits,
    check_flag,
    check_positive,
)


class _Saved(NamedTuple):
    x: Directions
    w: Directions
    g: Array  # (N, C) d(loss of a sample) / d(cosine)
    losses: Array
    dtypes: tuple


@dataclass(frozen=True)
class ProxyNCALoss(Loss):
    """A softmax of distances to one proxy a class; the class's own is left out of it.

    log of the sum over j != y of exp(-scale d_j), plus scale d_y, with d_j = |x_hat -
    w_hat_j|^2 = 2 - 2 cos: Movshovitz-Attias et al. 2017, arXiv 1703.07464, eq. 4. So a
    sample is always pulled with the same force, and the loss may be negative.

    Parameters
    ----------
    scale : float > 0
        1 in the paper.
    positive : bool
        Whether the class's own proxy is one of those that the sum is over, as in
        released code. The loss is then the normalised softmax with s = 2 scale.
    reduction : {"mean", "sum", "none"}
        "none" gives one loss a sample.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Notes
    -----
    With a single class there is no other proxy: loss and gradient are 0.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 0.0]]), np.eye(2), np.array([0])
    >>> loss, saved = ProxyNCALoss().forward(x, w, y)
    >>> float(loss)  # 2 cos to the other, minus 2 cos to its own
    -2.0
    >>> loss, saved = ProxyNCALoss(positive=True).forward(x, w, y)
    >>> round(float(loss), 4)  # log(1 + exp(0 - 2))
    0.1269
    """

    scale: float = 1.0
    positive: bool = False

    def __post_init__(self):
        super().__post_init__()
        check_positive("scale", self.scale)
        check_flag("positive", self.positive)

    # [proxy-nca-loss]
    @overflow_to_infinity()
    def forward(self, x: Array, w: Array, y: Array) -> tuple[Array, _Saved]:
        """Loss of features `x` (N, D), proxies `w` (C, D) and labels `y` (N,).

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
            If `x` or `w` holds NaN or infinity; the message names the row.
        """
        y = check_features_and_rows(x, w, y)
        dtypes = x.dtype, w.dtype
        x, w = promote(x, w)
        xp, s = array_namespace(x), 2 * self.scale
        check_fits("4 scale", 2 * s, x)
        of_x, of_w = directions(x, "x"), directions(w, "w")
        z = s * (of_x.hat @ of_w.hat.T)
        if self.positive:
            losses, q, total = cross_entropy_rows(z, y)
            g = q / total[:, None]
        else:
            own = xp.arange(z.shape[1], dtype=y.dtype, device=device(x)) == y[:, None]
            lse, p, some = masked_softmax(z, ~own)
            some = xp.astype(some, z.dtype)
            losses = some * (lse - target_entries(z, y))
            g = some[:, None] * (p - xp.astype(own, z.dtype))
        saved = _Saved(of_x, of_w, s * g, losses, dtypes)
        return reduce(losses, self.reduction), saved

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, Array]:
        """Gradients ``(dx, dw)`` of the loss times `dloss`, like `x` and `w`."""
        x, w, g, losses, dtypes = saved
        g = upstream(dloss, losses, self.reduction)[:, None] * g
        dx, dw = x.project(g @ w.hat), w.project(g.T @ x.hat)
        return demote(dx, dtypes[0]), demote(dw, dtypes[1])

    # [/proxy-nca-loss]
