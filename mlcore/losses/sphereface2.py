"""SphereFace2 (Wen, Liu, Weller, Raj and Singh, ICLR 2022)."""

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

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
from mlcore.losses.logistic import decisions
from mlcore.losses.similarity import of_one_number
from mlcore.validation import (
    check_choice,
    check_features_and_rows,
    check_fits,
    check_integer,
    check_number,
    check_positive,
    check_scalar,
)


class _Saved(NamedTuple):
    x: Directions
    w: Directions
    delta: Array  # (N, C) d(loss of a sample) / d(adjusted similarity)
    slope: Any  # d(adjusted similarity) / d(cosine), (N, C), or 1
    losses: Array
    dtypes: tuple


@dataclass(frozen=True)
class SphereFace2Loss(Loss):
    """Does this sample belong to this class? One yes/no decision a class, no softmax.

    lam / r softplus(-r (zeta(c_y) - m) - b) for the sample's own class, (1 - lam) / r
    softplus(r (zeta(c_j) + m) + b) for each other one, with c the cosines and zeta(c) =
    2 ((c + 1) / 2)^t - 1: Wen et al. 2022, arXiv 2108.01513, in the form with the
    margin on the cosine ("C").

    Parameters
    ----------
    lam : float in (0, 1)
        The weight of the own class; the others have 1 - lam each.
    r : float > 0
        The scale.
    m : float in [0, 1]
        The margin, on both sides of the threshold.
    t : float >= 1
        How much the similarities of those far away are pressed together; 1 is not.
    gradient : {"true", "detached"}
        "detached" takes the slope of zeta as 1, as released code does on purpose.
    reduction : {"mean", "sum", "none"}
        "none" gives one loss a sample: the sum of its C decisions.

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Notes
    -----
    `b` is learned: one threshold for all classes. `initial_bias` gives its start.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y, b = np.array([[2.0, 0.0]]), np.eye(2), np.array([0]), np.asarray(0.0)
    >>> head = SphereFace2Loss(lam=0.5, r=1.0, m=0.0, t=1.0)
    >>> loss, saved = head.forward(x, w, y, b)
    >>> round(float(loss), 4)  # half of log(1 + exp(-1)) and half of log(1 + exp(0))
    0.5032
    >>> dx, dw, db = head.backward(saved)
    >>> round(float(db), 4)
    0.1155
    """

    lam: float = 0.7
    r: float = 40.0
    m: float = 0.4
    t: float = 3.0
    gradient: Literal["true", "detached"] = "true"

    def __post_init__(self):
        super().__post_init__()
        check_number("lam", self.lam, 0, 1, low_open=True, high_open=True)
        check_positive("r", self.r)
        check_number("m", self.m, 0, 1)
        check_number("t", self.t, 1, math.inf, high_open=True)
        check_choice("gradient", self.gradient, ("true", "detached"))

    # [sphereface2-loss]
    @overflow_to_infinity()
    def forward(self, x: Array, w: Array, y: Array, b: Array) -> tuple[Array, _Saved]:
        """Loss of features `x` (N, D), weights `w` (C, D), labels `y`, the scalar `b`.

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
            If `x`, `w` or `b` holds NaN or infinity; the message names it, and the row.
        """
        y = check_features_and_rows(x, w, y)
        check_scalar("b", b, x)
        dtypes = x.dtype, w.dtype, b.dtype
        x, w, b = promote(x, w, b)
        xp, r, lam = array_namespace(x), self.r, self.lam
        for name, number in (("2 r", 2 * r), ("1 / r", 1 / r), ("t", self.t)):
            check_fits(name, number, x)
        of_x, of_w = directions(x, "x"), directions(w, "w")
        zeta, slope = self.adjusted(of_x.hat @ of_w.hat.T)
        own = xp.arange(w.shape[0], dtype=y.dtype, device=device(x)) == y[:, None]
        u = r * xp.where(own, zeta - self.m, zeta + self.m) + b
        each, delta = decisions(u, own)
        weight = xp.where(own, lam + 0 * u, 1 - lam + 0 * u)
        losses = xp.sum(weight * (each / r), axis=1)
        saved = _Saved(of_x, of_w, weight * delta, slope, losses, dtypes)
        return reduce(losses, self.reduction), saved

    def adjusted(self, c: Array) -> tuple[Array, Any]:
        """zeta of cosines `c`, and its slope, or 1 where that is detached."""
        xp = array_namespace(c)
        half = xp.clip((c + 1) / 2, 0.0, 1.0)  # a rounded cosine may lie outside
        zeta = 2 * half**self.t - 1
        return zeta, self.t * half ** (self.t - 1) if self.gradient == "true" else 1.0

    def backward(self, saved: _Saved, dloss: Any = 1.0) -> tuple[Array, Array, Array]:
        """Gradients ``(dx, dw, db)`` of the loss times `dloss`, like the arguments."""
        x, w, delta, slope, losses, dtypes = saved
        delta = upstream(dloss, losses, self.reduction)[:, None] * delta
        g, xp = delta * slope, array_namespace(delta)
        return (
            demote(x.project(g @ w.hat), dtypes[0]),
            demote(w.project(g.T @ x.hat), dtypes[1]),
            of_one_number(xp.sum(delta / self.r), dtypes[2]),
        )

    # [/sphereface2-loss]

    # [sphereface2-bias]
    def initial_bias(self, classes: int) -> float:
        """The b that minimises the loss where all cosines are 0.

        The derivative by b vanishes where z (1 + e^(b + a_j)) = e^(b + a_j) (1 + e^(b +
        a_y)), with z = lam / ((1 - lam) (classes - 1)) and a = r (zeta(0) -+ m): a
        quadratic in e^b with one positive root.

        Raises
        ------
        ValueError, TypeError
            If `classes` is no integer of at least 2.
        """
        check_integer("classes", classes, 2)
        check_number("classes", classes, 2, math.inf)
        zeta = 2 * 0.5**self.t - 1
        z = self.lam / ((1 - self.lam) * (classes - 1))
        a_y, a_j = self.r * (zeta - self.m), self.r * (zeta + self.m)
        root = math.sqrt((1 - z) ** 2 + 4 * z * math.exp(a_y - a_j))
        if z < 1:
            return math.log(2 * z) - a_j - math.log(1 - z + root)
        # The same root without a difference that cancels.
        return math.log(z - 1 + root) - math.log(2) - a_y

    # [/sphereface2-bias]
