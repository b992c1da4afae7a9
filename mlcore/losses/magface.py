"""MagFace (Meng, Zhao, Huang and Zhou, CVPR 2021): the length is trained to be a
quality.

The margin grows with the length of a feature, and a term that falls with the length
pays for it: a sample that is well placed can afford to be long.
"""

import math
from dataclasses import dataclass
from typing import Any

from mlcore.arrays import Array, array_namespace
from mlcore.losses.margin import turned
from mlcore.losses.margin_head import MarginHead
from mlcore.losses.target import ByLength, Seen
from mlcore.validation import check_fits, check_number, check_positive


@dataclass(frozen=True)
class MagFaceLoss(MarginHead):
    """MagFace: cross-entropy with the target logit s cos(theta + m(a)), plus lam g(a).

    arXiv 2103.06627. With a the length of the feature, kept between l_a and u_a,

        m(a) = l_m + (u_m - l_m) (a - l_a) / (u_a - l_a),    g(a) = 1 / a + a / u_a**2.

    Direction and length of a feature both have a gradient here. Outside l_a and u_a the
    length has none.

    Parameters
    ----------
    l_a, u_a : float, 0 < l_a < u_a
        Lengths between which the margin grows; 10 and 110 in the paper's code. Measure
        those of your network first.
    l_m, u_m : float, 0 <= l_m <= u_m < pi
        The margins there.
    lam : float >= 0
        The weight of g. From `least_lam` on the loss has, for every angle, its least
        value between l_a and u_a.
    s : float > 0
        The scale.
    reduction : {"mean", "sum", "none"}

    Raises
    ------
    ValueError, TypeError
        For a hyper-parameter outside its range; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> x, w, y = np.array([[3.0, 4.0]]), np.eye(2), np.array([1])
    >>> head = MagFaceLoss(l_a=1.0, u_a=10.0, l_m=0.1, u_m=0.6, lam=0.0, s=1.0)
    >>> loss, saved = head.forward(x, w, y)
    >>> round(float(np.log(np.exp(loss) - 1)), 4)  # .6 - cos(theta + .3222)
    0.0312
    >>> dx, dw = head.backward(saved)
    >>> float(np.vecdot(dx, x)[0]) > 0  # a shorter feature has a smaller margin
    True
    """

    normalised_features = True
    normalised_weights = True

    l_a: float = 10.0
    u_a: float = 110.0
    l_m: float = 0.45
    u_m: float = 0.8
    lam: float = 35.0
    s: float = 64.0

    def __post_init__(self):
        super().__post_init__()
        check_positive("l_a", self.l_a)
        check_number("u_a", self.u_a, self.l_a, math.inf, low_open=True, high_open=True)
        check_number("l_m", self.l_m, 0, math.pi, high_open=True)
        check_number("u_m", self.u_m, self.l_m, math.pi, high_open=True)
        check_number("lam", self.lam, 0, math.inf, high_open=True)
        check_positive("s", self.s)

    @property
    def slope(self) -> float:
        """dm / da between l_a and u_a."""
        return (self.u_m - self.l_m) / (self.u_a - self.l_a)

    @property
    def least_lam(self) -> float:
        """The lam from which the best length of every sample is at most u_a and at
        least l_a: s (dm / da) u_a**2 l_a**2 / (u_a**2 - l_a**2)."""
        low, ratio = self.l_a * self.l_a, self.l_a / self.u_a
        return self.s * self.slope * low / (1 - ratio * ratio)

    # [magface-margin]
    def margin_at(self, a: Array) -> Array:
        """The margin m(a) of features of these lengths (N,)."""
        a = array_namespace(a).clip(a, self.l_a, self.u_a)
        return self.l_m + self.slope * (a - self.l_a)

    def regulariser(self, a: Array) -> Array:
        """g(a) of these lengths (N,), which falls up to u_a."""
        a = array_namespace(a).clip(a, self.l_a, self.u_a)
        return 1 / a + a / self.u_a / self.u_a

    def margin(self, cos: Array, sin: Array, m: Array) -> tuple[Array, Array]:
        """psi = cos(theta + m(a)) and rho = sin(theta + m(a))."""
        return turned(cos, sin, m)

    def of_samples(self, seen: Seen, y: Array, state: Any) -> tuple[Array]:
        """The margins m(a)."""
        return (self.margin_at(seen.norm),)

    def by_length(self, norm: Array, rho: Array) -> ByLength:
        """d psi / da = -(dm / da) rho, and lam g; between l_a and u_a alone."""
        xp, none = array_namespace(norm), array_namespace(norm).zeros_like(norm)
        self._check_fits(norm)
        inside = (norm > self.l_a) & (norm < self.u_a)
        a = xp.where(inside, norm, self.l_a)
        return ByLength(
            xp.where(inside, -self.s * self.slope * rho, none),
            self.lam * self.regulariser(norm),
            xp.where(inside, self.lam * (1 / self.u_a / self.u_a - 1 / a**2), none),
        )

    # [/magface-margin]

    def _check_fits(self, norm):
        for name, most in (
            ("lam / l_a", self.lam / self.l_a),
            ("lam / l_a**2", self.lam / self.l_a / self.l_a),
            ("s (u_m - l_m) / (u_a - l_a)", self.s * self.slope),
        ):
            check_fits(name, most, norm)
